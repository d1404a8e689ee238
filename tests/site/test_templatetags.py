"""The tags that every page is made of: words of the law, addresses, numbers, days, navigation."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from portal.law import RULES, SHIPPED, Text
from portal.site.templatetags import law, ui


def render(source, request=None, **context):
    values = context | ({"request": request} if request else {})
    return Template("{% load law ui %}" + source).render(Context(values))


# --- Words of the law ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "会同审核"), ("en", "joint review")])
def test_say_speaks_the_readers_language(language, said):
    with override(language):
        assert law.say(Text("会同审核", "joint review")) == said


@pytest.mark.parametrize(("given", "said"), [("plain", "plain"), (None, "")])
def test_say_lets_plain_strings_and_nothing_pass(given, said):
    assert law.say(given) == said


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "《办法》第29条"), ("en", "Art. 29")])
def test_article_links_to_its_place_on_the_law_page(language, said):
    with override(language):
        assert law.article(29) == f'<a class="article" href="/law/#art-29">{said}</a>'


@pytest.mark.parametrize("number", [None, 0])
def test_no_article_leaves_no_link(number):
    assert law.article(number) == ""
    assert law.article_name(number) == ""


def test_label_speaks_a_code_and_keeps_an_unknown_one():
    with override("en"):
        assert law.label("transport", "domain") == "Transport"
    assert law.label("transport", "domain") == "交通"
    assert law.label("gone", "domain") == "gone"
    assert law.label("", "domain") == ""


def test_label_of_an_unknown_list_is_a_fault():
    with pytest.raises(KeyError):
        law.label("transport", "no_such_list")


@pytest.mark.parametrize("machine", RULES.machines, ids=lambda machine: machine.name)
def test_every_state_has_its_chip(machine):
    for state in machine.states:
        html = render("{% status_chip machine state %}", machine=machine.name, state=state.name)
        assert f"chip--{state.tone}" in html
        assert state.label.zh in html


def test_every_open_class_has_its_own_tone_and_icon():
    classes = {code.value for code in RULES.codes("open_class").items}
    assert classes == set(law.OPEN_CLASS_TONES) == set(law.OPEN_CLASS_ICONS)
    assert "chip--good" in render('{% open_class "unconditional" %}')


@pytest.mark.parametrize(
    ("clock", "zh", "en"),
    [
        ("conformity_check", "3 个工作日", "3 working days"),
        ("report_verify", "1 个工作日", "1 working day"),
        ("leak_verify", "2 小时", "2 hours"),
        ("log_retention", "3 年", "3 years"),
    ],
)
def test_limit_says_number_and_unit(clock, zh, en):
    kind = RULES.clock(clock)
    assert law.limit(kind) == zh
    with override("en"):
        assert law.limit(kind) == en


def test_every_time_limit_can_be_said():
    for kind in RULES.clocks:
        assert str(kind.limit) in law.limit(kind)


def test_limit_source_tells_the_law_from_a_promise():
    assert law.limit_source(RULES.clock("entry_update")) == "法定时限"
    assert law.limit_source(RULES.clock("conformity_check")) == "服务标准"


@pytest.mark.parametrize(
    ("left", "said", "tone"),
    [
        (3, "还剩 3 个工作日", "good"),
        (1, "还剩 1 个工作日", "waiting"),
        (0, "今天到期", "waiting"),
        (-2, "已超期 2 个工作日", "bad"),
        (None, "", "neutral"),
    ],
)
def test_days_left_in_words_and_tone(left, said, tone):
    assert law.days_left(left) == said
    assert law.days_left_tone(left) == tone


# --- Numbers ---------------------------------------------------------------------------------------------------------


def test_uscc_is_shown_in_parts_and_copied_whole():
    html = ui.uscc("91350100M000100Y43")
    assert html == '<code class="grouped"><span>91</span><span>350100</span><span>M000100Y4</span><span>3</span></code>'
    assert re.sub(r"<[^>]+>", "", html) == "91350100M000100Y43"


@pytest.mark.parametrize("value", ["", None])
def test_no_uscc_is_nothing(value):
    assert ui.uscc(value) == ""


def test_uscc_of_another_length_is_shown_as_it_is_and_escaped():
    assert render("{{ value|uscc }}", value="<b>9135</b>") == "&lt;b&gt;9135&lt;/b&gt;"


def test_receipt_is_escaped():
    assert ui.receipt("SQ-1<") == '<code class="receipt">SQ-1&lt;</code>'
    assert ui.receipt(None) == ""


def test_filesize_knows_when_nothing_is_known():
    assert ui.filesize(None) == "—"
    assert ui.filesize(2048).replace("\xa0", " ") == "2.0 KB"


@pytest.mark.parametrize(("code", "tag"), [("zh-hans", "zh-Hans"), ("en", "en"), ("en-gb", "en-GB"), ("ug", "ug")])
def test_language_tag_is_bcp47(code, tag):
    assert ui.language_tag(code) == tag


# --- Addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "address", "expected"),
    [
        ('{% query sort="title" %}', "/?q=a&cursor=x", "?q=a&amp;sort=title"),
        ("{% query q=None %}", "/?q=a&domain=b&domain=c", "?domain=b&amp;domain=c"),
        ("{% query q=None %}", "/?q=a", "?"),
        ('{% query cursor="y" %}', "/?q=a&cursor=x", "?q=a&amp;cursor=y"),
        ("{% query domain=two %}", "/", "?domain=x&amp;domain=y"),
        ('{% query_toggle "domain" "c" %}', "/?domain=b&cursor=x", "?domain=b&amp;domain=c"),
        ('{% query_toggle "domain" "b" %}', "/?domain=b&domain=c", "?domain=c"),
        ('{% query_toggle "domain" "b" %}', "/?domain=b", "?"),
    ],
)
def test_query_changes_only_what_it_names(source, address, expected):
    assert render(source, RequestFactory().get(address), two=["x", "y"]) == expected


def test_query_escapes_what_visitors_wrote():
    request = RequestFactory().get("/", {"q": '"><script>'})
    assert "<" not in render('{% query sort="a" %}', request)


def test_crumbs_lead_from_home_to_this_page():
    html = render('{% crumbs "数据目录" "/catalogue/" title %}', title="空气 <质量>")
    assert html.index('href="/"') < html.index('href="/catalogue/"') < html.index('aria-current="page"')
    assert "空气 &lt;质量&gt;" in html


def test_crumbs_of_a_first_level_page_name_only_itself():
    assert render('{% crumbs "统计" %}').count("<li") == 2


# --- Icons -----------------------------------------------------------------------------------------------------------

ROOT = Path(settings.BASE_DIR)
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text(encoding="utf-8")))


def test_icon_is_silent_unless_it_has_a_title():
    assert 'aria-hidden="true"' in ui.icon("download")
    assert 'role="img" aria-label="下载"' in ui.icon("download", "下载")


def test_every_icon_named_in_a_template_is_drawn():
    named = {
        (path.name, name)
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    assert named
    assert {(file, name) for file, name in named if name not in ICONS} == set()


def test_every_domain_and_open_class_has_an_icon():
    assert {f"domain-{code.value}" for code in RULES.codes("domain").items} <= ICONS
    assert set(law.OPEN_CLASS_ICONS.values()) <= ICONS


# --- Days ------------------------------------------------------------------------------------------------------------


def kinds(received, limit, today):
    cells = ui.clock_days(SHIPPED.count(received, limit), today)
    return {cell.day: cell for cell in cells}


def test_regional_holiday_is_drawn_as_a_holiday_even_on_its_weekend():
    cells = kinds(date(2026, 5, 26), 3, date(2026, 5, 29))
    assert cells[date(2026, 5, 26)].kind == "received"
    assert {cells[date(2026, 5, day)].kind for day in range(27, 32)} == {"holiday"}
    assert [cells[date(2026, 6, day)].number for day in (1, 2, 3)] == [1, 2, 3]


def test_due_today_and_past_days_are_marked():
    cells = kinds(date(2026, 5, 26), 3, date(2026, 6, 2))
    assert cells[date(2026, 6, 3)].classes == "day--working day--due"
    assert cells[date(2026, 6, 2)].classes == "day--working day--today"
    assert cells[date(2026, 6, 1)].classes == "day--working day--past"


def test_weekend_and_makeup_workday_are_told_apart():
    cells = kinds(date(2026, 9, 17), 3, date(2026, 9, 17))
    assert cells[date(2026, 9, 19)].kind == "weekend"
    assert cells[date(2026, 9, 20)].kind == "makeup"
    assert cells[date(2026, 9, 20)].number == 2
    assert cells[date(2026, 9, 20)].kind_label == "补班"


# --- Navigation ------------------------------------------------------------------------------------------------------


def nav(path, user):
    request = RequestFactory().get(path)
    return ui.main_nav(Context({"request": request, "user": user}))


def test_visitors_see_the_public_rooms_and_where_they_are():
    links = nav("/catalogue/650000/1/", AnonymousUser())
    assert [link.url for link in links["public"]] == ["/", "/catalogue/", "/departments/", "/law/", "/stats/"]
    assert [link.url for link in links["public"] if link.current] == ["/catalogue/"]
    assert links["own"] == []


def test_home_is_current_only_at_home():
    assert [link.url for link in nav("/", AnonymousUser())["public"] if link.current] == ["/"]


@pytest.mark.parametrize(
    ("person", "rooms"),
    [
        ("citizen", {"/account/"}),
        ("registrar", {"/desk/", "/account/"}),
        ("officer", {"/desk/", "/account/"}),
        ("auditor", {"/audit/", "/account/"}),
    ],
)
def test_each_person_sees_the_rooms_of_their_role(cast, person, rooms):
    assert {link.url for link in nav("/", getattr(cast, person))["own"]} == rooms


@pytest.mark.parametrize("path", ["/applications/", "/keys/", "/account/"])
def test_my_account_is_current_in_all_its_rooms(cast, path):
    assert [link.url for link in nav(path, cast.citizen)["own"] if link.current] == ["/account/"]


def test_languages_name_themselves_and_mark_the_present_one():
    with override("en"):
        assert [(one.name, one.tag, one.current) for one in ui.languages() if one.code == "en"] == [
            ("English", "en", True)
        ]
    assert [one.code for one in ui.languages() if one.current] == ["zh-hans"]
