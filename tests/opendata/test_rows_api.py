"""Pages of rows over HTTP: formats, negotiation, validators, next links, groups, and what they cost a grant."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.urls import reverse

from opendata.models import Use
from opendata.rows.answers import KEPT, MEDIA_TYPES, RowFormat
from tests.factories import CONDITIONAL, make_entry, make_grant, make_key, make_resource

pytestmark = pytest.mark.django_db
LAST = {"station": "0180C", "day": date(2026, 5, 3), "pm25": Decimal("150.75")}


@pytest.fixture
def address(cast):
    return reverse("api_rows", args=[make_resource(cast, make_entry(cast)).pk])


def read(fmt, content):
    """The rows of an answer, whatever its format, as text and numbers."""
    if fmt == "json":
        return json.loads(content)["rows"]
    if fmt == "ndjson":
        return [json.loads(line) for line in content.splitlines()]
    if fmt == "csv":
        return list(csv.DictReader(io.StringIO(content.decode())))
    table = pq.read_table(io.BytesIO(content)) if fmt == "parquet" else pa.ipc.open_stream(content).read_all()
    return table.to_pylist()


@pytest.mark.parametrize("fmt", list(RowFormat))
@pytest.mark.parametrize("way", ["format", "accept"])
def test_every_format_holds_the_same_rows(client, address, fmt, way):
    query = {"sort": "-pm25", "limit": "2", "count": "exact", "station__startswith": "01"}
    asked = {"format": fmt.value} if way == "format" else {}
    headers = {"Accept": f"text/html;q=0.3, {MEDIA_TYPES[fmt]}"} if way == "accept" else {}
    answer = client.get(address, query | asked, headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].partition(";")[0] == MEDIA_TYPES[fmt]
    assert "Accept" in answer["Vary"]
    rows = read(fmt, answer.content)
    assert {name: str(value) for name, value in rows[0].items()} == {name: str(value) for name, value in LAST.items()}
    assert len(rows) == 2
    link, mark = answer["Link"].split(";")
    assert mark.strip() == 'rel="next"'
    second = read(fmt, client.get(link.strip("<>"), headers=headers).content)
    assert [row["station"] for row in second] == ["0164A", "0171B"]
    if fmt is not RowFormat.JSON:
        assert answer["X-Total-Count"] == "5"
        assert answer["X-Total-Count-Is"] == "exact"
        assert f"v1.{fmt.value}" in answer["Content-Disposition"]
        assert "3065" in answer["X-Data-Citation"]


def test_numbers_and_days_keep_their_types_in_arrow(client, address):
    table = pa.ipc.open_stream(client.get(address, {"format": "arrow"}).content).read_all()
    assert pa.types.is_decimal(table.schema.field("pm25").type)
    assert table.schema.field("day").type == pa.date32()
    assert pq.read_schema(io.BytesIO(client.get(address, {"format": "parquet", "limit": "0"}).content)).equals(
        table.schema
    )


def test_what_nobody_offers_is_406_and_a_wrong_name_422(client, address):
    answer = client.get(address, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer["Content-Type"] == "application/problem+json"
    assert "text/csv" in answer.json()["detail"]
    for accept in ("*/*", "application/*", "text/html,*/*;q=0.1"):
        assert client.get(address, headers={"Accept": accept})["Content-Type"] == "application/json"
    assert client.get(address, headers={"Accept": "text/*"})["Content-Type"].startswith("text/csv")
    wrong = client.get(address, {"format": "exe"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["format"])


def test_an_unchanged_page_is_304_and_not_logged(client, address):
    answer = client.get(address, {"limit": "3"})
    etag = answer["ETag"]
    assert etag.startswith('"')
    before = Use.objects.count()
    for sent in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = client.get(address, {"limit": "3"}, headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert again["Cache-Control"] == "no-cache"
    assert Use.objects.count() == before
    others = [
        {"limit": "2"},
        {"limit": "3", "format": "csv"},
        {"limit": "3", "sort": "day"},
        {"limit": "3", "count": "exact"},
    ]
    for query in others:
        assert client.get(address, query, headers={"If-None-Match": etag}).status_code == 200
    assert (
        client.get(address, {"limit": "3"}, headers={"If-None-Match": etag, "Accept-Language": "en"}).status_code == 200
    )


def test_a_head_tells_the_validator_and_draws_nothing(client, address):
    answer = client.head(address, {"limit": "3"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert not Use.objects.exists()
    assert client.get(address, {"limit": "3"}, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_a_kept_answer_is_logged_like_the_first(client, address):
    bodies = {client.get(address, {"station__exact": "0171B"}).content for _again in range(3)}
    assert len(bodies) == 1
    assert list(Use.objects.values_list("kind", "format", "rows")) == [("rows", "json", 2)] * 3
    assert KEPT.size > 0


def test_groups_by_the_query_string_and_by_json(client, address):
    query = {"group_by": "station", "aggregates": "count,avg:pm25,max:day,distinct:day", "sort": "-pm25__avg"}
    told = client.get(address, query | {"limit": "2", "count": "exact"}).json()
    assert told["rows"][0] == {
        "station": "0180C", "count": 1, "pm25__avg": 150.75, "day__max": "2026-05-03", "day__distinct": 1
    }  # fmt: skip
    assert told["count"] == 3
    assert [row["station"] for row in client.get(told["next"]).json()["rows"]] == ["0171B"]
    tree = {
        "aggregates": [{"op": "sum", "column": "pm25", "as": "total"}, {"op": "count", "column": "pm25"}],
        "group_by": ["station"],
        "having": {"column": "total", "op": "gt", "value": 12},
        "sort": ["total"],
    }
    answer = client.post(address.replace("rows/", "query/"), json.dumps(tree), content_type="application/json")
    assert [row["total"] for row in answer.json()["rows"]] == [115.75, 150.75]
    assert b"115.75" in answer.content
    in_csv = client.post(
        address.replace("rows/", "query/") + "?format=csv", json.dumps(tree), content_type="application/json"
    )
    assert in_csv.content.splitlines()[0] == b'"station","total","pm25__count"'


def test_offset_then_cursor(client, address):
    first = client.get(address, {"offset": "1", "limit": "2", "select": "day"}).json()
    assert [row["day"] for row in first["rows"]] == ["2026-05-02", "2026-05-01"]
    assert "offset" not in first["next"]
    assert [row["day"] for row in client.get(first["next"]).json()["rows"]] == ["2026-05-02", "2026-05-03"]
    both = client.get(address, {"offset": "1", "cursor": first["cursor"]})
    assert (both.status_code, list(both.json()["errors"])) == (422, ["offset"])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"group_by": "nosuch"}, "group_by"),
        ({"aggregates": "median:pm25"}, "aggregates"),
        ({"aggregates": "sum:station"}, "aggregates"),
        ({"group_by": "day", "select": "day"}, "select"),
        ({"bbox": "1,2,3,4"}, "bbox"),
        ({"offset": "-1"}, "offset"),
    ],
)
def test_what_does_not_fit_is_422_by_name(client, address, query, parameter):
    answer = client.get(address, query)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [parameter]
    assert not Use.objects.exists()


def test_a_grant_is_asked_counted_and_narrowed_at_every_answer(cast, client):
    entry = make_entry(cast, **CONDITIONAL)
    address = reverse("api_rows", args=[make_resource(cast, entry).pk])
    limits = {"columns": ["station", "pm25"], "row_filter": {"column": "day", "op": "lt", "value": "2026-05-02"}}
    grant = make_grant(cast.applicant, entry, daily_rows=4, **limits)
    _key, secret = make_key(cast.applicant, grant)
    who = {"X-API-Key": secret}
    answer = client.get(address, {"format": "csv"}, headers=who)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.splitlines()[1:] == [b'"0164A",35.50', b'"0171B",12.00']
    grouped = client.get(address, {"group_by": "station", "aggregates": "count"}, headers=who)
    assert [row["count"] for row in grouped.json()["rows"]] == [1, 1]
    assert client.get(address, {"group_by": "day"}, headers=who).status_code == 422
    assert client.get(address, {"aggregates": "max:day"}, headers=who).status_code == 422
    assert Use.objects.count() == 2
    over = client.get(address, {"format": "csv"}, headers=who)
    assert over.status_code == 429
    assert client.get(address, {"format": "csv"}).status_code == 403


def test_an_unchanged_page_costs_a_grant_nothing(cast, client):
    entry = make_entry(cast, **CONDITIONAL)
    address = reverse("api_rows", args=[make_resource(cast, entry).pk])
    grant = make_grant(cast.applicant, entry, daily_rows=8)
    _key, secret = make_key(cast.applicant, grant)
    who = {"X-API-Key": secret}
    etag = client.get(address, {"limit": "2"}, headers=who)["ETag"]
    for _again in range(5):
        unchanged = client.get(address, {"limit": "2"}, headers={**who, "If-None-Match": etag})
        assert unchanged.status_code == 304
        assert unchanged["Cache-Control"] == "private, no-store"
    assert sum(Use.objects.values_list("rows", flat=True)) == 2
    # A page cut to what is left for today is another answer than the whole one.
    assert len(client.get(address, {"limit": "5"}, headers=who).json()["rows"]) == 5
    cut = client.get(address, {"limit": "2"}, headers={**who, "If-None-Match": etag})
    assert (cut.status_code, len(cut.json()["rows"])) == (200, 1)


def test_a_held_entry_answers_nobody_from_memory(cast, client):
    resource = make_resource(cast, make_entry(cast))
    address = reverse("api_rows", args=[resource.pk])
    etag = client.get(address)["ETag"]
    resource.entry.availability = "suspended"
    resource.entry.save(update_fields=["availability"])
    assert client.get(address).status_code == 403
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 403


def test_both_ways_of_finding_a_resource_agree(cast, client, django_assert_max_num_queries):
    resource = make_resource(cast, make_entry(cast))
    address = reverse("api_rows", args=[resource.pk])
    as_visitor = client.get(address).json()
    with django_assert_max_num_queries(2):
        client.get(address)
    client.force_login(cast.citizen)
    assert client.get(address).json() == as_visitor
    unknown = reverse("api_rows", args=[resource.entry_id])
    assert client.get(unknown).status_code == 404
    client.logout()
    assert client.get(unknown).status_code == 404
