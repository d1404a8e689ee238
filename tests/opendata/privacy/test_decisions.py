"""What the secrecy reviewer decides on personal data in a version, who may, and what follows."""

from __future__ import annotations

import pytest

from catalogue.models import Entry
from opendata.models import PersonalDataDecision, Resource
from opendata.privacy.decisions import basis_and_reason, personal_decide
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import Role, RuleBroken
from tests.factories import CONDITIONAL, appoint, make_entry, make_user, now
from tests.opendata.privacy.hits import attached, becomes_secrecy_reviewer, found, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(cast):
    """A version that waits for the secrecy reviewer, of an entry that is open to all."""
    return stored(cast, attached(cast, make_entry(cast)), state="awaiting", 手机=[found()])


def decide(version, decision, who, reason="核对后认定", **more):
    return personal_decide(version, decision, actor=Actor.of_user(who), now=now(), reason=reason, **more)


def actions(version):
    return list(
        Event.objects.filter(object_id=str(version.resource_id)).order_by("id").values_list("action", flat=True)
    )


@pytest.mark.parametrize(
    ("decision", "basis"), [("no_personal_data", ""), ("lawfully_public", "《企业信息公示暂行条例》第六条")]
)
def test_a_decision_that_opens_publishes_the_version(cast, waiting, decision, basis):
    assert Entry.objects.get().personal_undecided
    before = len(actions(waiting))
    decided = decide(waiting, decision, cast.secrecy, basis=basis)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.held_for) == ("published", [])
    assert Resource.objects.get().current_id == waiting.pk
    assert not Entry.objects.get().personal_undecided
    assert decided.opens
    assert basis_and_reason(decided) == (basis, "核对后认定")
    assert decided.hits == [{"column": "手机", **found()}]
    assert actions(waiting)[before:] == [
        "opendata.personal_data.decided",
        "opendata.version.confirmed",
        "opendata.version.published",
    ]


def test_a_version_that_also_waits_for_the_publisher_goes_on_waiting(cast, waiting):
    waiting.held_for = ["schema_changed", "personal_data"]
    waiting.save()
    decide(waiting, "no_personal_data", cast.secrecy)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.held_for) == ("awaiting", ["schema_changed"])


def test_what_is_not_to_be_opened_is_given_up_and_its_file_kept(cast, waiting):
    decide(waiting, "not_to_open", cast.secrecy)
    waiting.refresh_from_db()
    assert waiting.state == "discarded"
    assert waiting.parquet.size > 0
    assert Resource.objects.get().current is None
    assert not Entry.objects.get().personal_undecided
    assert actions(waiting)[-2:] == ["opendata.personal_data.decided", "opendata.version.discarded"]
    with pytest.raises(RuleBroken) as refused:
        decide(waiting, "no_personal_data", cast.secrecy)
    assert refused.value.article == 36


def test_a_version_under_conditions_goes_on_standing_and_keeps_its_entry_back(cast):
    version = stored(cast, attached(cast, make_entry(cast, **CONDITIONAL)), 手机=[found()])
    decide(version, "not_to_open", cast.secrecy)
    version.refresh_from_db()
    assert version.state == "published"
    assert Entry.objects.get().personal_undecided
    decide(version, "lawfully_public", cast.secrecy, basis="某法第一条")
    assert not Entry.objects.get().personal_undecided
    assert PersonalDataDecision.objects.count() == 2


def test_nobody_but_the_providers_secrecy_reviewer_decides(cast, waiting):
    before = Event.objects.count()
    for who in ("registrar", "reviewer", "officer", "auditor", "other_reviewer", "citizen"):
        with pytest.raises(NotAllowed) as refused:
            decide(waiting, "no_personal_data", getattr(cast, who))
        assert refused.value.article == 36
    assert (Event.objects.count(), PersonalDataDecision.objects.count()) == (before, 0)


def test_a_secrecy_reviewer_of_another_department_or_with_a_key_does_not_decide(cast, waiting):
    other = appoint(make_user("other_secrecy"), Role.SECRECY_REVIEWER, cast.other_department)
    with pytest.raises(NotAllowed):
        decide(waiting, "no_personal_data", other)
    key = Actor(kind="api_key", id="k", label="k", user=cast.secrecy)
    with pytest.raises(NotAllowed):
        personal_decide(waiting, "no_personal_data", actor=key, now=now(), reason="x")


def test_whoever_uploaded_does_not_decide(cast, waiting):
    becomes_secrecy_reviewer(cast, cast.registrar)
    with pytest.raises(NotAllowed) as refused:
        decide(waiting, "no_personal_data", cast.registrar)
    assert refused.value.article == 12


@pytest.mark.parametrize(
    ("decision", "given", "field"),
    [
        ("no_personal_data", {"reason": "  "}, "reason"),
        ("lawfully_public", {"basis": " \n"}, "basis"),
        ("not_to_open", {"reason": "长" * 2001}, "reason"),
        ("perhaps", {}, "decision"),
    ],
)
def test_a_decision_has_its_reason_and_its_basis(cast, waiting, decision, given, field):
    before = Event.objects.count()
    with pytest.raises(RuleBroken) as refused:
        decide(waiting, decision, cast.secrecy, **given)
    assert (refused.value.article, refused.value.field) == (36, field)
    assert (Event.objects.count(), PersonalDataDecision.objects.count()) == (before, 0)


def test_where_nothing_was_found_nothing_is_decided(cast):
    version = stored(cast, attached(cast, make_entry(cast)))
    with pytest.raises(RuleBroken):
        decide(version, "no_personal_data", cast.secrecy)


def test_the_record_of_acts_names_columns_and_kinds_and_nothing_of_the_data(cast, waiting):
    decide(waiting, "no_personal_data", cast.secrecy)
    event = Event.objects.get(action="opendata.personal_data.decided")
    assert event.data["found"] == ["手机: mobile"]
    assert (event.article, event.data["decision"]) == (36, "no_personal_data")
    told = str(list(Event.objects.values_list("data", flat=True)))
    assert "5678" not in told
    assert "13912" not in told
