"""The whole demonstration, loaded once by the real services: what is in it, and that it is loaded once only."""

import dataclasses
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from catalogue.models import Entry, EntryVersion
from demo.load import counts, load, standing
from demo.people import ACCOUNTS, PASSWORD
from opendata.models import APIKey, Grant, IngestJob, Resource, ResourceVersion
from opendata.permits import permit_for
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.accounts.models import Department, Identity, Organisation, User
from portal.audit.models import Event
from portal.law import RULES
from portal.workflow.models import Clock
from requests_app.models import Application, Report

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(400)]

# A worker ends reading a file some seconds after it took it up.
AFTER_READING = {"opendata.version.published", "opendata.upload.refused"}


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Loads the demonstration for this module's tests and takes all of it back after them."""
    lines = []
    with django_db_blocker.unblock(), transaction.atomic():
        assert load(lines.append, now=timezone.now())
        yield lines
        transaction.set_rollback(True)


def user(key):
    return User.objects.get(email=f"{key}@demo.example.org")


def test_jurisdictions_departments_and_entries(demo):
    authorities = Department.objects.filter(is_authority=True)
    assert set(authorities.values_list("jurisdiction_id", flat=True)) == {"650000", "653100", "650100", "XPCC"}
    assert Department.objects.filter(is_authority=False).count() >= 8
    public = Entry.objects.all().open_to_public()
    assert public.count() >= 24
    domains = set(public.values_list("published__domain", flat=True))
    assert domains == set(RULES.codes("domain").values)
    classes = Counter(public.values_list("published__open_class", flat=True))
    assert classes["conditional"] >= 5
    assert classes["non_open"] >= 2
    assert classes["unconditional"] > classes["conditional"] + classes["non_open"]
    assert {"base", "theme"} <= set(public.values_list("published__library", flat=True))


def test_an_entry_stands_in_each_state(demo):
    states = Counter(EntryVersion.objects.values_list("state", flat=True))
    assert set(states) >= {
        "draft",
        "department_review",
        "secrecy_review",
        "authority_review",
        "published",
        "superseded",
    }
    returned = EntryVersion.objects.filter(state="draft", reviews__command__endswith="_return")
    assert returned.count() == 2
    assert all(version.reviews.get(command__endswith="_return").note for version in returned)
    availability = Counter(Entry.objects.values_list("availability", flat=True))
    assert set(availability) == {state.name for state in RULES.machine("entry").states}
    assert Entry.objects.filter(published__isnull=False, versions__state="secrecy_review").exists()


def test_files_come_in_all_formats_and_two_are_large(demo):
    current = ResourceVersion.objects.filter(current_of__isnull=False)
    assert current.filter(rows__gte=50_000).count() >= 2
    assert {name.rsplit(".", 1)[1] for name in current.values_list("filename", flat=True)} == {"csv", "xlsx", "json"}
    encodings = {version.reading["encoding"] for version in current}
    assert encodings >= {"utf-8", "utf-8-sig", "gb18030"}
    air = current.get(resource__entry__code="3011/0001")
    types = {column["name"]: column["type"] for column in air.columns}
    assert types["station_code"] == "text"
    assert types["region_code"] == "text"
    assert types["observed_at"] == "timestamp"


def test_codes_keep_their_leading_zeros(demo):
    bus = Resource.objects.get(entry__code="3008/0001").current
    examples = {column["name"]: column["examples"] for column in bus.columns}
    assert all(len(code) == 3 and code.startswith("0") for code in examples["line_code"])


def test_refused_upload_says_where_and_changes_nothing(demo):
    job = IngestJob.objects.get(state="failed")
    assert any(finding["level"] == "error" and finding["line"] for finding in job.findings)
    assert job.resource.current.job.filename == "示例_医疗机构名录.xlsx"


def test_a_corrected_version_says_row_by_row_what_changed_and_none_waits(demo):
    version = ResourceVersion.objects.get(number=2)
    rows = version.diff["rows"]
    assert (rows["by"], rows["added"], rows["removed"], rows["per_column"]) == ("key", 2, 12, {"pay_from": 37})
    changed = {one["key"]["job_no"] for one in rows["examples"]["changed"]}
    assert "000120" in changed, "the vacancy that was reported is corrected"
    assert [check["violations"] for check in version.quality["checks"]] == [0, 0, 0]
    assert not ResourceVersion.objects.exclude(state="published").exists()


def test_applications_stand_in_every_state(demo):
    found = set(Application.objects.values_list("state", flat=True))
    assert found == {state.name for state in RULES.machine("application").states}


def test_reports_stand_in_every_state_with_every_outcome(demo):
    assert set(Report.objects.values_list("state", flat=True)) == {
        state.name for state in RULES.machine("report").states
    }
    answered = Report.objects.filter(state__in=["closed", "feedback_sent"])
    assert set(answered.values_list("outcome", flat=True)) == set(RULES.codes("report_outcome").values)
    merged = Report.objects.get(state="merged")
    assert merged.merged_into.entry == merged.entry


def test_grants_stand_in_every_state(demo):
    assert set(Grant.objects.values_list("state", flat=True)) == {state.name for state in RULES.machine("grant").states}


def test_applicant_draws_what_was_granted_and_a_visitor_does_not(demo):
    key = APIKey.objects.get()
    grant = key.grants.get()
    assert grant.state == "active"
    resource = grant.entry.resources.get()
    today = timezone.localdate()
    assert permit_for(Actor.of_user(user("applicant")), resource, today=today)
    assert not permit_for(Actor.visitor(), resource, today=today)
    free = Resource.objects.get(entry__code="3012/0001")
    assert permit_for(Actor.visitor(), free, today=today)


def test_there_is_an_account_for_each_role(demo):
    for account in ACCOUNTS:
        person = user(account.key)
        assert person.check_password(PASSWORD)
        for role in account.roles:
            assert access.departments_with_role(person, role).exists(), (account.key, role)
    assert Counter(Identity.objects.values_list("state", flat=True)) == {"verified": 2, "pending": 1}
    assert Counter(Organisation.objects.values_list("state", flat=True)) == {"verified": 1, "pending": 1}


def test_some_clocks_are_overdue_and_some_run_in_time(demo):
    today = timezone.localdate()
    running = Clock.objects.running()
    assert running.filter(due_on__lt=today, overdue_at__isnull=False).count() >= 3
    assert running.filter(due_on__gte=today).count() >= 3


def test_each_act_has_a_named_actor_and_stands_in_order(demo):
    events = list(Event.objects.order_by("id").values_list("actor_kind", "actor_label", "at", "action"))
    assert {kind for kind, *_rest in events} == {"user", "visitor", "system"}
    assert all(label for _kind, label, *_rest in events)
    moments = [at for _kind, _label, at, action in events if action not in AFTER_READING]
    assert moments == sorted(moments)
    assert moments[-1] <= timezone.now()


def test_second_load_changes_nothing(demo):
    before, events = dict(counts()), Event.objects.count()
    assert load(pytest.fail, now=timezone.now()) is False
    out = StringIO()
    call_command("demo_load", stdout=out)
    assert "没有改动" in out.getvalue()
    assert (dict(counts()), Event.objects.count()) == (before, events)
    assert dataclasses.astuple(standing())[0::2] == (0, 0)


def test_accounts_are_printed_in_both_languages(demo):
    out = StringIO()
    call_command("demo_accounts", stdout=out)
    text = out.getvalue()
    for account in ACCOUNTS:
        for word in (account.email, account.part.zh, account.part.en, account.does.zh, account.does.en):
            assert word in text
    assert PASSWORD in text


@pytest.mark.parametrize("command", ["demo_load", "demo_accounts"])
def test_production_is_left_alone_unless_told(demo, command, settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="--yes-this-is-a-demo"):
        call_command(command, stdout=StringIO())
    call_command(command, "--yes-this-is-a-demo", stdout=StringIO())


def test_progress_is_said_for_each_file(demo):
    assert sum("行 / rows" in line for line in demo) == ResourceVersion.objects.count()
