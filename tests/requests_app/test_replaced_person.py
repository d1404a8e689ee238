"""An organisation's authorised person is replaced: the former one loses everything at the next request."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from opendata.grants import grant_command, grant_open
from opendata.keys import key_create
from opendata.models import Grant
from opendata.permits import permit_for
from portal.accounts import access
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.law import Role
from portal.workflow.models import OutboxMessage
from requests_app.models import Application
from requests_app.services.commands import Given, application_command
from tests.factories import CONDITIONAL, appoint, make_entry, make_resource, now
from tests.requests_app.application_cases import MORNING, draft, register, verify

pytestmark = pytest.mark.django_db


def replace_person(organisation, user):
    organisation.authorised_person = user
    organisation.save()
    organisation.group.user_set.set([user])


def open_grant(organisation, entry, agreement):
    today = timezone.localdate()
    return grant_open(
        entry=entry,
        user=organisation.authorised_person,
        organisation=organisation,
        agreement=agreement,
        starts_on=today,
        ends_on=today + dt.timedelta(days=30),
        now=now(),
    )


@pytest.fixture
def resource(cast):
    return make_resource(cast, make_entry(cast, **CONDITIONAL))


def test_the_former_persons_key_and_page_are_refused(client, cast, resource):
    organisation = register(cast.applicant)
    grant = open_grant(organisation, resource.entry, "XY-1")
    _key, secret = key_create(
        actor=Actor.of_user(cast.applicant),
        name="示例程序",
        grants=[grant],
        expires_at=now() + dt.timedelta(days=3),
        now=now(),
    )
    rows, headers = reverse("api_rows", args=[resource.pk]), {"X-API-Key": secret}
    assert client.get(rows, headers=headers).status_code == 200
    # The office is asked, not the group: a group that lags behind opens nothing.
    organisation.authorised_person = cast.citizen
    organisation.save()
    assert client.get(rows, headers=headers).status_code == 403
    assert client.get("/api/v1/grants/", headers=headers).json()["results"] == []
    replace_person(organisation, cast.citizen)
    assert not permit_for(Actor.of_user(cast.applicant), resource, today=timezone.localdate())
    assert permit_for(Actor.of_user(cast.citizen), resource, today=timezone.localdate())


def test_the_end_of_one_grant_leaves_the_organisations_other_one(cast, resource):
    organisation = register(cast.applicant)
    first = open_grant(organisation, resource.entry, "XY-1")
    replace_person(organisation, cast.citizen)
    second = open_grant(organisation, resource.entry, "XY-2")
    grant_command(first, "revoke", actor=Actor.of_user(cast.officer), now=now(), note="示例原因")
    assert permit_for(Actor.of_user(cast.citizen), resource, today=timezone.localdate())
    grant_command(second, "revoke", actor=Actor.of_user(cast.officer), now=now(), note="示例原因")
    assert not permit_for(Actor.of_user(cast.citizen), resource, today=timezone.localdate())
    assert Grant.objects.filter(state="revoked").count() == 2


def test_the_former_person_neither_sees_nor_handles_the_application(client, cast, resource):
    organisation = register(cast.applicant)
    application = draft(cast, resource.entry, organisation=organisation)
    replace_person(organisation, cast.citizen)
    application = Application.objects.get(pk=application.pk)
    former, present = Actor.of_user(cast.applicant), Actor.of_user(cast.citizen)
    assert not Application.objects.all().visible_to(former).exists()
    assert Application.objects.all().of_applicant(present).get() == application
    with pytest.raises(NotAllowed):
        application_command(application, "withdraw", actor=former, now=MORNING, given=Given())
    client.force_login(cast.applicant)
    assert client.get(reverse("requests:application", args=[application.receipt])).status_code == 404
    assert application.receipt not in client.get("/account/").content.decode()


def test_letters_go_to_the_present_person_alone(cast, resource):
    verify(cast, cast.citizen, 2)
    organisation = register(cast.applicant)
    application = draft(cast, resource.entry, organisation=organisation)
    replace_person(organisation, cast.citizen)
    organisation.state = "verified"
    organisation.save()
    application = Application.objects.get(pk=application.pk)
    application_command(application, "submit", actor=Actor.of_user(cast.citizen), now=MORNING, given=Given())
    told = OutboxMessage.objects.filter(subject__contains=application.receipt)
    assert {message.to for message in told} == {cast.citizen.email}


def test_who_submitted_it_never_decides_it_even_in_another_office_later(cast, resource):
    verify(cast, cast.applicant, 1)
    organisation = register(cast.applicant)
    organisation.state = "verified"
    organisation.save()
    application = draft(cast, resource.entry, organisation=organisation)
    application_command(application, "submit", actor=Actor.of_user(cast.applicant), now=MORNING, given=Given())
    replace_person(organisation, cast.citizen)
    appoint(cast.applicant, Role.AUTHORITY_OFFICER, cast.authority)
    application = Application.objects.get(pk=application.pk)
    assert not access.can(Actor.of_user(cast.applicant), "application", "accept", application)
    assert access.can(Actor.of_user(cast.officer), "application", "accept", application)
