"""The whole entry as one ZIP: what is in it, that it holds together, and who gets what of it."""

import csv
import datetime as dt
import hashlib
import io
import json
import re
import subprocess
import zipfile
from decimal import Decimal

import pytest
import yaml
from django.test import override_settings
from django.urls import reverse

from catalogue.availability import entry_suspend
from opendata import packages
from opendata.models import Export, Resource, Use
from opendata.packages import Archive, Contents, safe_name
from portal.accounts.actors import Actor
from tests.factories import AIR, CONDITIONAL, make_entry, make_grant, make_key, make_resource, now, read_upload
from tests.opendata.places import make_places

pytestmark = pytest.mark.django_db
ROUTES = ["opendata:entry_zip", "api_entry_zip"]
TEXTS = {"README.zh.txt", "README.en.txt", "LICENCE.txt", "CITATION.txt", "CITATION.cff"}
TYPES = {"string", "number", "integer", "boolean", "date", "time", "datetime", "geojson"}
# The rule of Data Package 2.0 for paths: relative, POSIX, nowhere above the folder.
PATH = re.compile(r"^(?=[^./~])(?!file:)((?!/\.\./)(?!\\)(?!://).)*$")
RISKY = "=站点,-数\n=1+1,-5\n@x,7\n"


def ask(client, entry, query="", name=ROUTES[0], **asked):
    return client.get(reverse(name, args=[entry.code]) + query, **asked)


def opened(response):
    """The ZIP as it came over the wire, after its own checks."""
    assert response.status_code == 200, response.content
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    return archive


def table(archive, path):
    return list(csv.reader(io.StringIO(archive.read(path).decode(), newline="")))


def with_numbers(rows):
    """The rows with the last column as exact numbers, for which 35.5 and 35.50 are the same."""
    return [rows[0], *([*row[:-1], row[-1] and Decimal(row[-1])] for row in rows[1:])]


def described(archive):
    """The descriptor, after the rules of Data Package 2.0 have been held against it and the files."""
    found = json.loads(archive.read("datapackage.json"))
    assert found["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert re.fullmatch(r"[a-z0-9._-]+", found["name"])
    assert dt.datetime.fromisoformat(found["created"]).tzinfo
    assert all(isinstance(found[key], str) for key in ("id", "title", "description", "homepage", "version"))
    assert found["licenses"]
    for licence in found["licenses"]:
        assert PATH.match(licence["path"]) or licence["path"].startswith("https://")
    assert all(one["title"] for one in found["sources"] + found["contributors"])
    assert found["contributors"][0]["roles"] == ["publisher"]
    assert found["resources"]
    names = [one["name"] for one in found["resources"]]
    assert len(set(names)) == len(names)
    for one in found["resources"]:
        content = archive.read(one["path"])
        assert PATH.match(one["path"])
        assert one["bytes"] == len(content)
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert "/" in one["mediatype"]
        if one["path"].startswith("data/"):
            check_schema(one, table(archive, one["path"]))
    return found


def check_schema(one, rows):
    assert (one["type"], one["format"], one["mediatype"], one["encoding"]) == ("table", "csv", "text/csv", "utf-8")
    fields = one["schema"]["fields"]
    assert one["schema"]["missingValues"] == [""]
    assert [field["name"] for field in fields] == rows[0]
    assert {field["type"] for field in fields} <= TYPES
    assert set(one["schema"].get("primaryKey", [])) <= set(rows[0])


@pytest.mark.parametrize("name", ROUTES)
def test_a_package_is_whole_and_its_checksums_hold(client, cast, tmp_path, name):
    entry = make_entry(cast)
    resource = make_resource(cast, entry)
    Resource.objects.filter(pk=resource.pk).update(key_columns=["station", "day"])
    make_resource(cast, entry, RISKY, "risky.csv")
    make_places(cast, entry)
    response = ask(client, entry, name=name)
    assert response["Content-Type"] == "application/zip"
    assert "3065-0001-" in response["Content-Disposition"]
    assert response["X-Data-Citation"]
    archive = opened(response)
    data = ["data/01-逐日数据.csv", "data/02-逐日数据.csv", "data/03-逐日数据.csv"]
    assert set(archive.namelist()) == {*TEXTS, *data, "datapackage.json", "CHECKSUMS.sha256"}
    archive.extractall(tmp_path)
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "CHECKSUMS.sha256"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(archive.namelist()) - 1
    found = described(archive)
    assert with_numbers(table(archive, data[0])) == with_numbers(list(csv.reader(io.StringIO(AIR))))
    assert table(archive, data[1]) == [["'=站点", "'-数"], ["'=1+1", "-5"], ["'@x", "7"]]
    first, second, third = found["resources"]
    kinds = {field["name"]: field["type"] for field in first["schema"]["fields"]}
    assert kinds == {"station": "string", "day": "date", "pm25": "number"}
    assert first["schema"]["primaryKey"] == ["station", "day"]
    assert "primaryKey" not in second["schema"]
    assert third["schema"]["fields"][2]["type"] == "geojson"
    assert Use.objects.filter(kind="download", format="csv").count() == 3


def test_texts_say_source_day_licence_and_use(client, cast):
    entry = make_entry(cast, licence="CC-BY-4.0", use_requirements="须注明来源", keywords="空气，质量")
    make_resource(cast, entry)
    archive = opened(ask(client, entry))
    day = archive.getinfo("README.en.txt").date_time
    today = dt.date(*day[:3]).isoformat()
    citation = archive.read("CITATION.txt").decode()
    assert citation.count(today) == 2
    assert "obtained on" in citation
    assert "版" in citation
    cff = yaml.safe_load(archive.read("CITATION.cff"))
    assert cff["cff-version"] == "1.2.0"
    assert cff["type"] == "dataset"
    assert cff["license"] == "CC-BY-4.0"
    assert cff["authors"][0]["name"]
    assert today in cff["message"]
    assert str(cff["preferred-citation"]["date-accessed"]) == today
    licence = archive.read("LICENCE.txt").decode()
    assert "知识共享" in licence
    assert "Creative Commons" in licence
    assert licence.count("须注明来源") == 2
    found = described(archive)
    assert found["licenses"][0]["name"] == "CC-BY-4.0"
    assert found["keywords"] == ["空气", "质量"]
    for name, word in (("README.zh.txt", "本包中的文件"), ("README.en.txt", "Files in this package")):
        text = archive.read(name).decode()
        assert word in text
        assert "data/01-逐日数据.csv" in text
        assert "CHECKSUMS.sha256" in text


def test_the_same_versions_give_the_same_bytes_all_day(client, cast):
    entry = make_entry(cast)
    make_resource(cast, entry)
    one, two = (b"".join(ask(client, entry).streaming_content) for _time in range(2))
    english = ask(client, entry, headers={"Accept-Language": "en"})
    assert one == two == b"".join(english.streaming_content)


def test_originals_come_on_request_and_retired_resources_do_not(client, cast):
    entry = make_entry(cast)
    make_resource(cast, entry, AIR, "../空气 质量.csv")
    gone = make_resource(cast, entry)
    Resource.objects.filter(pk=gone.pk).update(retired_at=now())
    archive = opened(ask(client, entry, "?original=1"))
    originals = [one for one in archive.namelist() if one.startswith("original/")]
    assert len(originals) == 1
    assert archive.read(originals[0]) == AIR.encode()
    assert [one["name"] for one in described(archive)["resources"]] == ["01", "01-original"]
    assert not [one for one in opened(ask(client, entry)).namelist() if one.startswith("original/")]


@pytest.mark.parametrize("name", ROUTES)
def test_asking_for_the_headers_makes_and_counts_nothing(client, cast, name):
    entry = make_entry(cast)
    make_resource(cast, entry)
    response = client.head(reverse(name, args=[entry.code]))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    assert not Use.objects.exists()
    assert not Export.objects.exists()


@pytest.mark.parametrize("name", ROUTES)
def test_refusals_say_why(client, cast, name):
    entry = make_entry(cast, **CONDITIONAL)
    make_resource(cast, entry)
    refused = ask(client, entry, name=name)
    assert refused.status_code == 403
    assert "29" in refused.content.decode()
    entry_suspend(entry, actor=Actor.of_user(cast.handler), now=now(), note="正在核实")
    assert ask(client, entry, name=name).status_code == 403
    for code in ("3065/0999", "x", "3065/0001/versions", "%00/1"):
        assert client.get(reverse(name, args=["3065/0001"]).replace("3065/0001", code)).status_code == 404
    empty = make_entry(cast, "3065/0002")
    assert ask(client, empty, name=name).status_code == 403
    assert not Use.objects.exists()


def keyed(cast, entry, **limits):
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry, **limits))
    return {"name": ROUTES[1], "headers": {"X-API-Key": secret}}


def test_a_grant_gives_what_it_covers(client, cast):
    entry = make_entry(cast, **CONDITIONAL)
    make_resource(cast, entry)
    who = keyed(
        cast, entry, columns=["station", "pm25"], row_filter={"column": "station", "op": "exact", "value": "0164A"}
    )
    response = ask(client, entry, "?original=1", **who)
    assert response["Cache-Control"] == "private, no-store"
    archive = opened(response)
    assert table(archive, "data/01-逐日数据.csv") == [["station", "pm25"], ["0164A", "35.50"], ["0164A", "80.25"]]
    found = described(archive)
    assert [field["name"] for field in found["resources"][0]["schema"]["fields"]] == ["station", "pm25"]
    assert not [one for one in archive.namelist() if one.startswith("original/")]
    everything = b"".join(archive.read(one) for one in archive.namelist())
    assert b"0171B" not in everything
    assert "Art. 45" in archive.read("README.en.txt").decode()
    assert "XY-1" in archive.read("LICENCE.txt").decode()
    assert Use.objects.get().grant is not None


def test_what_a_quota_does_not_allow_is_named_and_not_sent(client, cast):
    entry = make_entry(cast, **CONDITIONAL)
    make_resource(cast, entry)
    make_resource(cast, entry, "a,b\n1,2\n2,3\n", "small.csv")
    who = keyed(cast, entry, daily_rows=6)
    archive = opened(ask(client, entry, **who))
    assert [one["name"] for one in described(archive)["resources"]] == ["01"]
    for name, word in (("README.zh.txt", "不在本包中"), ("README.en.txt", "Not in this package")):
        assert word in archive.read(name).decode()
    assert Use.objects.get().rows == 5
    who_has_used_it_up = ask(client, entry, **who)
    assert who_has_used_it_up.status_code in {200, 429}
    assert sum(Use.objects.values_list("rows", flat=True)) <= 6


def test_a_quota_too_small_for_any_table_is_said(client, cast):
    entry = make_entry(cast, **CONDITIONAL)
    make_resource(cast, entry)
    assert ask(client, entry, **keyed(cast, entry, daily_rows=2)).status_code == 429
    assert not Use.objects.exists()


@override_settings(EXPORT_CELLS_AT_ONCE=1)
def test_large_tables_are_waited_for_and_nothing_is_counted(client, cast):
    entry = make_entry(cast)
    make_resource(cast, entry)
    page = ask(client, entry)
    assert page.status_code == 202
    assert page["Refresh"]
    told = ask(client, entry, name=ROUTES[1])
    assert told.status_code == 202
    assert told["Retry-After"]
    assert told.json()["waiting_for"][0]["export"] == str(Export.objects.get().pk)
    assert not Use.objects.exists()


def test_the_entry_s_page_leads_to_it_where_there_is_something_to_draw(client, cast):
    entry = make_entry(cast)
    make_resource(cast, entry)
    address = reverse("opendata:entry_zip", args=[entry.code])
    assert address in client.get(f"/catalogue/{entry.code}/").content.decode()
    closed = make_entry(cast, "3065/0002", **CONDITIONAL)
    make_resource(cast, closed)
    page = client.get(f"/catalogue/{closed.code}/").content.decode()
    assert reverse("opendata:entry_zip", args=[closed.code]) not in page


def test_a_new_version_is_in_the_next_package(client, cast):
    entry = make_entry(cast)
    resource = make_resource(cast, entry)
    read_upload(cast, resource, AIR + "0199Z,2026-05-04,1.0\n")
    found = described(opened(ask(client, entry)))
    assert found["resources"][0]["version"] == "2"


def test_large_files_are_zip64_and_a_file_swept_meanwhile_is_whole(cast, tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1_000)
    source = tmp_path / "t.csv"
    source.write_bytes(b"0123456789" * 100_000)
    entry = make_entry(cast)
    part = packages.Part("data/01-t.csv", source, None, 1, "text/csv")
    contents = Contents(entry, entry.published, (part,), (), dt.date(2026, 5, 1))
    made = Archive(contents, {"a.txt": "先"}, lambda written: {"b.txt": written["data/01-t.csv"].sha256})
    coming = iter(made)
    pieces = [next(coming)]
    source.unlink()
    pieces += coming
    assert max(map(len, pieces)) < packages.CHUNK * 2
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert archive.read("data/01-t.csv") == b"0123456789" * 100_000
    assert archive.read("b.txt").decode() == hashlib.sha256(b"0123456789" * 100_000).hexdigest()
    assert archive.namelist() == ["a.txt", "data/01-t.csv", "b.txt", "CHECKSUMS.sha256"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("空气质量", "空气质量"),
        ("../../etc/passwd", "etc-passwd"),
        ('a<b>:"c|d?*e', "a-b-c-d-e"),
        ("  .hidden. ", "hidden"),
        ("a\nb\\c", "a-b-c"),
        ("...", "data"),
        ("长" * 200, "长" * 80),
    ],
)
def test_names_that_every_system_takes(title, name):
    assert safe_name(title) == name
