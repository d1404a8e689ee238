"""Who may draw data, asked anew at every request."""

import datetime as dt

import pytest
from django.utils import timezone
from guardian.shortcuts import remove_perm

from catalogue.availability import entry_agree_resume, entry_suspend, entry_withdraw
from catalogue.models import Entry
from opendata.grants import grant_command, grants_turn
from opendata.models import Grant, Resource
from opendata.permits import permit_for, version_numbered
from portal.accounts.access import NotAllowed
from portal.accounts.actors import SYSTEM, Actor
from portal.law import RuleBroken
from tests.factories import AIR, CONDITIONAL, make_entry, make_grant, make_resource, make_user, now, read_upload

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def asked(user, resource, today=None):
    actor = Actor.of_user(user) if user else Actor.visitor()
    return permit_for(actor, Resource.objects.get(pk=resource.pk), today=today or TODAY())


@pytest.fixture
def open_data(cast):
    return make_resource(cast, make_entry(cast))


@pytest.fixture
def conditional(cast):
    return make_resource(cast, make_entry(cast, "3065/0002", **CONDITIONAL))


def test_unconditional_data_is_anyones(cast, open_data):
    assert asked(None, open_data)
    assert asked(cast.stranger, open_data)


def test_conditional_data_needs_a_grant_and_says_so_with_the_article(cast, conditional):
    for user in (None, cast.stranger, cast.other_registrar, cast.other_officer):
        denied = asked(user, conditional)
        assert not denied
        assert denied.article == 29
    assert asked(cast.registrar, conditional).own
    assert asked(cast.officer, conditional).own


def test_grant_opens_its_entry_and_no_other(cast, conditional):
    other = make_resource(cast, make_entry(cast, "3065/0003", **CONDITIONAL))
    grant = make_grant(cast.applicant, conditional.entry)
    assert asked(cast.applicant, conditional).grant == grant
    assert not asked(cast.applicant, other)
    assert not asked(cast.stranger, conditional)


def test_grant_is_good_only_within_its_term_whatever_its_state_says(cast, conditional):
    grant = make_grant(cast.applicant, conditional.entry, days=5)
    assert asked(cast.applicant, conditional, grant.ends_on)
    assert not asked(cast.applicant, conditional, grant.ends_on + dt.timedelta(days=1))
    assert not asked(cast.applicant, conditional, grant.starts_on - dt.timedelta(days=1))
    assert Grant.objects.get().state == "active"


@pytest.mark.parametrize("command", ["suspend", "revoke"])
def test_suspended_or_revoked_grant_is_refused_at_the_next_request(cast, conditional, command):
    grant = make_grant(cast.applicant, conditional.entry)
    grant_command(grant, command, actor=Actor.of_user(cast.application_reviewer), now=now(), note="用途不符")
    assert not asked(cast.applicant, conditional)


def test_holder_ends_a_grant_and_strangers_do_not(cast, conditional):
    grant = make_grant(cast.applicant, conditional.entry)
    with pytest.raises(NotAllowed):
        grant_command(grant, "end", actor=Actor.of_user(cast.stranger), now=now())
    assert asked(cast.applicant, conditional)
    grant_command(grant, "end", actor=Actor.of_user(cast.applicant), now=now())
    assert not asked(cast.applicant, conditional)


def test_grant_without_guardians_permission_is_worth_nothing(cast, conditional):
    make_grant(cast.applicant, conditional.entry)
    remove_perm("opendata.use_resource", cast.applicant, conditional)
    assert not asked(cast.applicant, conditional)


def test_superuser_holds_no_data_right(cast, conditional):
    assert not asked(make_user("root", is_superuser=True), conditional)


def test_resource_attached_later_joins_the_running_grants(cast, conditional):
    make_grant(cast.applicant, conditional.entry)
    later = make_resource(cast, conditional.entry)
    assert asked(cast.applicant, later)


def test_expiry_by_the_calendar_withdraws_the_permissions(cast, conditional):
    grant = make_grant(cast.applicant, conditional.entry, days=1)
    assert grants_turn(today=grant.ends_on + dt.timedelta(days=1), now=now()) == 1
    grant.refresh_from_db()
    assert grant.state == "expired"
    with pytest.raises(RuleBroken):
        grant_command(grant, "activate", actor=SYSTEM, now=now())


def test_suspension_stops_everyone_but_the_entrys_own_and_both_sides_lift_it(cast, conditional, open_data):
    make_grant(cast.applicant, conditional.entry)
    for resource in (conditional, open_data):
        entry = Entry.objects.get(pk=resource.entry_id)
        entry_suspend(entry, actor=Actor.of_user(cast.handler), now=now(), note="核实错误")
        for user in (None, cast.applicant, cast.stranger):
            denied = asked(user, resource)
            assert not denied
            assert denied.article == 30
        assert asked(cast.registrar, resource)
    entry = Entry.objects.get(pk=conditional.entry_id)
    entry_agree_resume(entry, actor=Actor.of_user(cast.reviewer), now=now())
    assert not asked(cast.applicant, conditional)
    with pytest.raises(RuleBroken):
        entry_agree_resume(entry, actor=Actor.of_user(cast.reviewer), now=now())
    entry_agree_resume(entry, actor=Actor.of_user(cast.officer), now=now())
    assert asked(cast.applicant, conditional)


def test_withdrawn_data_is_gone(cast, open_data):
    entry_withdraw(open_data.entry, actor=Actor.of_user(cast.officer), now=now(), note="侵犯合法权益")
    assert not asked(None, open_data)
    assert not Resource.objects.all().visible_to(Actor.visitor()).exists()


def test_an_earlier_version_is_under_the_same_rules_as_the_current_one(cast, open_data, conditional):
    for resource in (open_data, conditional):
        read_upload(cast, resource, AIR.replace("35.5", "36.5"))
        resource.refresh_from_db()
        first = version_numbered(resource, 1)
        assert (first.number, resource.current.number) == (1, 2)
        permit = permit_for(Actor.of_user(cast.registrar), resource, today=TODAY(), version=first)
        assert permit.version == first
    visitor = Actor.visitor()
    assert permit_for(visitor, open_data, today=TODAY(), version=version_numbered(open_data, "1")).version.number == 1
    assert permit_for(visitor, conditional, today=TODAY(), version=first).article == 29


def test_only_published_versions_are_found_and_drawn(cast, open_data, conditional):
    waiting = open_data.versions.get()
    waiting.state = "awaiting"
    waiting.save(update_fields=["state"])
    assert version_numbered(open_data, 1) is None
    for number in ("2", "0", "-1", "1.0", "٣", "x", "", "9" * 40):
        assert version_numbered(conditional, number) is None
    for user in (None, cast.registrar):
        actor = Actor.of_user(user) if user else Actor.visitor()
        assert not permit_for(actor, open_data, today=TODAY(), version=waiting)
        assert not permit_for(actor, conditional, today=TODAY(), version=waiting)
