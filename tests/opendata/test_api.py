"""Rows, queries and files over HTTP, and what bad input is told."""

import csv
import io
import json

import openpyxl
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from opendata.models import IngestJob, Resource, ResourceVersion
from portal.audit.models import Event
from tests.factories import AIR, make_entry, make_resource, read_upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def resource(cast):
    return make_resource(cast, make_entry(cast))


def content(answer):
    return b"".join(answer.streaming_content)


def test_anyone_reads_rows_with_filters_sort_select_limit_count(client, resource):
    answer = client.get(
        reverse("api_rows", args=[resource.pk]),
        {"pm25__gte": "35.5", "sort": "-pm25", "select": "station,pm25", "limit": 2, "count": "exact"},
    )
    told = answer.json()
    assert told["rows"] == [{"station": "0180C", "pm25": 150.75}, {"station": "0164A", "pm25": 80.25}]
    assert told["count"] == 3
    following = client.get(told["next"]).json()
    assert following["rows"] == [{"station": "0164A", "pm25": 35.5}]
    assert following["next"] is None


def test_json_query_equals_the_query_string(client, resource):
    tree = {
        "select": ["station"],
        "where": {
            "or": [{"column": "pm25", "op": "gt", "value": 100}, {"column": "pm25", "op": "isnull", "value": True}]
        },
        "sort": ["station"],
    }
    answer = client.post(reverse("api_query", args=[resource.pk]), json.dumps(tree), content_type="application/json")
    assert [row["station"] for row in answer.json()["rows"]] == ["0171B", "0180C"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"pm25__gt": "viel"}, "pm25__gt"),
        ({"nosuch": "1"}, "nosuch"),
        ({"pm25__near": "1"}, "pm25__near"),
        ({"limit": "100000"}, "limit"),
        ({"cursor": "forged"}, "cursor"),
        ({"sort": "nosuch"}, "sort"),
    ],
)
def test_bad_queries_are_422_and_name_the_parameter(client, resource, asked, parameter):
    answer = client.get(reverse("api_rows", args=[resource.pk]), asked)
    assert answer.status_code == 422
    assert parameter in answer.json()["errors"]


def test_files_in_every_format_hold_the_same_rows(client, resource):
    address = reverse("api_download", args=[resource.pk])
    assert content(client.get(address)) == AIR.encode()
    assert len(list(csv.DictReader(io.StringIO(content(client.get(address, {"format": "csv"})).decode())))) == 5
    assert json.loads(content(client.get(address, {"format": "json"})))[0]["station"] == "0164A"
    assert pq.read_table(io.BytesIO(content(client.get(address, {"format": "parquet"})))).num_rows == 5
    sheet = openpyxl.load_workbook(io.BytesIO(content(client.get(address, {"format": "xlsx"})))).active
    assert sheet.max_row == 6
    assert sheet["A2"].value == "0164A"


def test_files_go_out_isolated_cited_and_with_a_validator(client, resource):
    answer = client.get(reverse("api_download", args=[resource.pk]), {"format": "csv"})
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "3065" in answer["X-Data-Citation"]
    content(answer)
    again = client.get(
        reverse("api_download", args=[resource.pk]), {"format": "csv"}, headers={"If-None-Match": answer["ETag"]}
    )
    assert again.status_code == 304
    assert client.get(reverse("api_download", args=[resource.pk]), {"format": "exe"}).status_code == 422


def test_downloads_of_others_are_counted_and_logged(cast, client, resource):
    address = reverse("api_download", args=[resource.pk])
    content(client.get(address, {"format": "csv"}))
    client.force_login(cast.registrar)
    content(client.get(address, {"format": "csv"}))
    resource.entry.refresh_from_db()
    assert resource.entry.downloads == 1
    assert list(resource.uses.order_by("id").values_list("kind", "format", "rows")) == [("download", "csv", 5)] * 2


def test_each_resource_documents_itself(client, resource):
    document = client.get(reverse("api_resource_openapi", args=[resource.pk])).json()
    assert document["openapi"] == "3.1.0"
    names = {one["name"] for one in document["paths"][f"/api/v1/resources/{resource.pk}/rows/"]["get"]["parameters"]}
    assert {"station__exact", "pm25__gte", "sort", "cursor"} <= names
    shown = client.get(reverse("api_resource", args=[resource.pk])).json()
    assert shown["may_draw"] is True
    assert [column["type"] for column in shown["columns"]] == ["text", "date", "decimal"]


def test_an_entry_names_its_resources_and_whether_they_may_be_drawn(client, resource):
    found = client.get(f"/api/v1/entries/{resource.entry.code}/resources/")
    assert found.status_code == 200
    assert [(one["id"], one["may_draw"]) for one in found.json()] == [(str(resource.pk), True)]
    assert client.get("/api/v1/entries/9999/9999/resources/").status_code == 404


def test_upload_by_api_is_for_the_registrar(cast, client, resource):
    address = reverse("api_uploads", args=[resource.pk])

    def send(user):
        client.force_login(user)
        return client.post(address, {"file": SimpleUploadedFile("neu.csv", AIR.encode())})

    for user in (cast.reviewer, cast.stranger, cast.other_registrar, cast.officer):
        assert send(user).status_code == 403
    before = IngestJob.objects.count()
    answer = send(cast.registrar)
    assert answer.status_code == 202
    assert IngestJob.objects.count() == before + 1
    assert client.get(reverse("api_job", args=[answer.json()["id"]])).json()["state"] == "queued"
    client.force_login(cast.stranger)
    assert client.get(reverse("api_job", args=[answer.json()["id"]])).status_code == 404


BAD = {
    "ragged.csv": (b"a,b\n1,2,9\n3\n", "3"),
    "empty.csv": (b"", ""),
    "header_only.csv": (b"a,b\n", ""),
    "twice.csv": (b"a,a\n1,2\n", "a"),
    "program.csv": (b"\x7fELF\x02\x01\x01" + bytes(200), ""),
    "broken.json": (b'[{"a": 1}, {"a": ', ""),
    "broken.xlsx": (b"PK\x03\x04 not a workbook", ""),
}


@pytest.mark.parametrize("filename", BAD)
def test_a_bad_file_changes_nothing_and_is_answered_in_words(cast, client, resource, filename):
    data, told = BAD[filename]
    standing = resource.current_id
    job = read_upload(cast, resource, data, filename)
    job.refresh_from_db()
    assert job.state == "failed"
    assert any(finding["level"] == "error" for finding in job.findings)
    assert Resource.objects.get(pk=resource.pk).current_id == standing
    assert ResourceVersion.objects.count() == 1
    assert Event.objects.filter(action="opendata.upload.refused").count() == 1
    client.force_login(cast.registrar)
    page = client.get(reverse("opendata:job", args=[job.pk])).content.decode()
    assert "错误" in page
    assert told in page


def test_a_second_upload_is_a_new_version_and_the_first_stays(cast, resource):
    read_upload(cast, resource, AIR + "0199D,2026-05-04,9.5\n")
    resource.refresh_from_db()
    assert resource.current.number == 2
    assert [version.rows for version in resource.versions.order_by("number")] == [5, 6]
