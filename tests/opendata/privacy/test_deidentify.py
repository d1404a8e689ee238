"""The record of de-identification from its beginning to a version that anyone may draw."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from catalogue.models import Entry
from catalogue.services import version_command, version_open, version_update
from opendata.jobs import job_claim, job_run
from opendata.models import Deidentification, Resource
from opendata.permits import permit_for
from opendata.privacy import making
from opendata.privacy.deidentify import (
    deidentification_approve,
    deidentification_begin,
    deidentification_return,
)
from opendata.services import resource_create
from opendata.versions import hold_lift
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import Role, RuleBroken
from tests.factories import appoint, make_entry, make_user, now
from tests.opendata.privacy.hits import attached, becomes_secrecy_reviewer, found, stored

pytestmark = pytest.mark.django_db
NON_OPEN = {"open_class": "non_open", "legal_basis": "《中华人民共和国个人信息保护法》第二十五条"}
DEEDS = {
    "年龄": {"do": "range", "width": 20},
    "村码": {"do": "prefecture"},
    "病": {"do": "keep"},
    "手机": {"do": "drop"},
}


@pytest.fixture(autouse=True)
def _measured_once(settings, tmp_path, request):
    """Leaves pycanon out, which takes its second; one test has it."""
    if "second_measurement" not in request.fixturenames:
        settings.ANONYMITY_PACKAGES = tmp_path / "none"


@pytest.fixture
def second_measurement():
    """Lets pycanon measure too."""


@pytest.fixture
def source(cast):
    """A table of people that is not open, with personal data in it."""
    return stored(cast, attached(cast, make_entry(cast, **NON_OPEN)), 手机=[found()])


def begin(cast, source, **given):
    told = {"columns": given.pop("deeds", DEEDS), "suppress": given.pop("suppress", False)}
    given = {"quasi": ["年龄", "村码"], "sensitive": ["病"], "k": 5, "l": 2, "title": "去标识化名册"} | given
    who = given.pop("who", cast.registrar)
    return deidentification_begin(source, actor=Actor.of_user(who), plan=told, now=now(), **given)


def run(made):
    claimed = making.deidentification_claim(str(made.pk), now=now())
    assert claimed is not None
    return making.deidentification_run(claimed, now=now())


def approve(cast, made, who=None):
    return deidentification_approve(made, actor=Actor.of_user(who or cast.secrecy), now=now())


# --- Making ----------------------------------------------------------------------------------------------------------


def test_a_record_is_begun_made_and_measured(cast, source, second_measurement):
    made = run(begin(cast, source))
    made.refresh_from_db()
    assert (made.state, made.before["k"], made.after["k"], made.after["l"]) == ("measured", 1, 20, 3)
    assert made.after["rows"] == made.after["rows_out"] == 60
    assert made.before["second"]["library"] == made.after["second"]["library"] == "pycanon"
    assert made.output.size > 0
    steps = Event.objects.filter(object_id=str(made.pk)).order_by("id")
    assert [step.action for step in steps] == ["opendata.deidentification.begun", "opendata.deidentification.measured"]
    assert (steps[1].data["k_before"], steps[1].data["k_after"]) == (1, 20)
    assert "张" not in str([step.data for step in steps])


WRONG = [
    ({"quasi": []}, "quasi_identifiers"),
    ({"quasi": ["没有"]}, "columns"),
    ({"quasi": ["年龄"], "sensitive": ["年龄"]}, "sensitive"),
    ({"k": 1}, "k_wanted"),
    ({"l": 0}, "l_wanted"),
    ({"k": "5"}, "k_wanted"),
    ({"deeds": {}}, "columns"),
    ({"deeds": DEEDS | {"手机": {"do": "keep"}}}, "手机"),
    ({"deeds": DEEDS | {"病": {"do": "range", "width": 5}}}, "病"),
    ({"deeds": DEEDS | {"病": {"do": "prefix"}}}, "病"),
    ({"deeds": DEEDS | {"年龄": {"do": "range"}}}, "年龄"),
    ({"deeds": DEEDS | {"年龄": {"do": "sum"}}}, "group"),
    ({"deeds": DEEDS | {"年龄": {"do": "publish"}}}, "年龄"),
    ({"deeds": DEEDS | {"年龄": "keep"}}, "columns"),
    ({"deeds": DEEDS | {"'; DROP": {"do": "keep"}}}, "columns"),
    ({"title": " "}, "target"),
    ({"title": "长" * 201}, "title"),
]


def test_a_wrong_plan_is_refused_by_its_field(cast, source, subtests):
    for given, field in WRONG:
        with subtests.test(str(given)[:80]):
            with pytest.raises(RuleBroken) as refused:
                begin(cast, source, **given)
            assert (refused.value.article, refused.value.field) == (26, field)
    assert not Deidentification.objects.exists()


def test_a_column_that_nobody_names_is_dropped(cast, source):
    assert making.plan_of(begin(cast, source)).places(["姓名"]) == (0,)
    assert begin(cast, source).plan["columns"]["姓名"] == {"do": "drop"}


def test_nobody_but_the_providers_registrar_begins(cast, source):
    for who in ("secrecy", "reviewer", "officer", "other_registrar", "citizen"):
        with pytest.raises(NotAllowed):
            begin(cast, source, who=getattr(cast, who))


def test_the_result_goes_to_the_same_entry(cast, source):
    elsewhere = attached(cast, make_entry(cast, "3065/0002"))
    with pytest.raises(RuleBroken) as refused:
        begin(cast, source, target=elsewhere)
    assert refused.value.field == "target"


def test_a_table_that_cannot_be_made_says_why(cast, source):
    made = run(begin(cast, source, suppress=True, k=100))
    assert (made.state, made.problem, made.output) == ("failed", "nothing_left", None)
    event = Event.objects.get(action="opendata.deidentification.failed")
    assert (event.outcome, event.data["problem"]) == ("refused", "nothing_left")


def test_a_second_worker_finds_nothing_to_do_and_a_late_one_changes_nothing(cast, source):
    made = begin(cast, source)
    late = making.deidentification_claim(str(made.pk), now=now())
    done = run(made)
    assert making.deidentification_claim(str(made.pk), now=now()) is None
    making._ended(late, now=now(), problem="out_of_time")
    done.refresh_from_db()
    assert (done.state, done.problem) == ("measured", "")


def test_lost_records_are_taken_up_again_and_end_after_the_last_try(cast, source):
    made = begin(cast, source)

    def overdue(**later):
        return making.deidentifications_overdue(now=now() + dt.timedelta(**later))

    assert overdue() == []
    assert overdue(minutes=2) == [made]
    making.deidentification_claim(str(made.pk), now=now())
    assert overdue(minutes=2) == []
    assert overdue(minutes=70) == [made]
    Deidentification.objects.update(tries=making.MOST_TRIES)
    assert overdue(minutes=240) == []
    made.refresh_from_db()
    assert (made.state, made.problem) == ("failed", "worker_lost")


# --- The decision ----------------------------------------------------------------------------------------------------


def test_below_the_thresholds_nothing_is_approved(cast, source):
    made = run(begin(cast, source, k=21))
    with pytest.raises(RuleBroken) as refused:
        approve(cast, made)
    assert refused.value.article == 26
    made.refresh_from_db()
    assert (made.state, made.job) == ("measured", None)


def test_nobody_but_the_providers_secrecy_reviewer_approves_or_returns(cast, source):
    made = run(begin(cast, source))
    for who in ("registrar", "reviewer", "officer", "other_reviewer", "citizen"):
        for decide in (deidentification_approve, deidentification_return):
            with pytest.raises(NotAllowed) as refused:
                decide(made, actor=Actor.of_user(getattr(cast, who)), now=now(), note="x")
            assert refused.value.article == 36


def test_whoever_began_it_does_not_approve_it(cast, source):
    made = run(begin(cast, source))
    becomes_secrecy_reviewer(cast, cast.registrar)
    with pytest.raises(NotAllowed) as refused:
        approve(cast, made, cast.registrar)
    assert refused.value.article == 12


def test_a_return_has_its_reason_and_ends_the_record(cast, source):
    made = run(begin(cast, source))
    with pytest.raises(RuleBroken):
        deidentification_return(made, actor=Actor.of_user(cast.secrecy), now=now(), note=" ")
    deidentification_return(made, actor=Actor.of_user(cast.secrecy), now=now(), note="应当标明村码为准标识符")
    made.refresh_from_db()
    assert (made.state, made.decision_note, made.decided_by) == ("returned", "应当标明村码为准标识符", cast.secrecy)
    for decide in (deidentification_approve, deidentification_return):
        with pytest.raises(RuleBroken):
            decide(made, actor=Actor.of_user(cast.secrecy), now=now(), note="x")


def test_what_waits_to_be_measured_is_not_decided(cast, source):
    with pytest.raises(RuleBroken):
        approve(cast, begin(cast, source))


def test_an_approval_needs_its_maker_to_be_registrar_still(cast, source):
    helper = appoint(make_user("leaving"), Role.REGISTRAR, cast.department)
    made = run(begin(cast, source, who=helper))
    helper.groups.clear()
    with pytest.raises(NotAllowed):
        approve(cast, made)
    made.refresh_from_db()
    assert made.state == "measured"


def test_what_is_approved_is_read_like_any_file_and_opens_in_place_of_its_source(cast, source):
    """Non-open becomes unconditional: visitors draw what was made, and never the source (Art. 26)."""
    entry, resource = source.resource.entry, source.resource
    made = approve(cast, run(begin(cast, source, target=resource)))
    steps = Event.objects.filter(object_id=str(made.pk)).values_list("action", flat=True)
    assert "opendata.deidentification.approved" in steps
    assert Entry.objects.get().personal_undecided
    job_run(job_claim(str(made.job_id), now=now()), now=now())
    resource.refresh_from_db()
    output = resource.versions.get(job=made.job)
    if output.state == "awaiting":
        assert output.held_for == ["schema_changed"]
        hold_lift(output, "schema_changed", actor=Actor.of_user(cast.registrar), now=now())
        resource.refresh_from_db()
    assert resource.current_id == output.pk != source.pk
    assert [column["name"] for column in output.columns] == ["年龄", "村码", "病"]
    assert not Entry.objects.get().personal_undecided
    wording = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    fields = {
        "open_class": "unconditional",
        "legal_basis": "",
        "evidence_kind": "deidentification",
        "evidence": f"去标识化记录 {made.pk}",
    }
    version_update(wording, actor=Actor.of_user(cast.registrar), fields=fields, now=now())
    for command, who, more in (
        ("submit", cast.registrar, {}),
        ("department_approve", cast.reviewer, {}),
        ("secrecy_approve", cast.secrecy, {"conclusion": "可以开放"}),
        ("publish", cast.officer, {}),
    ):
        version_command(wording, command, actor=Actor.of_user(who), now=now(), **more)
    resource = Resource.objects.get(pk=resource.pk)
    visitor, today = Actor.visitor("203.0.113.9"), timezone.localdate()
    assert permit_for(visitor, resource, today=today).version == output
    assert not permit_for(visitor, resource, today=today, version=source)


def test_the_source_of_an_approved_record_keeps_its_entry_back_though_nothing_was_found_in_it(cast):
    source = stored(cast, attached(cast, make_entry(cast, **NON_OPEN)))
    assert not Entry.objects.get().personal_undecided
    made = approve(cast, run(begin(cast, source)))
    assert Entry.objects.get().personal_undecided
    assert (made.target.title, made.target.entry) == ("去标识化名册", source.resource.entry)


def test_a_retired_resource_takes_no_result(cast, source):
    other = resource_create(entry=source.resource.entry, actor=Actor.of_user(cast.registrar), title="旧册", now=now())
    Resource.objects.filter(pk=other.pk).update(retired_at=now())
    with pytest.raises(RuleBroken):
        begin(cast, source, target=Resource.objects.get(pk=other.pk))
