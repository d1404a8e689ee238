"""Large files for download: one row per question, made by a worker with progress, kept within a bound, asked anew."""

import datetime as dt
import io
import os
import time

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from opendata import fileexports as files
from opendata.exports import ExportRefused
from opendata.models import Export, Resource, Use
from opendata.rows import EngineBusy
from opendata.tasks import export_run, exports_sweep, exports_trim
from portal.accounts.actors import Actor
from tests.factories import CONDITIONAL, make_entry, make_export, make_grant, make_key, make_resource, now
from tests.opendata.world import standing_world

pytestmark = pytest.mark.django_db
VISITOR = Actor.visitor("203.0.113.7")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Makes a cast, an open resource and a conditional one, read once for all tests of this file."""
    with standing_world(django_db_blocker) as (cast, opened):
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


@pytest.fixture(autouse=True)
def _everything_is_large(settings, tmp_path):
    settings.EXPORT_CELLS_AT_ONCE = 1
    settings.EXPORT_DIR = tmp_path / "exports"


def ask(client, resource, fmt="csv", name="api_download", **more):
    return client.get(reverse(name, args=[resource.pk]), {"format": fmt}, **more)


def body(answer):
    return b"".join(answer.streaming_content)


def test_a_program_is_told_where_to_follow_a_large_file_and_gets_it(client, resource):
    answer = ask(client, resource)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["state"], told["progress"], told["links"]["file"]) == ("queued", 0, None)
    assert answer["Location"] == told["links"]["self"]
    assert not Use.objects.exists()
    assert ask(client, resource).json()["id"] == told["id"]
    export_run(told["id"])
    shown = client.get(answer["Location"]).json()
    assert (shown["state"], shown["progress"], shown["rows"], shown["problem"]) == ("ready", 100, 5, "")
    file = client.get(shown["links"]["file"])
    assert len(body(file).splitlines()) == 6
    assert len(file.headers["ETag"]) > 40
    assert Use.objects.get().rows == 5


def test_a_browser_is_led_to_a_page_that_follows_the_file(client, resource):
    answer = ask(client, resource, name="opendata:download")
    row = Export.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/exports/{row.pk}/")
    page = client.get(answer["Location"])
    assert 'hx-get="/exports/' in page.content.decode()
    export_run(str(row.pk))
    part = client.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    link = f"/resources/{resource.pk}/download/?format=csv&amp;version=1"
    assert link in part
    assert "<html" not in part
    assert "hx-get" not in part
    assert body(client.get(link.replace("&amp;", "&"))).startswith(b'"station"')


def test_equal_questions_share_a_row_and_others_do_not(client, resource):
    for fmt, more in (("csv", {}), ("csv", {}), ("csv", {"bom": "1"}), ("json", {}), ("json", {"bom": "1"})):
        client.get(reverse("api_download", args=[resource.pk]), {"format": fmt, **more})
    assert Export.objects.count() == 3


def test_what_lies_in_storage_already_is_sent_at_once(client, resource):
    for fmt in ("original", "parquet"):
        assert body(ask(client, resource, fmt))
    assert not Export.objects.exists()


def test_an_excel_file_weighs_more_than_text(client, resource, settings):
    settings.EXPORT_CELLS_AT_ONCE = 5 * 3
    assert body(ask(client, resource, "csv"))
    assert ask(client, resource, "xlsx").status_code == 202


# --- Who sees it -----------------------------------------------------------------------------------------------------


def test_a_granted_file_is_shown_to_who_holds_the_same_permit_and_as_long(client, cast, conditional):
    grant = make_grant(cast.applicant, conditional.entry, columns=["station"])
    _key, secret = make_key(cast.applicant, grant)
    who = {"X-API-Key": secret}
    place = ask(client, conditional, headers=who).json()["links"]["self"]
    page = place.replace("/api/v1", "")
    assert client.get(place).status_code == 403
    assert client.get(page).status_code == 403
    client.force_login(cast.citizen)
    assert client.get(page).status_code == 403
    client.force_login(cast.registrar)
    assert client.get(page).status_code == 404
    client.logout()
    export_run(Export.objects.get().pk)
    assert client.get(place, headers=who).json()["links"]["file"]
    grant.state = "revoked"
    grant.save()
    assert client.get(place, headers=who).status_code == 403
    assert ask(client, conditional, headers=who).status_code == 403


def test_a_grant_that_can_never_pay_for_the_file_makes_nobody_work(client, cast, conditional):
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, conditional.entry, daily_rows=4))
    assert ask(client, conditional, headers={"X-API-Key": secret}).status_code == 429
    assert not Export.objects.exists()


def test_too_many_waiting_files_are_refused_for_now(client, cast, resource, monkeypatch):
    monkeypatch.setattr(files, "MOST_WAITING_EACH", 1)
    make_export(resource, Actor.of_user(cast.citizen), fmt="json")
    with pytest.raises(EngineBusy):
        make_export(resource, Actor.of_user(cast.citizen))
    assert make_export(resource, Actor.of_user(cast.citizen), fmt="json").state == "queued"
    monkeypatch.setattr(files, "MOST_WAITING", 1)
    answer = ask(client, resource)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


# --- Making ----------------------------------------------------------------------------------------------------------


def test_a_waiting_file_is_claimed_once(resource):
    row = make_export(resource, VISITOR)
    claimed = files.export_claim(str(row.pk), now=now())
    assert claimed is not None
    assert (claimed.state, claimed.tries) == ("running", 1)
    assert files.export_claim(str(row.pk), now=now()) is None
    export_run(str(row.pk))
    assert Export.objects.get().state == "running"


def test_the_rows_written_so_far_are_told(client, resource, monkeypatch):
    seen = []
    monkeypatch.setattr(files, "STEP_SECONDS", 0)
    monkeypatch.setattr(files, "export_step", lambda row, rows: seen.append(rows))
    export_run(str(make_export(resource, VISITOR).pk))
    assert seen == [5]
    row = make_export(resource, VISITOR, fmt="json")
    claimed = files.export_claim(str(row.pk), now=now())
    monkeypatch.undo()
    files.export_step(claimed, 2)
    assert Export.objects.get(pk=row.pk).progress == 40


def test_a_lost_worker_is_replaced_and_its_late_end_changes_nothing(resource):
    row = make_export(resource, VISITOR)
    late = files.export_claim(str(row.pk), now=now())
    later = now() + dt.timedelta(hours=1)
    assert files.exports_overdue(now=later) == []
    cache.clear()
    assert [one.pk for one in files.exports_overdue(now=later)] == [row.pk]
    assert Export.objects.get().state == "queued"
    with pytest.raises(files.TakenOver):
        files.export_step(late, 1)
    again = files.export_claim(str(row.pk), now=later)
    files.export_run(late, clock=timezone.now)
    assert Export.objects.get().state == "running"
    files.export_run(again, clock=timezone.now)
    assert (Export.objects.get().state, Export.objects.get().tries) == ("ready", 2)


def test_after_three_tries_it_failed_and_says_so_and_an_hour_later_it_may_be_asked_for_anew(client, resource):
    row = make_export(resource, VISITOR)
    moment = now()
    for _try in range(3):
        assert files.export_claim(str(row.pk), now=moment) is not None
        cache.clear()
        moment += dt.timedelta(minutes=5)
        files.exports_overdue(now=moment)
    row.refresh_from_db()
    assert (row.state, row.tries) == ("failed", 3)
    shown = client.get(reverse("opendata:export", args=[row.pk])).content.decode()
    assert files.problem_of(row) in shown
    with pytest.raises(ExportRefused):
        make_export(resource, VISITOR)
    assert ask(client, resource).status_code == 422
    Export.objects.update(finished_at=now() - dt.timedelta(hours=2))
    assert ask(client, resource).json()["state"] == "queued"
    assert Export.objects.get().tries == 0


def test_a_format_that_cannot_hold_the_table_fails_with_its_sentence(client, resource):
    row = make_export(resource, VISITOR, fmt="geojson")
    export_run(str(row.pk))
    row.refresh_from_db()
    assert row.state == "failed"
    assert client.get(reverse("api_export", args=[row.pk])).json()["problem"] == row.problem != ""


def test_the_sweeper_wakes_a_worker_for_what_nobody_was_told_of(resource):
    make_export(resource, VISITOR)
    assert exports_sweep() == 0
    Export.objects.update(created_at=now() - dt.timedelta(minutes=2))
    assert exports_sweep() == 1


# --- Keeping ---------------------------------------------------------------------------------------------------------


def made(resource, fmt, age):
    """Makes a file that was asked for so many seconds ago."""
    row = make_export(resource, VISITOR, fmt=fmt)
    export_run(str(row.pk))
    row.refresh_from_db()
    path = files.path_of(row)
    os.utime(path, ns=(time.time_ns() - age * 10**9, path.stat().st_mtime_ns))
    return row, path


def test_the_files_asked_for_longest_ago_go_first_and_are_made_again_when_asked_for(client, resource, settings):
    old, old_path = made(resource, "csv", 900)
    _young, young_path = made(resource, "json", 300)
    used, used_path = made(resource, "ndjson", 600)
    settings.EXPORT_MAX_BYTES = 10**6
    assert exports_trim() == 0
    body(ask(client, resource, "ndjson"))
    settings.EXPORT_MAX_BYTES = used.size
    assert exports_trim() == 2
    assert [path.exists() for path in (old_path, young_path, used_path)] == [False, False, True]
    assert client.get(reverse("api_export", args=[old.pk])).json()["state"] == "swept"
    assert "format=csv" in client.get(reverse("opendata:export", args=[old.pk])).content.decode()
    assert ask(client, resource).json()["state"] == "queued"
    assert Export.objects.get(pk=old.pk).tries == 0
    settings.EXPORT_MAX_BYTES = 0
    assert exports_trim() == 0


def test_halves_of_files_go_after_a_day(resource, settings):
    _row, path = made(resource, "csv", 0)
    part = path.with_name(".half.part")
    part.write_bytes(b"x")
    assert files.files_trim(now=now()) == 0
    assert files.files_trim(now=now() + dt.timedelta(days=2)) == 1
    assert path.exists()
    assert not part.exists()


def test_a_file_made_again_is_another_file(client, resource):
    row, path = made(resource, "csv", 0)
    first = ask(client, resource)
    text = body(first)
    path.unlink()
    assert ask(client, resource).status_code == 202
    export_run(str(row.pk))
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))
    second = ask(client, resource, headers={"Range": "bytes=5-", "If-Range": first["ETag"]})
    assert second.status_code == 200
    assert body(second) == text
    assert io.BytesIO(text).readline().startswith(b'"station"')
