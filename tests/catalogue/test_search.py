"""Search: found by any of the ways people type; never a fault; never a word of a draft."""

import pytest
from django.db import transaction

from catalogue.models import Entry
from catalogue.search import find
from catalogue.services import version_command, version_open, version_update
from portal.accounts.actors import Actor
from tests.factories import make_draft, make_entry, now, publish

pytestmark = pytest.mark.django_db

HOSTILE = [
    "'",
    "''",
    '"',
    "\\",
    "\\'",
    "a' & 'b",
    "!!a",
    "a & | b",
    "<->",
    "a:*",
    ":*",
    "(((((",
    "\x00",
    "空气\x00质量",
    "%s %(x)s {}",
    "'; DROP TABLE catalogue_entry; --",
    "\u202e\u200f\ufeff",
    "\U0001f600",
    "𠮷",
    "a" * 100_000,
    "空" * 100_000,
    "' " * 50_000,
    "\ud800",
]


@pytest.fixture
def entry(cast):
    return make_entry(
        cast,
        "3065/0001",
        title="乌鲁木齐市空气质量监测数据",
        title_en="Air quality in Ürümqi",
        keywords="雾霾 PM2.5",
        abstract="各监测站逐小时的二氧化硫浓度。",
    )


def codes(words):
    return list(find(Entry.objects.open_to_public(), words).values_list("code", flat=True))


@pytest.mark.parametrize(
    "words",
    [
        "空气质量",
        "气质",
        "质量 监测",
        "烏魯木齊",
        "空氣質量",
        "乌鲁木齐",
        "wlmq",
        "WLMQ",
        "wulumuqi",
        "wulu",
        "ｗｌｍｑ",
        "kongqi",
        "空",
        "Air",
        "air qual",
        "Urumqi",
        "Ürümqi",
        "ürüm",
        "pm2.5",
        "ＰＭ２．５",
        "3065/0001",
        "３０６５/０００１",
        "3065",
        "二氧化硫",
        "生态环境",
        "station",
        "细颗粒物",
        "示例部门",
        "xj env",
    ],
)
def test_found_by(entry, words):
    assert codes(words) == [entry.code]


@pytest.mark.parametrize("words", ["水质", "空气 水质", "质空", "zzzz", "wlmqx", "9999/0001", "& | !"])
def test_not_found_by(entry, words):
    assert codes(words) == []


def test_no_words_find_everything(entry):
    assert codes("") == codes("   ") == [entry.code]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_find_something_or_nothing_and_never_fail(entry, words):
    assert codes(words) in ([], [entry.code])


def test_title_stands_before_keywords_before_provider_before_abstract(cast):
    make_entry(cast, "1/4", title="甲数据", abstract="这里说到冰川。")
    make_entry(cast, "1/2", title="乙数据", keywords="冰川")
    make_entry(cast, "1/1", title="冰川数据")
    assert codes("冰川") == ["1/1", "1/2", "1/4"]
    assert codes("bingchuan") == ["1/1", "1/2"]


def test_a_draft_is_not_found_and_a_new_version_only_once_published(cast, entry):
    make_draft(cast, "3065/0009", title="绝密词语甲")
    assert codes("绝密词语甲") == []
    draft = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    version_update(draft, actor=Actor.of_user(cast.registrar), fields={"title": "沙尘天气记录"}, now=now())
    assert codes("沙尘") == []
    assert codes("空气质量") == [entry.code]
    publish(cast, draft)
    assert codes("沙尘") == [entry.code]
    assert codes("空气质量监测") == []


def test_the_index_changes_in_the_transaction_of_the_publication(cast):
    version = make_draft(cast, title="冰川编目")
    for command, user, extra in (
        ("submit", cast.registrar, {}),
        ("department_approve", cast.reviewer, {}),
        ("secrecy_approve", cast.secrecy, {"conclusion": "可以开放"}),
    ):
        version_command(version, command, actor=Actor.of_user(user), now=now(), **extra)
    with transaction.atomic():
        version_command(version, "publish", actor=Actor.of_user(cast.officer), now=now())
        assert codes("冰川") == ["3065/0001"]
        transaction.set_rollback(True)
    assert codes("冰川") == []


def test_a_very_long_entry_is_published_and_found(cast):
    make_entry(cast, "1/1", abstract="监测站点数据说明" * 600, keywords="长文")
    assert codes("长文") == ["1/1"]
