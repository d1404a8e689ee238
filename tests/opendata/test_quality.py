"""The five dimensions of quality, the declared rules and the checksums of codes: every figure against its rows."""

import datetime as dt
import math
import random

import pytest
from django.urls import reverse
from stdnum.cn import ric, uscc

from catalogue.availability import entry_suspend
from catalogue.models import Entry
from opendata.accuracy import measure, rules_clean
from opendata.choices import settings_change
from opendata.models import Resource
from opendata.quality import WEIGHTS, quality_of
from portal.accounts.actors import Actor
from portal.law import RuleBroken
from tests.factories import CONDITIONAL, make_entry, make_resource, now, read_upload
from tests.opendata.test_diff import make_side
from tests.opendata.world import standing_world

COLUMNS = {"id": "BIGINT", "name": "VARCHAR", "value": "DECIMAL(8,2)", "day": "DATE", "until": "DATE"}
ROWS = [
    (1, "甲", 1.5, "2026-01-01", "2026-01-02"),
    (2, "", 99, "2026-01-05", "2026-01-02"),
    (2, None, None, None, None),
    (4, "乙", -3, "2025-12-31", "2026-01-01"),
    (4, "甲", 0, "2026-02-01", "2026-02-01"),
]


def checked(tmp_path, *rules, columns=COLUMNS, rows=ROWS, **more):
    side = make_side(tmp_path, "t", columns, rows)
    return measure(side.parquet, side.columns, rules_clean(list(rules)), scratch=tmp_path, **more)["checks"]


@pytest.mark.parametrize(
    ("rule", "looked_at", "violations", "rows"),
    [
        ({"kind": "min", "column": "value", "value": "0"}, 4, 1, [4]),
        ({"kind": "max", "column": "value", "value": 50}, 4, 1, [2]),
        ({"kind": "min", "column": "day", "value": "2026-01-01"}, 4, 1, [4]),
        ({"kind": "one_of", "column": "name", "values": ["甲", "丙"]}, 4, 2, [2, 4]),
        ({"kind": "one_of", "column": "value", "values": ["1.50", "0", "99"]}, 4, 1, [4]),
        ({"kind": "pattern", "column": "name", "pattern": "[甲乙]"}, 4, 1, [2]),
        ({"kind": "unique", "column": "id"}, 5, 2, [3, 5]),
        ({"kind": "not_blank", "column": "name"}, 5, 2, [2, 3]),
        ({"kind": "at_most", "column": "day", "other": "until"}, 4, 1, [2]),
        ({"kind": "at_most", "column": "value", "other": "id"}, 4, 2, [1, 2]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_each_rule_finds_its_rows(tmp_path, rule, looked_at, violations, rows):
    (found,) = checked(tmp_path, rule)
    assert (found["state"], found["checked"], found["violations"], found["rows"]) == (
        "checked",
        looked_at,
        violations,
        rows,
    )


def test_rules_that_cannot_be_held_against_a_column_say_so(tmp_path):
    found = checked(
        tmp_path,
        {"kind": "min", "column": "name", "value": "1"},
        {"kind": "max", "column": "value", "value": "viel"},
        {"kind": "min", "column": "day", "value": "2026-13-40"},
        {"kind": "at_most", "column": "day", "other": "value"},
        {"kind": "unique", "column": "nowhere"},
        {"kind": "at_most", "column": "day", "other": "nowhere"},
    )
    assert [one["state"] for one in found] == ["not_comparable"] * 4 + ["column_missing"] * 2


def test_checks_that_cannot_be_made_in_time_claim_nothing(tmp_path):
    (found,) = checked(tmp_path, {"kind": "min", "column": "value", "value": "0"}, seconds=0)
    assert found["state"] == "too_long"
    assert "violations" not in found


def test_values_and_names_of_rules_are_no_sql(tmp_path):
    columns = {"a'b\"; DROP": "VARCHAR"}
    found = checked(
        tmp_path,
        {"kind": "one_of", "column": "a'b\"; DROP", "values": ["x'y", "'; DROP TABLE t; --"]},
        {"kind": "pattern", "column": "a'b\"; DROP", "pattern": "x'y|z"},
        columns=columns,
        rows=[("x'y",), ("z",)],
    )
    assert [one["violations"] for one in found] == [1, 0]


@pytest.mark.parametrize(
    "sent",
    [
        "min",
        [{"kind": "maximum", "column": "a", "value": "1"}],
        [{"kind": "min", "column": "a"}],
        [{"kind": "unique", "column": "a", "value": "1"}],
        [{"kind": "min", "column": "", "value": "1"}],
        [{"kind": "min", "column": ["a"], "value": "1"}],
        [{"kind": "min", "column": "a", "value": True}],
        [{"kind": "one_of", "column": "a", "values": []}],
        [{"kind": "one_of", "column": "a", "values": "x"}],
        [{"kind": "pattern", "column": "a", "pattern": "("}],
        [{"kind": "pattern", "column": "a", "pattern": "x" * 400}],
        ["min"],
        [{"kind": "unique", "column": "a"}] * 101,
    ],
)
def test_rules_that_are_not_understood_are_refused(sent):
    with pytest.raises(RuleBroken) as refused:
        rules_clean(sent)
    assert (refused.value.article, refused.value.field) == (15, "rules")


def made_codes(count):
    chance = random.Random(7)
    companies, people = [], []
    while len(companies) < count:
        body = f"91650100{''.join(chance.choice('0123456789ABCDEFGHJKLMNPQRTUWXY') for _ in range(9))}"
        companies.append(body + uscc.calc_check_digit(body))
        born = dt.date(1950, 1, 1) + dt.timedelta(days=chance.randrange(20_000))
        body = f"650102{born:%Y%m%d}{chance.randrange(1000):03d}"
        people.append(body + ric.calc_check_digit(f"{body}0"))
    return companies, people


def test_codes_with_a_checksum_are_checked_and_others_left_alone(tmp_path):
    companies, people = made_codes(200)
    assert all(uscc.is_valid(one) for one in companies)
    wrong = companies[5][:-1] + ("0" if companies[5][-1] != "0" else "1")
    serial = [f"{n:018d}" for n in range(10**17, 10**17 + 200)]
    companies[5], people[7] = wrong, "12345"
    rows = list(zip(companies, people, serial, strict=True))
    side = make_side(tmp_path, "t", {"法人": "VARCHAR", "身份": "VARCHAR", "流水": "VARCHAR"}, rows)
    columns = [{**one, "examples": [row[at] for row in rows[:5]]} for at, one in enumerate(side.columns)]
    found = measure(side.parquet, columns, [], scratch=tmp_path)["codes"]
    assert found == [
        {"column": "法人", "kind": "uscc", "checked": 200, "wrong": 1, "rows": [6]},
        {"column": "身份", "kind": "identity_number", "checked": 200, "wrong": 1, "rows": [8]},
    ]


# --- The five dimensions -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing_world(django_db_blocker) as found:
        yield found


@pytest.fixture
def cast(world, db):
    return world[0]


@pytest.fixture
def resource(world, db):
    related = Resource.objects.select_related("entry__published", "entry__provider", "current")
    return related.get(pk=world[1].pk)


def judged(resource, at=None):
    quality = quality_of(resource, resource.current, now=at or now())
    return quality, {one.key: one for one in quality.dimensions}


def elements(resource, *rows):
    standing = resource.entry.published
    standing.elements.all().delete()
    for position, (name, kind) in enumerate(rows):
        standing.elements.create(position=position, name=name, type=kind)


def test_completeness_counts_cells_and_declared_elements_without_a_column(resource):
    elements(resource, ("station", "text"), ("day", "date"), ("pm25", "decimal"))
    _whole, found = judged(resource)
    assert found["completeness"].score == math.floor(100 * 14 / 15)
    elements(resource, ("station", "text"), ("day", "date"), ("pm25", "decimal"), ("pm10", "decimal"))
    _whole, found = judged(resource)
    assert found["completeness"].score == math.floor(100 * 14 / 20)
    assert any("pm10" in text for text in found["completeness"].reasons_for(whole=False))
    assert not any("pm25" in text for text in found["completeness"].reasons_for(whole=False))
    assert any("pm25" in text for text in found["completeness"].reasons_for(whole=True))


def test_an_element_that_another_resource_of_the_entry_carries_is_not_missing(cast, resource):
    elements(resource, ("station", "text"), ("day", "date"), ("pm25", "decimal"), ("road", "text"))
    _whole, found = judged(resource)
    assert found["completeness"].figures["missing_elements"] == 1
    make_resource(cast, resource.entry, "road\nG30\nG7\n", "roads.csv")
    _whole, found = judged(resource)
    assert found["completeness"].figures["missing_elements"] == 0


@pytest.mark.parametrize(
    ("declared", "score"),
    [
        ([("station", "code"), ("day", "date"), ("pm25", "decimal")], 100),
        ([("station", "integer"), ("day", "date"), ("pm25", "decimal")], 83),
        ([("station", "text"), ("day", "date")], 66),
        ([("station", "text"), ("day", "date"), ("pm25", "decimal"), ("pm10", "decimal")], 75),
        ([], None),
    ],
)
def test_consistency_compares_columns_with_declared_elements(resource, declared, score):
    elements(resource, *declared)
    assert judged(resource)[1]["consistency"].score == score


@pytest.mark.parametrize(
    ("frequency", "days", "score"),
    [
        ("daily", 0, 100),
        ("daily", 2, 100),
        ("daily", 3, 50),
        ("daily", 4, 0),
        ("monthly", 32, 100),
        ("monthly", 63, 50),
        ("yearly", 2000, 0),
        ("irregular", 2000, None),
        ("static", 2000, None),
    ],
)
def test_timeliness_is_judged_by_the_promise_on_the_day_it_is_shown(resource, frequency, days, score):
    resource.entry.published.update_frequency = frequency
    at = resource.current.published_at + dt.timedelta(days=days)
    found = judged(resource, at)[1]["timeliness"]
    assert found.score == score
    assert found.reasons


def test_validity_counts_refused_rows_odd_cells_and_wrong_codes(resource):
    version = resource.current
    assert judged(resource)[1]["validity"].score == 100
    version.refused_rows = 5
    assert judged(resource)[1]["validity"].score == 50
    version.refused_rows = 0
    version.findings = [{"code": "mixed_numbers", "column_name": "station", "params": {"count": 2}}]
    assert judged(resource)[1]["validity"].score == math.floor(100 * (1 - 2 / 5 / 3))
    version.findings = []
    version.quality = {"codes": [{"column": "station", "kind": "uscc", "checked": 5, "wrong": 5, "rows": [1, 2]}]}
    _whole, found = judged(resource)
    assert found["validity"].score == math.floor(100 * 2 / 3)
    assert found["validity"].figures["invalid_cells"] == 5


def test_one_bad_cell_among_many_is_never_a_hundred(resource):
    elements(resource)
    version = resource.current
    version.rows, version.quality = 10**9, {}
    version.columns = [{"name": "a", "type": "text", "nulls": 1}]
    assert judged(resource)[1]["completeness"].score == 99


def test_accuracy_is_the_mean_of_the_rules_that_could_be_checked(resource):
    assert judged(resource)[1]["accuracy"].score is None
    resource.current.quality = {
        "checks": [
            {
                "kind": "min",
                "column": "a",
                "value": "0",
                "state": "checked",
                "checked": 4,
                "violations": 1,
                "rows": [3],
            },
            {"kind": "unique", "column": "a", "state": "checked", "checked": 4, "violations": 0, "rows": []},
            {"kind": "unique", "column": "b", "state": "column_missing"},
        ]
    }
    found = judged(resource)[1]["accuracy"]
    assert (found.score, found.figures) == (87, {"rules": 2, "violations": 1})
    assert len(found.reasons_for(whole=True)) == 3
    assert len(found.reasons_for(whole=False)) == 1


def test_the_whole_is_the_weighted_mean_of_what_could_be_judged(resource):
    assert sum(WEIGHTS.values()) == 100
    elements(resource)
    resource.entry.published.update_frequency = "irregular"
    whole, found = judged(resource)
    assert {key for key, one in found.items() if one.score is None} == {"timeliness", "consistency", "accuracy"}
    assert whole.score == (93 + 100) // 2


def test_declared_rules_are_checked_in_every_row_of_the_next_reading_and_shown(cast, resource, client):
    rules = [{"kind": "max", "column": "pm25", "value": "100"}, {"kind": "unique", "column": "day"}]
    settings_change(resource, actor=Actor.of_user(cast.registrar), now=now(), rules=rules)
    data = "".join(f"0164A,2026-05-0{n},{n * 30.5}\n" for n in range(1, 6))
    read_upload(cast, resource, f"station,day,pm25\n{data}")
    resource.refresh_from_db()
    assert [one["violations"] for one in resource.current.quality["checks"]] == [2, 0]
    shown = client.get(reverse("opendata:resource", args=[resource.pk])).content.decode()
    for text in ("数据质量", "<meter", "准确性", "“pm25”不大于 100", "第 4, 5 行"):
        assert text in shown
    told = client.get(reverse("api_quality", args=[resource.pk])).json()
    accuracy = next(one for one in told["dimensions"] if one["dimension"] == "accuracy")
    assert (told["version"], accuracy["score"], accuracy["figures"]["violations"]) == (2, 80, 2)
    assert 0 < told["score"] <= 100


def test_figures_of_columns_are_for_who_may_draw_and_the_score_for_all(cast, client):
    resource = make_resource(cast, make_entry(cast, "3065/0002", **CONDITIONAL))
    page, api = reverse("opendata:resource", args=[resource.pk]), reverse("api_quality", args=[resource.pk])
    for user, sees in ((None, False), (cast.registrar, True)):
        if user:
            client.force_login(user)
        assert ("“pm25”列" in client.get(page).content.decode()) is sees
        told = client.get(api).json()
        assert ("pm25" in str(told["dimensions"])) is sees
        assert told["score"] is not None


def test_nothing_is_judged_while_the_entry_is_held(cast, resource, client):
    entry_suspend(Entry.objects.get(pk=resource.entry_id), actor=Actor.of_user(cast.handler), now=now(), note="核实")
    assert client.get(reverse("api_quality", args=[resource.pk])).json()["dimensions"] == []
    assert "<meter" not in client.get(reverse("opendata:resource", args=[resource.pk])).content.decode()
