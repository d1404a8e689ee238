"""Identity: numbers checked and sealed, organisations registered, decided by an officer of the right authority."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from portal.accounts import sealing
from portal.accounts.access import NotAllowed
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Identity, Jurisdiction, Organisation
from portal.audit.models import Event
from portal.law import RuleBroken
from portal.workflow.models import Clock, OutboxMessage
from requests_app.services.identity import identity_decide, identity_number_show, identity_request
from tests.requests_app.application_cases import MORNING, ask_identity, citizen_number, region, register, verify

pytestmark = pytest.mark.django_db


def decide(applicant, decision, user, note=""):
    return identity_decide(applicant, decision, actor=Actor.of_user(user), now=MORNING, note=note)


def test_number_is_sealed_and_compared_by_digest_only(cast):
    identity = ask_identity(cast.citizen)
    number = citizen_number()
    assert number not in identity.number_sealed
    assert number not in identity.number_digest
    assert sealing.unseal(identity.number_sealed) == number
    assert number not in "".join(str(event.data) + event.object_label for event in Event.objects.all())
    assert sealing.seal(number) != sealing.seal(number)
    assert sealing.masked(number) == "650*************" + number[-2:]


def test_request_starts_the_check_with_one_event_and_a_clock(cast):
    before = Event.objects.count()
    identity = ask_identity(cast.citizen)
    assert identity.state == "pending"
    assert Event.objects.count() == before + 1
    assert Event.objects.latest("id").action == "accounts.identity.requested"
    clock = Clock.objects.of(identity).get()
    assert (clock.kind, clock.due_on, clock.department) == ("identity_check", dt.date(2026, 3, 5), cast.authority)


@pytest.mark.parametrize("number", ["", "11010519491231002", "110105194912310021", "ABC", "11010519491331002X"])
def test_wrong_numbers_are_refused_and_nothing_is_kept(cast, number):
    with pytest.raises(ValidationError) as wrong:
        identity_request(
            actor=Actor.of_user(cast.citizen), real_name="示例用户", number=number, jurisdiction=region(), now=MORNING
        )
    assert "number" in wrong.value.message_dict
    assert not Identity.objects.exists()


def test_blanks_and_small_letters_in_a_number_are_read(cast):
    identity = identity_request(
        actor=Actor.of_user(cast.citizen),
        real_name=" 示例用户 ",
        number=" 110105 19491231 002x ",
        jurisdiction=region(),
        now=MORNING,
    )
    assert sealing.unseal(identity.number_sealed) == "11010519491231002X"
    assert identity.real_name == "示例用户"


def test_a_number_stands_for_one_account_only(cast):
    ask_identity(cast.citizen)
    with pytest.raises(RuleBroken) as broken:
        ask_identity(cast.stranger)
    assert (broken.value.article, broken.value.field) == (13, "number")
    assert Identity.objects.count() == 1


def test_a_number_is_known_again_after_the_key_has_changed(cast, settings):
    identity = ask_identity(cast.citizen)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of the portal"
    assert sealing.unseal(identity.number_sealed) == citizen_number()
    with pytest.raises(RuleBroken):
        ask_identity(cast.stranger)


def test_asking_again_while_pending_or_verified_is_refused(cast):
    identity = ask_identity(cast.citizen)
    with pytest.raises(RuleBroken):
        ask_identity(cast.citizen)
    decide(identity, "verify", cast.officer)
    with pytest.raises(RuleBroken):
        ask_identity(cast.citizen, serial=2)
    assert sealing.unseal(Identity.objects.get().number_sealed) == citizen_number()


def test_rejection_says_why_and_lets_one_ask_again(cast):
    identity = ask_identity(cast.citizen)
    with pytest.raises(RuleBroken) as broken:
        decide(identity, "reject", cast.officer)
    assert broken.value.field == "note"
    decide(identity, "reject", cast.officer, note="姓名与证件不一致")
    assert "姓名与证件不一致" in OutboxMessage.objects.get(to=cast.citizen.email).body
    again = ask_identity(cast.citizen, serial=3)
    assert (again.pk, again.state, again.note) == (identity.pk, "pending", "")


def test_decision_is_recorded_and_told(cast):
    identity = ask_identity(cast.citizen)
    events = Event.objects.count()
    decide(identity, "verify", cast.officer)
    assert identity.is_verified
    assert (identity.decided_by, identity.decided_at) == (cast.officer, MORNING)
    assert Event.objects.count() == events + 1
    assert not Clock.objects.of(identity).running().exists()
    assert OutboxMessage.objects.filter(to=cast.citizen.email).count() == 1


@pytest.mark.parametrize("who", ["other_officer", "application_reviewer", "auditor", "citizen", "stranger"])
def test_only_an_officer_of_the_authority_decides(cast, who):
    identity = ask_identity(cast.citizen)
    events = Event.objects.count()
    with pytest.raises(NotAllowed) as denied:
        decide(identity, "verify", getattr(cast, who))
    assert denied.value.article == 36
    assert Event.objects.count() == events


def test_an_officer_does_not_verify_themselves(cast):
    identity = ask_identity(cast.officer)
    with pytest.raises(NotAllowed):
        decide(identity, "verify", cast.officer)
    assert decide(identity, "verify", cast.officer2).is_verified


def test_a_place_without_an_authority_cannot_check(cast):
    with pytest.raises(RuleBroken) as broken:
        identity_request(
            actor=Actor.of_user(cast.citizen),
            real_name="示例用户",
            number=citizen_number(),
            jurisdiction=Jurisdiction.objects.get(code="653200"),
            now=MORNING,
        )
    assert broken.value.field == "jurisdiction"


def test_visitors_and_the_system_have_no_identity(cast):
    for actor in (SYSTEM, Actor.visitor()):
        with pytest.raises(NotAllowed):
            identity_request(
                actor=actor, real_name="示例用户", number=citizen_number(), jurisdiction=region(), now=MORNING
            )


def test_showing_the_number_to_the_checking_officer_leaves_an_event(cast):
    identity = ask_identity(cast.citizen)
    before = Event.objects.count()
    assert identity_number_show(identity, actor=Actor.of_user(cast.officer), now=MORNING) == citizen_number()
    assert Event.objects.count() == before + 1
    assert Event.objects.latest("id").action == "accounts.identity.number_shown"
    for user in (cast.other_officer, cast.citizen, cast.auditor):
        with pytest.raises(NotAllowed):
            identity_number_show(identity, actor=Actor.of_user(user), now=MORNING)
    decide(identity, "verify", cast.officer)
    with pytest.raises(RuleBroken):
        identity_number_show(identity, actor=Actor.of_user(cast.officer), now=MORNING)


# --- Organisations --------------------------------------------------------------------------------------------------


def test_registering_makes_the_group_with_the_authorised_person(cast):
    organisation = register(cast.applicant)
    assert organisation.state == "pending"
    assert list(organisation.group.user_set.all()) == [cast.applicant]
    assert Event.objects.filter(object_id=str(organisation.pk)).count() == 1


@pytest.mark.parametrize("code", ["", "91350100M000100Y44", "9135", "91350100M000100Y4I"])
def test_wrong_uscc_is_refused(cast, code):
    with pytest.raises(ValidationError) as wrong:
        register(cast.applicant, uscc_code=code)
    assert "uscc" in wrong.value.message_dict
    assert not Organisation.objects.exists()


def test_wrong_kind_is_refused(cast):
    with pytest.raises(ValidationError) as wrong:
        register(cast.applicant, kind="natural_person")
    assert "kind" in wrong.value.message_dict


def test_a_uscc_is_registered_once_and_again_after_rejection(cast):
    organisation = register(cast.applicant, uscc_code="91350100m000100y43")
    assert organisation.uscc == "91350100M000100Y43"
    with pytest.raises(RuleBroken) as broken:
        register(cast.citizen, uscc_code="91350100M000100Y43")
    assert broken.value.article == 13
    decide(organisation, "reject", cast.officer, note="授权书已经过期")
    again = register(cast.citizen, uscc_code="91350100M000100Y43")
    assert again.pk == organisation.pk
    assert again.authorised_person == cast.citizen
    assert list(again.group.user_set.all()) == [cast.citizen]


def test_an_organisation_is_verified_after_its_authorised_person(cast):
    organisation = register(cast.applicant)
    with pytest.raises(RuleBroken) as broken:
        decide(organisation, "verify", cast.officer)
    assert broken.value.article == 36
    verify(cast, cast.applicant)
    assert decide(organisation, "verify", cast.officer).is_verified
