"""Versions: what holds them, who decides, what is published; their pages, their API, the same bytes again."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogue.availability import entry_suspend
from catalogue.models import Entry
from opendata import jobs, versions
from opendata.accuracy import measure
from opendata.diff import rows_diff
from opendata.models import IngestJob, PersonalDataDecision, Resource
from opendata.services import resource_create, upload_receive
from opendata.versions import hold_lift, version_discard
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from tests.factories import AIR, CONDITIONAL, make_entry, make_grant, make_resource, now, read_upload
from tests.opendata.world import standing_world

pytestmark = pytest.mark.django_db
WIDER = AIR.replace("pm25\n", "pm25,pm10\n").replace("35.5\n", "35.5,40\n").replace("80.25\n", "80.25,90\n")
WIDER = WIDER.replace("12.0\n", "12.0,20\n").replace("02,\n", "02,,\n").replace("150.75\n", "150.75,200\n")
CORRECTED = AIR.replace("35.5", "36.5")
SHORT = AIR + "0199D,2026-05-04\n"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing_world(django_db_blocker) as found:
        yield found


@pytest.fixture
def cast(world, db):
    return world[0]


@pytest.fixture
def resource(world, db):
    return Resource.objects.select_related("entry", "current").get(pk=world[1].pk)


@pytest.fixture
def entry(resource):
    return Entry.objects.get(pk=resource.entry_id)


def registrar(cast):
    return Actor.of_user(cast.registrar)


def waiting(cast, resource, data=WIDER):
    job = read_upload(cast, resource, data)
    assert job.state == "succeeded", job.findings
    version = job.version
    assert version.state == "awaiting"
    return version


def current(resource):
    return Resource.objects.get(pk=resource.pk).current


def test_a_corrected_file_of_the_same_columns_is_published_at_once(cast, resource):
    version = read_upload(cast, resource, CORRECTED).version
    assert (version.state, version.held_for, current(resource)) == ("published", [], version)
    assert version.published_at is not None
    assert version.diff["against"] == 1
    assert (version.diff["rows"]["added"], version.diff["rows"]["removed"]) == (1, 1)


def test_the_first_version_has_no_schema_to_change(cast, entry):
    resource = make_resource(cast, entry, WIDER)
    assert (resource.current.number, resource.current.diff.get("against")) == (1, None)


@pytest.mark.parametrize(
    "data",
    [
        WIDER,
        AIR.replace("pm25\n", "pm2_5\n"),
        AIR.replace("35.5", "多云"),
        "station,pm25,day\n0164A,35.5,2026-05-01\n",
        "station,day\n0164A,2026-05-01\n",
    ],
    ids=["added", "renamed", "retyped", "moved", "removed"],
)
def test_changed_columns_are_confirmed_by_a_person_before_readers_see_them(cast, resource, data):
    version = waiting(cast, resource, data)
    assert version.held_for == ["schema_changed"]
    assert current(resource).number == 1
    assert hold_lift(version, "schema_changed", actor=registrar(cast), now=now(), note="新增指标")
    assert current(resource) == version
    confirmed = Event.objects.get(action="opendata.version.confirmed")
    assert (confirmed.data["reason"], confirmed.data["note"], confirmed.article) == ("schema_changed", "新增指标", 11)
    assert Event.objects.filter(action="opendata.version.published", data__number=2).count() == 1


def test_refused_rows_are_confirmed_and_can_be_looked_at(cast, resource, client):
    version = waiting(cast, resource, SHORT)
    assert (version.held_for, version.refused_rows, version.rows) == (["rows_refused"], 1, 5)
    address = reverse("opendata:version_refused", args=[version.pk])
    client.force_login(cast.registrar)
    lines = b"".join(client.get(address).streaming_content).decode().splitlines()
    assert lines[0].startswith("line,reason")
    assert "0199D" in lines[1]
    for user in (cast.auditor, cast.other_registrar, cast.stranger):
        client.force_login(user)
        assert client.get(address).status_code == 404
    assert hold_lift(version, "rows_refused", actor=registrar(cast), now=now())
    assert current(resource) == version


def test_what_a_spreadsheet_would_run_is_defused_among_the_refused_rows(cast, resource, client):
    version = waiting(cast, resource, AIR + "=cmd()|calc\n")
    client.force_login(cast.officer)
    sent = b"".join(client.get(reverse("opendata:version_refused", args=[version.pk])).streaming_content).decode()
    assert "'=cmd()" in sent
    assert ",=cmd()" not in sent


def test_every_reason_is_lifted_by_itself_and_the_last_one_publishes(cast, resource):
    version = waiting(cast, resource, WIDER + "0199D,2026-05-04\n")
    assert version.held_for == ["schema_changed", "rows_refused"]
    assert not hold_lift(version, "rows_refused", actor=registrar(cast), now=now())
    assert (current(resource).number, version.held_for) == (1, ["schema_changed"])
    with pytest.raises(RuleBroken):
        hold_lift(version, "rows_refused", actor=registrar(cast), now=now())
    assert hold_lift(version, "schema_changed", actor=registrar(cast), now=now())
    with pytest.raises(RuleBroken):
        hold_lift(version, "schema_changed", actor=registrar(cast), now=now())


def test_only_the_departments_registrar_confirms_or_discards(cast, resource):
    version = waiting(cast, resource)
    for who in ("reviewer", "secrecy", "officer", "other_registrar", "stranger", "auditor"):
        actor = Actor.of_user(getattr(cast, who))
        with pytest.raises(NotAllowed):
            hold_lift(version, "schema_changed", actor=actor, now=now())
        with pytest.raises(NotAllowed):
            version_discard(version, actor=actor, now=now())
    version.refresh_from_db()
    assert (version.state, current(resource).number) == ("awaiting", 1)


def test_personal_data_is_lifted_by_the_secrecy_reviewer_after_a_decision_that_opens(cast, resource):
    version = waiting(cast, resource)
    version.held_for = ["personal_data"]
    version.save(update_fields=["held_for"])
    with pytest.raises(NotAllowed) as refused:
        hold_lift(version, "personal_data", actor=registrar(cast), now=now())
    assert refused.value.article == 36
    secrecy = Actor.of_user(cast.secrecy)
    with pytest.raises(RuleBroken):
        hold_lift(version, "personal_data", actor=secrecy, now=now())

    def decide(decision, minutes):
        PersonalDataDecision.objects.create(
            version=version,
            decision=decision,
            reason="核对",
            hits=[],
            decided_by=cast.secrecy,
            decided_at=now() + dt.timedelta(minutes=minutes),
        )

    decide("no_personal_data", 0)
    decide("not_to_open", 1)
    with pytest.raises(RuleBroken):
        hold_lift(version, "personal_data", actor=secrecy, now=now())
    decide("lawfully_public", 2)
    assert hold_lift(version, "personal_data", actor=secrecy, now=now())
    assert current(resource) == version


def test_a_discarded_version_changes_nothing_and_its_file_can_come_again(cast, resource):
    version = waiting(cast, resource)
    version_discard(version, actor=registrar(cast), now=now(), note="列名有误")
    assert (version.state, current(resource).number) == ("discarded", 1)
    with pytest.raises(RuleBroken):
        hold_lift(version, "schema_changed", actor=registrar(cast), now=now())
    with pytest.raises(RuleBroken):
        version_discard(version, actor=registrar(cast), now=now())
    assert waiting(cast, resource).number == 3
    assert Event.objects.get(action="opendata.version.discarded").data["note"] == "列名有误"


def test_a_waiting_version_never_replaces_a_later_upload(cast, resource):
    version = waiting(cast, resource)
    later = read_upload(cast, resource, CORRECTED).version
    assert current(resource) == later
    version.refresh_from_db()
    assert version.state == "discarded", "it was passed over, and says so"
    with pytest.raises(RuleBroken):
        hold_lift(version, "schema_changed", actor=registrar(cast), now=now())


def test_an_earlier_upload_read_late_is_published_beside_a_later_one_that_waits(cast, resource):
    def upload(data):
        return upload_receive(
            resource=resource, actor=registrar(cast), filename="air.csv", chunks=[data.encode()], now=now()
        )

    first, second = upload(CORRECTED), upload(WIDER)
    for job in (second, first):
        jobs.job_run(jobs.job_claim(str(job.pk), now=now()), now=now())
    early, late = first.version, second.version
    assert (current(resource), late.state) == (early, "awaiting")
    assert hold_lift(late, "schema_changed", actor=registrar(cast), now=now())
    assert current(resource) == late


def test_a_version_published_meanwhile_is_what_the_new_one_is_compared_with(cast, resource, monkeypatch):
    compared = jobs._compared
    seen = []

    def meanwhile(job, made, place):
        found = compared(job, made, place)
        seen.append(found.base.number)
        if len(seen) == 1:
            other = resource.versions.get()
            other.pk, other.number = None, 2
            other.job = IngestJob.objects.create(
                resource=resource, filename="b.csv", size=1, created_by=cast.registrar, created_at=other.created_at
            )
            other.save()
            Resource.objects.filter(pk=resource.pk).update(current=other)
        return found

    monkeypatch.setattr(jobs, "_compared", meanwhile)
    version = read_upload(cast, resource, CORRECTED).version
    assert (seen, version.diff["against"], version.number) == ([1, 2], 2, 3)


def test_the_same_bytes_by_the_same_settings_make_no_version(cast, resource):
    job = read_upload(cast, resource, AIR)
    assert (job.state, job.findings[0]["code"], resource.versions.count()) == ("failed", "same_bytes", 1)
    assert job.sha256 == resource.current.original_id
    version = waiting(cast, resource)
    again = read_upload(cast, resource, WIDER)
    assert again.findings[0]["params"]["number"] == version.number
    version_discard(version, actor=registrar(cast), now=now())
    assert read_upload(cast, resource, WIDER).state == "succeeded"


def test_the_same_bytes_under_another_kind_of_name_are_read(cast, resource):
    assert read_upload(cast, resource, AIR, "air.txt").state == "succeeded"


def test_the_job_page_says_that_nothing_is_new_and_leads_to_the_version(cast, resource, client):
    job = read_upload(cast, resource, AIR)
    client.force_login(cast.registrar)
    shown = client.get(reverse("opendata:job", args=[job.pk])).content.decode()
    assert "第 1 版" in shown
    assert reverse("opendata:version", args=[resource.pk, 1]) in shown
    assert "没有发布" not in shown


def test_the_job_page_asks_shows_the_difference_and_takes_the_answer(cast, resource, client):
    version = waiting(cast, resource, WIDER.replace("35.5", "36.5"))
    page = reverse("opendata:job", args=[version.job_id])
    client.force_login(cast.reviewer)
    assert reverse("opendata:version_confirm", args=[version.pk]) not in client.get(page).content.decode()
    client.force_login(cast.registrar)
    shown = client.get(page).content.decode()
    for text in ("“pm10”", "新增列", reverse("opendata:version_discard", args=[version.pk])):
        assert text in shown
    assert "36.5" in shown, "new rows are shown to the data's own people"
    polled = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "已发布" not in polled
    answer = client.post(reverse("opendata:version_confirm", args=[version.pk]), {"reason": "schema_changed"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert current(resource) == version
    again = client.post(reverse("opendata:version_confirm", args=[version.pk]), {"reason": "schema_changed"})
    assert again.status_code == 409
    assert (
        client.post(reverse("opendata:version_confirm", args=[version.pk]), {"reason": "personal_data"}).status_code
        == 404
    )


def test_discarding_on_the_page(cast, resource, client):
    version = waiting(cast, resource)
    client.force_login(cast.registrar)
    client.post(reverse("opendata:version_discard", args=[version.pk]), {"note": "有误"})
    version.refresh_from_db()
    assert version.state == "discarded"
    assert "已放弃" in client.get(reverse("opendata:job", args=[version.job_id])).content.decode()


# --- Permanent addresses -----------------------------------------------------------------------------------------


def test_each_version_has_its_page_rows_files_and_citation(cast, resource, client):
    read_upload(cast, resource, CORRECTED)
    listed = client.get(reverse("opendata:versions", args=[resource.pk])).content.decode()
    for number, value in ((1, "35.5"), (2, "36.5")):
        address = reverse("opendata:version", args=[resource.pk, number])
        assert address in listed
        shown = client.get(address)
        assert shown.status_code == 200
        assert f"第 {number} 版" in shown.context["citation"]
        assert timezone.localdate().isoformat() in shown.context["citation"]
        file = client.get(reverse("opendata:download", args=[resource.pk]), {"format": "csv", "version": number})
        assert value in b"".join(file.streaming_content).decode()
        rows = client.get(reverse("api_rows", args=[resource.pk]), {"version": number, "limit": 1}).json()
        assert (rows["version"], rows["rows"][0]["pm25"]) == (number, float(value))
        assert f"version={number}" in rows["next"]
        assert f"第 {number} 版" in rows["citation"]
    assert client.get(reverse("opendata:version_latest", args=[resource.pk]))["Location"] == address


def test_a_number_without_a_published_version_is_not_found(cast, resource, client):
    version = waiting(cast, resource)
    for number in (version.number, 99, 10**12):
        assert client.get(reverse("opendata:version", args=[resource.pk, number])).status_code == 404
        assert client.get(reverse("api_resource_version", args=[resource.pk, number])).status_code == 404
        for route in ("api_rows", "api_download", "opendata:download"):
            assert client.get(reverse(route, args=[resource.pk]), {"version": number}).status_code == 404
    assert client.get(reverse("api_rows", args=[resource.pk]), {"version": "x"}).status_code == 404
    listed = client.get(reverse("api_resource_versions", args=[resource.pk])).json()
    assert [one["version"] for one in listed["versions"]] == [1]
    client.force_login(cast.registrar)
    assert client.get(reverse("opendata:version", args=[resource.pk, version.number])).status_code == 200
    assert client.get(reverse("api_rows", args=[resource.pk]), {"version": version.number}).status_code == 404


def test_values_of_a_difference_are_for_those_who_may_draw(cast, client):
    resource = make_resource(cast, make_entry(cast, "3065/0002", **CONDITIONAL))
    read_upload(cast, resource, CORRECTED)
    make_grant(cast.applicant, resource.entry)
    page, api = (reverse(name, args=[resource.pk, 2]) for name in ("opendata:version", "api_resource_version"))
    for user, sees in ((None, False), (cast.stranger, False), (cast.applicant, False), (cast.registrar, True)):
        if user:
            client.force_login(user)
        shown, told = client.get(page), client.get(api).json()
        assert bool(shown.context["difference"].examples) is sees
        assert ("36.5" in shown.content.decode()) is sees
        assert ("examples" in told["diff"]["rows"]) is sees
        assert ("max" in told["columns"][2]) is sees
        assert told["diff"]["rows"]["added"] == 1


def test_a_held_entry_shows_nothing_of_its_versions_data(cast, resource, client):
    read_upload(cast, resource, CORRECTED)
    entry_suspend(Entry.objects.get(pk=resource.entry_id), actor=Actor.of_user(cast.handler), now=now(), note="核实")
    for user in (None, cast.registrar):
        if user:
            client.force_login(user)
        shown = client.get(reverse("opendata:version", args=[resource.pk, 2]))
        assert shown.status_code == 200
        assert "36.5" not in shown.content.decode()
        told = client.get(reverse("api_resource_version", args=[resource.pk, 2])).json()
        assert (told["diff"], told["quality"], set(told["columns"][2])) == (
            None,
            None,
            {"name", "type", "label", "unit"},
        )
    client.logout()
    assert client.get(reverse("api_rows", args=[resource.pk]), {"version": 1}).status_code == 403


def test_the_api_lists_pages_confirms_and_discards(cast, resource, client):
    version = waiting(cast, resource)
    client.force_login(cast.registrar)
    told = client.get(reverse("api_resource_version", args=[resource.pk, version.number])).json()
    assert (told["state"], told["held_for"], told["diff"]["columns"]["added"][0]["name"]) == (
        "awaiting",
        ["schema_changed"],
        "pm10",
    )
    confirm = reverse("api_resource_version_confirm", args=[resource.pk, version.number])
    bad = client.post(confirm, {"reason": "personal_data"}, content_type="application/json")
    assert bad.status_code == 422 or bad.status_code == 400
    done = client.post(confirm, {"reason": "schema_changed"}, content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (200, "published")
    assert client.post(confirm, {"reason": "schema_changed"}, content_type="application/json").status_code == 409
    another = waiting(cast, resource, AIR)
    discard = reverse("api_resource_version_discard", args=[resource.pk, another.number])
    assert client.post(discard, {}, content_type="application/json").json()["state"] == "discarded"
    listed = client.get(reverse("api_resource_versions", args=[resource.pk])).json()
    assert (listed["latest"], [one["version"] for one in listed["versions"]]) == (2, [3, 2, 1])
    older = client.get(reverse("api_resource_versions", args=[resource.pk]), {"before": 3}).json()
    assert [one["version"] for one in older["versions"]] == [2, 1]


def test_refused_rows_by_the_api_are_for_the_department(cast, resource, client):
    version = waiting(cast, resource, SHORT)
    address = reverse("api_resource_version_refused", args=[resource.pk, version.number])
    client.force_login(cast.registrar)
    assert b"0199D" in b"".join(client.get(address).streaming_content)
    hold_lift(version, "rows_refused", actor=registrar(cast), now=now())
    client.logout()
    assert client.get(address).status_code == 404


def test_a_failure_leaves_everything_as_it_was(cast, resource, monkeypatch):
    def breaks(*_args, **_kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(versions, "_publish", breaks)
    with pytest.raises(RuntimeError):
        read_upload(cast, resource, CORRECTED)
    job = resource.jobs.first()
    assert (job.state, resource.versions.count(), current(resource).number) == ("running", 1, 1)


def test_a_new_resource_without_data_has_no_latest_version(cast, entry, client):
    empty = resource_create(entry=entry, actor=registrar(cast), title="待上传", now=now())
    client.force_login(cast.registrar)
    assert client.get(reverse("opendata:version_latest", args=[empty.pk])).status_code == 404
    assert client.get(reverse("api_resource_versions", args=[empty.pk])).json()["latest"] is None


def test_what_cannot_be_compared_in_time_is_said_and_the_version_stands(cast, resource, client, monkeypatch):
    monkeypatch.setattr(jobs, "rows_diff", lambda *args, **more: rows_diff(*args, **more | {"seconds": 0}))
    monkeypatch.setattr(jobs, "measure", lambda *args, **more: measure(*args, **more | {"seconds": 0}))
    version = read_upload(cast, resource, CORRECTED).version
    assert (version.state, version.diff["rows"]["state"]) == ("published", "too_long")
    shown = client.get(reverse("opendata:version", args=[resource.pk, 2])).content.decode()
    assert "无法比较" in shown


def test_lists_of_uploads_say_what_became_of_each(cast, resource, client):
    version = waiting(cast, resource)
    assert version.job.outcome == "等待决定"
    client.force_login(cast.registrar)
    upload = reverse("opendata:upload", args=[resource.pk])
    for address in (upload, reverse("desk:inbox")):
        assert "等待决定" in client.get(address).content.decode()
    hold_lift(version, "schema_changed", actor=registrar(cast), now=now())
    assert "等待决定" not in client.get(upload).content.decode()
    assert IngestJob.objects.all().on_the_way().count() == 0
