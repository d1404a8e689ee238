"""The query builder: a plain form whose address is the grammar, drawn under the permit, with calls that repeat it."""

import csv
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from catalogue.availability import entry_suspend
from opendata.models import Use
from opendata.queryaddress import canonical
from opendata.rows import Column, ColumnType
from portal.accounts.actors import Actor
from tests.factories import CONDITIONAL, make_entry, make_grant, make_resource, now

pytestmark = pytest.mark.django_db

COLUMNS = [
    Column("station", ColumnType.TEXT),
    Column("day", ColumnType.DATE),
    Column("pm25", ColumnType.DECIMAL),
    Column("a, b", ColumnType.BOOLEAN),
]


@pytest.fixture
def resource(cast):
    return make_resource(cast, make_entry(cast))


@pytest.fixture
def conditional(cast):
    return make_resource(cast, make_entry(cast, "3065/0002", **CONDITIONAL))


def ask(client, resource, query="", **more):
    return client.get(f"/resources/{resource.pk}/explore/?{query}", **more)


def rows(response):
    return [[cell for cell, _number in row] for row in response.context["answer"].rows]


class Form(HTMLParser):
    """Reads the builder's form: what a browser would send if it were sent as it stands."""

    def __init__(self):
        super().__init__()
        self.inside, self.select, self.options, self.sent = False, "", [], []

    def handle_starttag(self, tag, attrs):
        """Takes the controls of the form."""
        given = dict(attrs)
        self.inside = self.inside or (tag == "form" and given.get("id") == "query")
        if not self.inside:
            return
        if tag == "input" and given.get("name") and (given["type"] != "checkbox" or "checked" in given):
            self.sent.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self.select, self.options = given["name"], []
        elif tag == "option" and self.select:
            self.options.append(("selected" in given, given.get("value", "")))

    def handle_endtag(self, tag):
        """Closes a choice and the form."""
        if tag == "select" and self.select and self.inside:
            chosen = [value for picked, value in self.options if picked] or [self.options[0][1]]
            self.sent.append((self.select, chosen[0]))
            self.select = ""
        self.inside = self.inside and tag != "form"


def fields(response):
    form = Form()
    form.feed(response.content.decode())
    return form.sent


# --- what was clicked becomes the grammar ---


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([("~", "1"), ("limit", "100")], [("limit", "100")]),
        ([("~column", "day")], [("~column", "day")]),
        ([("~column", "day"), ("~op", "gte")], [("~column", "day"), ("~op", "gte")]),
        ([("~column", "day"), ("~op", "contains")], [("~column", "day")]),
        ([("~column", "other"), ("~op", "exact"), ("~value", "x")], []),
        ([("~column", "day"), ("~op", "gte"), ("~value", "2026-05-02")], [("day__gte", "2026-05-02")]),
        (
            [("~column", "day"), ("~op", "range"), ("~value", "2026-05-01")],
            [("~column", "day"), ("~op", "range"), ("~value", "2026-05-01")],
        ),
        (
            [("~column", "station"), ("~op", "range"), ("~value", 'a,"b'), ("~value2", "c")],
            [("station__range", '"a,""b",c')],
        ),
        ([("~select", "pm25"), ("~select", "station"), ("~select", "gone")], [("select", "station,pm25")]),
        ([("~select", "a, b")], [("select", '"a, b"')]),
        ([("~select", one.name) for one in COLUMNS], []),
        ([("sort", "-day"), ("~sort", "-pm25")], [("sort", "-day,-pm25")]),
        ([("sort", "-day"), ("~sort", "day")], [("sort", "day")]),
        (
            [("~select", "pm25"), ("sort", "day"), ("~group", "station")],
            [("group_by", "station"), ("aggregates", "count")],
        ),
        (
            [("group_by", "station"), ("aggregates", "count"), ("~figure", "avg:pm25"), ("sort", "-count")],
            [("group_by", "station"), ("aggregates", "count,avg:pm25"), ("sort", "-count")],
        ),
        ([("~", "1"), ("count", "exact"), ("bbox", ""), ("cursor", "x")], [("count", "exact")]),
    ],
)
def test_what_was_clicked_becomes_parameters_of_the_grammar(sent, expected):
    marked = [("~", "1"), *sent]
    found = canonical(marked, COLUMNS)
    assert found == expected
    assert canonical(found, COLUMNS) == found


PIECES = st.sampled_from(
    [
        "",
        "station",
        "day",
        "-day",
        "a, b",
        '"',
        'a"b',
        "avg:pm25",
        "count",
        "exact",
        "range",
        "isnull",
        "1,2",
        "\x00",
        "1",
    ]
)
WORDS = "~ ~column ~op ~value ~value2 ~select ~sort ~group ~figure ~strange sort select group_by aggregates"
NAMES = st.sampled_from(
    [*WORDS.split(" "), "limit", "count", "bbox", "offset", "cursor", "day__gte", "a, b__exact", ""]
)


@given(st.lists(st.tuples(NAMES, PIECES), max_size=12))
def test_no_address_is_sent_on_for_ever(pairs):
    once = canonical(pairs, COLUMNS)
    assert canonical(once, COLUMNS) == once


def test_an_address_that_no_form_made_stays_as_it_is():
    odd = [("limit", "100"), ("count", "none"), ("nonsense", "1"), ("sort", "")]
    assert canonical(odd, COLUMNS) == odd


def test_the_form_works_without_javascript_step_by_step(client, resource):
    first = ask(client, resource)
    assert first.status_code == 200
    assert len(rows(first)) == 5
    chosen = ask(client, resource, urlencode([*without(fields(first), "~column"), ("~column", "pm25")]), follow=True)
    assert chosen.redirect_chain
    assert 'name="~op"' in chosen.content.decode()
    filled = without(fields(chosen), "~op", "~value")
    done = ask(client, resource, urlencode([*filled, ("~op", "gt"), ("~value", "35.5")]), follow=True)
    assert dict(parse_qsl(done.redirect_chain[-1][0].partition("?")[2])) == {"pm25__gt": "35.5", "limit": "100"}
    assert [row[2] for row in rows(done)] == ["80.25", "150.75"]
    again = ask(client, resource, urlencode(fields(done)), follow=True)
    assert rows(again) == rows(done)


def without(pairs, *names):
    return [(name, value) for name, value in pairs if name not in names]


def test_each_part_of_the_query_can_be_taken_away(client, resource):
    query = "pm25__gt=1&station__exact=0164A&sort=-day,station&limit=20&bbox="
    builder = ask(client, resource, query.removesuffix("&bbox=")).context["builder"]
    assert [one.remove_url.partition("?")[2] for one in builder.filters] == [
        "station__exact=0164A&sort=-day%2Cstation&limit=20",
        "pm25__gt=1&sort=-day%2Cstation&limit=20",
    ]
    assert [dict(parse_qsl(one.remove_url.partition("?")[2]))["sort"] for one in builder.sorts] == ["station", "-day"]


def test_groups_and_figures(client, resource):
    shown = ask(client, resource, "group_by=station&aggregates=count,max:pm25&sort=-count,station")
    assert rows(shown) == [["0164A", "2", "80.25"], ["0171B", "2", "12.00"], ["0180C", "1", "150.75"]]
    assert [one.name for one in shown.context["answer"].heads] == ["station", "count", "pm25__max"]
    assert "~select" not in dict(fields(shown))
    offered = {one.value for _column, figures in shown.context["builder"].reducible for one in figures}
    assert {"avg:pm25", "min:day", "distinct:station"} < offered
    assert "avg:station" not in offered
    assert ask(client, resource, urlencode({"aggregates": ",".join(sorted(offered))})).status_code == 200


def test_pages_follow_the_cursor_and_lead_back(client, resource):
    first = ask(client, resource, "sort=pm25&limit=3&count=exact")
    assert len(rows(first)) == 3
    assert first.context["answer"].total == 5
    second = client.get(first.context["answer"].next_url)
    assert len(rows(second)) == 2
    assert rows(client.get(second.context["answer"].first_url)) == rows(first)


def test_a_head_sorts_rising_falling_and_not(client, resource):
    def url(query):
        head = next(one for one in ask(client, resource, query).context["answer"].heads if one.name == "pm25")
        return dict(parse_qsl(head.sort_url.partition("?")[2])).get("sort")

    assert [url(""), url("sort=pm25"), url("sort=-pm25")] == ["pm25", "-pm25", None]


REFUSALS = [
    ("pm25__gt=abc", "q-error-1", "数"),
    ("station__like=x", "q-error-1", "startswith"),
    ("statoin__exact=x", "q-error-1", "station"),
    ("select=pm25,pm25", "q-error-select", "pm25"),
    ("sort=nothing", "q-error-sort", "nothing"),
    ("group_by=nothing", "q-error-group", "nothing"),
    ("aggregates=avg:station", "q-error-figures", "station"),
    ("limit=100000", "q-error-limit", "10000"),
    ("count=perhaps", "q-error-count", "exact"),
]


def test_a_refusal_stands_beside_its_field_in_the_readers_language(client, resource):
    for query, where, words in REFUSALS:
        shown = ask(client, resource, query)
        assert shown.status_code == 422, query
        html = shown.content.decode()
        place = html.index(f'id="{where}"')
        said = html[place : html.index("</p>", place)]
        assert words in said, query
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said), said
        assert shown.context["calls"] == []
        assert 'id="q-column"' in html


def test_a_mistyped_parameter_or_cursor_is_said_above(client, resource):
    for query in ("nonsense=1", "cursor=forged", "limit=20&limit=30"):
        shown = ask(client, resource, query)
        assert shown.status_code == 422
        assert 'role="alert"' in shown.content.decode()


# --- the call ---


def test_the_calls_are_exactly_the_query_and_run(client, cast, live_server):
    data = 'name,"it\'s ""a&b""=$(x)",地点\n甲,1,一\n乙,2,二\n丙,3,三\n'
    resource = make_resource(cast, make_entry(cast), data, "hostile.csv")
    hostile = resource.current.columns[1]["name"]
    query = urlencode([(f"{hostile}__gte", "2"), ("地点__ne", "三"), ("limit", "5")])
    shown = client.get(f"/resources/{resource.pk}/explore/?{query}", headers={"host": live_server.url[7:]})
    assert rows(shown) == [["乙", "2", "二"]]
    calls = {one.name: one.code for one in shown.context["calls"]}
    curl = subprocess.run(["/bin/sh", "-c", calls["curl"] + " -s"], capture_output=True, timeout=60, check=True)
    assert "乙" in curl.stdout.decode()
    assert "甲" not in curl.stdout.decode()
    python = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", calls["python"]], capture_output=True, timeout=60, check=True
    )
    assert python.stdout.decode().splitlines() == [str({"name": "乙", hostile: 2, "地点": "二"})]


def test_the_call_leaves_out_the_page_and_what_is_half_made(client, resource):
    first = ask(client, resource, "limit=2&~column=pm25")
    second = client.get(first.context["answer"].next_url)
    for shown in (first, second):
        code = shown.context["calls"][0].code
        assert "limit=2" in code
        assert "cursor" not in code
        assert "~" not in code


def test_downloads_carry_the_query_and_as_many_rows_as_may_be(client, resource):
    shown = ask(client, resource, "station__exact=0164A&limit=1")
    links = dict(shown.context["downloads"])
    pairs = parse_qsl(links["CSV"].partition("?")[2])
    assert pairs == [("station__exact", "0164A"), ("limit", "10000"), ("format", "csv")]
    answer = client.get(links["CSV"])
    assert answer.status_code == 200
    read = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert read[1:] == [["0164A", "2026-05-01", "35.50"], ["0164A", "2026-05-02", "80.25"]]


# --- who may ---


def test_conditional_data_shows_the_article_and_the_way_to_apply(client, cast, conditional):
    for user in (None, cast.stranger):
        if user:
            client.force_login(user)
        shown = ask(client, conditional)
        assert shown.status_code == 403
        html = shown.content.decode()
        assert "/law/#art-29" in html
        assert "/catalogue/3065/0002/#how" in html
        assert "0164A" not in html


def test_a_grant_draws_only_when_asked_and_each_drawing_is_logged(client, cast, conditional):
    make_grant(cast.applicant, conditional.entry, columns=["station", "day"])
    client.force_login(cast.applicant)
    waiting = ask(client, conditional)
    assert waiting.status_code == 200
    assert waiting.context["answer"] is None
    assert not waiting.context["live"]
    assert not Use.objects.exists()
    sent = ask(client, conditional, urlencode(fields(waiting)), follow=True)
    assert [head.name for head in sent.context["answer"].heads] == ["station", "day"]
    assert "150.75" not in sent.content.decode()
    assert "Bearer xjod_…" in sent.context["calls"][0].code
    assert list(Use.objects.values_list("kind", "rows")) == [("rows", 5)]
    assert ask(client, conditional, "pm25__gt=1").status_code == 422


def test_a_used_up_quota_is_said_and_the_form_stays(client, cast, conditional):
    make_grant(cast.applicant, conditional.entry, daily_rows=2)
    client.force_login(cast.applicant)
    assert len(rows(ask(client, conditional, "limit=20"))) == 2
    shown = ask(client, conditional, "limit=20")
    assert shown.status_code == 429
    assert int(shown["Retry-After"]) > 0
    assert 'id="q-column"' in shown.content.decode()


def test_held_data_is_explored_by_nobody(client, cast, resource):
    entry_suspend(resource.entry, actor=Actor.of_user(cast.officer), now=now(), note="核实中")
    for user in (None, cast.registrar):
        if user:
            client.force_login(user)
        shown = ask(client, resource)
        assert shown.status_code == 403
        assert "/law/#art-30" in shown.content.decode()
        assert "150.75" not in shown.content.decode()


def test_a_busy_engine_is_said(client, resource):
    with override_settings(ROWS_SECONDS=0.0):
        shown = ask(client, resource)
    assert shown.status_code in {422, 503}
    assert shown.context["failure"]
    assert 'id="q-column"' in shown.content.decode()


def test_wide_tables_and_long_limits_are_cut_on_the_page_only(client, cast):
    names = [f"c{number}" for number in range(400)]
    wide = make_resource(cast, make_entry(cast), "\n".join([",".join(names)] + [",".join(["x"] * 400)] * 3) + "\n")
    shown = ask(client, wide, "limit=20")
    assert len(shown.context["answer"].heads) == 60
    assert shown.context["answer"].columns_left_out == 340
    assert shown.context["builder"].columns_left_out == 100
    kept = ask(client, wide, "select=c0,c399&limit=20")
    assert [one.name for one in kept.context["answer"].heads] == ["c0", "c399"]
    assert dict(fields(kept)).get("~select")
    assert ("~select", "c399") in fields(kept)


# --- with JavaScript ---


def test_each_change_is_answered_at_once_and_stands_in_the_address(live_server, cast, page):
    resource = make_resource(cast, make_entry(cast))
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{live_server.url}/resources/{resource.pk}/explore/")
    page.locator(".query-fold > summary").click()
    page.locator("#q-column").select_option("pm25")
    page.wait_for_selector("#q-op:focus")
    page.locator("#q-op").select_option("gt")
    page.wait_for_url("**~op=gt**")
    page.locator("#q-value").fill("abc")
    page.locator("#q-value").press("Enter")
    page.wait_for_selector("#q-error-1")
    assert page.locator("#q-1").get_attribute("aria-describedby") == "q-error-1"
    assert "abc" in page.locator("#explore-said").inner_text()
    page.locator("#q-1").fill("75")
    page.locator("#q-1").press("Tab")
    page.wait_for_selector("#answer [data-said='本页 2 行']")
    assert "pm25__gt=75" in page.url
    assert "~" not in page.url
    page.locator("#q-group").select_option("station")
    page.wait_for_url("**group_by=station&aggregates=count**")
    page.wait_for_selector("#q-figure")
    page.locator("#q-figure").select_option("avg:pm25")
    page.wait_for_url("**aggregates=count%2Cavg%3Apm25**")
    assert page.locator("#answer tbody td").all_inner_texts()[:3] == ["0164A", "1", "80.25000000"]
    page.locator("#call-javascript summary").click()
    assert '"count,avg:pm25"' in page.locator("#call-javascript code").inner_text()
    assert said == []
