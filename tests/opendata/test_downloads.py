"""Files over HTTP: parts, validators, names, isolation, what is counted; and the same by nginx where there is one."""

import shutil
import subprocess
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from django.urls import reverse

from catalogue.models import Entry
from opendata import storage
from opendata.fileexports import Question
from opendata.models import Export, Grant, Resource, Use
from opendata.permits import Permit
from opendata.ranges import PIECE, NotSatisfiable, Part, range_asked, still_the_same
from portal.embedded.places import BASE_DIR
from tests.factories import AIR, CONDITIONAL, make_entry, make_grant, make_key, make_resource
from tests.opendata.world import standing_world

pytestmark = pytest.mark.django_db
BYTES = AIR.encode()
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Makes a cast, an open resource and a conditional one, read once for all tests of this file."""
    with standing_world(django_db_blocker) as (cast, _resource):
        opened = make_resource(cast, make_entry(cast, "3065/0002"), filename="空气质量.csv")
        yield cast, opened, make_resource(cast, make_entry(cast, "3065/0003", **CONDITIONAL))


@pytest.fixture
def cast(world, db):
    return world[0]


@pytest.fixture
def resource(world, db):
    return Resource.objects.get(pk=world[1].pk)


@pytest.fixture
def conditional(world, db):
    return Resource.objects.get(pk=world[2].pk)


@pytest.fixture(params=["opendata:download", "api_download"])
def address(request, resource):
    return reverse(request.param, args=[resource.pk])


def body(answer):
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("header", "size", "part"),
    [
        ("bytes=0-", 10, (0, 10)),
        ("bytes=0-0", 10, (0, 1)),
        ("bytes=4-6", 10, (4, 3)),
        ("bytes=4-99", 10, (4, 6)),
        ("bytes=-3", 10, (7, 3)),
        ("bytes=-99", 10, (0, 10)),
        ("Bytes= 4-6", 10, (4, 3)),
        ("bytes=6-4", 10, None),
        ("bytes=0-1,4-5", 10, None),
        ("rows=0-1", 10, None),
        ("bytes=", 10, None),
        ("bytes=-", 10, None),
        ("bytes=٤-", 10, None),
        ("bytes=" + "9" * 40 + "-", 10, None),
    ],
)
def test_ranges_are_read_as_the_rfc_says(header, size, part):
    assert range_asked(header, size) == part


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-0", 10), ("bytes=-5", 0)])
def test_a_part_beyond_the_end_cannot_be_sent(header, size):
    with pytest.raises(NotSatisfiable):
        range_asked(header, size)


def test_only_a_strong_equal_validator_lets_a_part_go_on():
    assert still_the_same(None, '"a"', 0)
    assert still_the_same('"a"', '"a"', 0)
    assert not still_the_same('"b"', '"a"', 0)
    assert not still_the_same('W/"a"', '"a"', 0)
    assert still_the_same("Thu, 01 Jan 1970 00:00:09 GMT", '"a"', 9)
    assert not still_the_same("Thu, 01 Jan 1970 00:00:08 GMT", '"a"', 9)
    assert not still_the_same("yesterday", '"a"', 9)


def test_a_large_file_leaves_in_pieces(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"0123456789abcdef" * (3 * PIECE // 16))
    part = Part(path, 5, 2 * PIECE)
    sizes = [len(piece) for piece in iter(lambda: part.read(PIECE), b"")]
    part.close()
    assert sizes == [PIECE, PIECE]


def test_the_parts_of_a_file_make_the_whole(client, address):
    whole = client.get(address)
    assert (whole.status_code, whole["Accept-Ranges"], whole["Content-Length"]) == (200, "bytes", str(len(BYTES)))
    assert body(whole) == BYTES
    found = b""
    for start in range(0, len(BYTES), 40):
        answer = client.get(address, headers={"Range": f"bytes={start}-{start + 39}", "If-Range": whole["ETag"]})
        end = min(start + 40, len(BYTES)) - 1
        assert answer.status_code == 206
        assert answer["Content-Range"] == f"bytes {start}-{end}/{len(BYTES)}"
        assert answer["Content-Length"] == str(end - start + 1)
        assert answer["ETag"] == whole["ETag"]
        found += body(answer)
    assert found == BYTES


def test_a_changed_file_is_sent_anew_and_one_beyond_its_end_is_refused(client, address):
    other = client.get(address, headers={"Range": "bytes=5-", "If-Range": '"another"'})
    assert other.status_code == 200
    assert body(other) == BYTES
    beyond = client.get(address, headers={"Range": "bytes=100000-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(BYTES)}")
    several = client.get(address, headers={"Range": "bytes=0-1,3-4"})
    assert several.status_code == 200
    assert body(several) == BYTES


def test_conditions_are_looked_at_before_the_range(client, address):
    first = client.head(address)
    assert first.content == b""
    assert first["Content-Length"] == str(len(BYTES))
    assert parsedate_to_datetime(first["Last-Modified"]).tzinfo is not None
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert client.get(address, headers={**headers, "Range": "bytes=5-"}).status_code == 304
    assert client.get(address, headers={"If-Match": '"another"'}).status_code == 412
    assert not first["ETag"].startswith("W/")
    assert not Use.objects.exists()


def test_names_are_written_by_rfc_8187_and_the_file_is_isolated(client, address):
    answer = client.get(address)
    assert answer["Content-Disposition"] == ("attachment; filename*=utf-8''%E7%A9%BA%E6%B0%94%E8%B4%A8%E9%87%8F.csv")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert body(answer) == BYTES


def test_the_rest_of_a_download_is_not_counted_again(client, resource, address):
    body(client.get(address))
    body(client.get(address, headers={"Range": "bytes=9-"}))
    assert Use.objects.count() == 1
    assert Entry.objects.get(pk=resource.entry_id).downloads == 1
    body(client.get(address, headers={"Range": "bytes=0-9"}))
    assert Use.objects.count() == 2


def test_a_rest_whose_beginning_nobody_counted_is_a_download(client, resource, address):
    body(client.get(address, headers={"Range": "bytes=1-"}))
    assert Use.objects.get().rows == 5
    assert Entry.objects.get(pk=resource.entry_id).downloads == 1


def test_a_granted_download_is_resumed_under_its_permit_and_no_quota_is_walked_around(client, cast, conditional):
    resource, entry = conditional, conditional.entry
    grant = make_grant(cast.applicant, entry, daily_rows=5)
    _key, secret = make_key(cast.applicant, grant)
    address, who = reverse("api_download", args=[resource.pk]), {"X-API-Key": secret}
    assert client.get(address, headers={"Range": "bytes=9-"}).status_code == 403
    assert body(client.get(address, headers={**who, "Range": "bytes=1-"})) == BYTES[1:]
    assert Use.objects.get().rows == 5
    assert body(client.get(address, headers={**who, "Range": "bytes=9-"})) == BYTES[9:]
    assert Use.objects.count() == 1
    assert client.get(address, headers=who).status_code == 429
    assert client.get(address, {"format": "csv"}, headers={**who, "Range": "bytes=9-"}).status_code == 429
    grant.state = "revoked"
    grant.save()
    assert client.get(address, headers={**who, "Range": "bytes=9-"}).status_code == 403


def test_a_narrowed_grant_pays_for_the_rows_in_its_file(client, cast, conditional):
    resource, entry = conditional, conditional.entry
    only = {"column": "station", "op": "exact", "value": "0164A"}
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry, daily_rows=4, row_filter=only))
    address, who = reverse("api_download", args=[resource.pk]), {"X-API-Key": secret}
    lines = body(client.get(address, {"format": "csv"}, headers=who)).splitlines()
    assert 1 < len(lines) < 6
    assert Use.objects.get().rows == len(lines) - 1 == Export.objects.get().rows_done


def test_a_narrowed_file_is_never_shared_with_the_whole(client, cast, conditional):
    resource, entry = conditional, conditional.entry
    address = reverse("api_download", args=[resource.pk])
    make_grant(cast.applicant, entry, columns=["station"])
    client.force_login(cast.registrar)
    assert body(client.get(address, {"format": "csv"})).splitlines()[0].count(b",") == 2
    client.force_login(cast.applicant)
    assert body(client.get(address, {"format": "csv"})).splitlines()[0] == b'"station"'
    assert Export.objects.count() == 2
    assert client.get(address, {"format": "original"}).status_code == 403


def test_no_column_at_all_is_narrower_than_everything(resource):
    whole, nothing = (
        Question.of(Permit(resource, resource.current, Grant(columns=columns)), "csv", bom=False)
        for columns in (None, [])
    )
    assert whole.scope.columns is None
    assert nothing.scope.columns == ()
    assert whole.mark != nothing.mark


def test_the_whole_table_as_parquet_is_the_stored_file(client, resource):
    answer = client.get(reverse("api_download", args=[resource.pk]), {"format": "parquet"})
    assert body(answer) == storage.blob_path(resource.current.parquet).read_bytes()
    assert answer["ETag"] == f'"{resource.current.parquet_id}"'
    assert not Export.objects.exists()


# --- Behind nginx ----------------------------------------------------------------------------------------------------


def test_behind_nginx_the_portal_decides_and_counts_and_nginx_sends(client, resource, address, settings):
    settings.ACCEL_PREFIX = "/protected/"
    answer = client.get(address, headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["X-Accel-Redirect"] == f"/protected/files/{resource.current.original.path}"
    assert "Content-Range" not in answer
    assert Use.objects.count() == 1
    made = client.get(address, {"format": "csv"})["X-Accel-Redirect"]
    assert (settings.EXPORT_DIR / made.removeprefix("/protected/exports/")).is_file()
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert "X-Accel-Redirect" not in client.get(address, headers={"Range": "bytes=100000-"})


def test_nginx_takes_over_every_header_that_the_portal_sends_with_a_file(client, resource, address, settings):
    settings.ACCEL_PREFIX = "/protected/"
    config = (BASE_DIR / "deploy" / "nginx.conf").read_text()
    passed = {"Content-Type", "Content-Disposition", "Cache-Control", "Accept-Ranges", "Set-Cookie"}
    made_by_nginx = {"Content-Length", "X-Accel-Redirect", "Content-Language", "Allow"}
    sent = set(client.get(address).headers) - passed - made_by_nginx
    assert {name for name in sent if f"add_header {name} " not in config} == set()


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine: apt-get install nginx-light")
def test_nginx_accepts_the_configuration(tmp_path):
    text = (BASE_DIR / "deploy" / "nginx.conf").read_text()
    certificate, key = tmp_path / "portal.crt", tmp_path / "portal.key"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=example.cn"
    subprocess.run(
        [*made.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    written = Path(tmp_path / "nginx.conf")
    changed = text.replace("/etc/nginx/tls", str(tmp_path)).replace("/run/nginx.pid", str(tmp_path / "nginx.pid"))
    written.write_text(changed)
    checked = subprocess.run([NGINX, "-t", "-c", str(written)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
