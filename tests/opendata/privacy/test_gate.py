"""The two gates: a version with personal data waits, and an entry with undecided data does not become unconditional."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalogue.models import Entry
from catalogue.services import version_command, version_open, version_update
from opendata.models import PersonalDataDecision, Resource
from opendata.permits import permit_for
from opendata.privacy import must_be_decided, undecided_refresh
from opendata.privacy.decisions import personal_decide
from opendata.privacy.gate import opened_at
from portal.accounts.actors import Actor
from portal.law import RuleBroken
from tests.cast import make_cast
from tests.factories import CONDITIONAL, make_draft, make_entry, now, publish, read_upload
from tests.opendata.privacy.hits import PEOPLE, attached, columns_with, find, found, people, stored

pytestmark = pytest.mark.django_db
OPEN = {"open_class": "unconditional", "open_condition": "", "legal_basis": ""}


def decide(resource, decision, *hits, after=0):
    return PersonalDataDecision.objects.create(
        version=resource.current,
        decision=decision,
        reason="核对后认定",
        hits=[{"column": "手机", **hit} for hit in hits],
        decided_by=resource.created_by,
        decided_at=now() + dt.timedelta(seconds=after),
    )


def to_unconditional(cast, entry):
    """Opens a new wording that makes the entry unconditional, up to the secrecy review."""
    version = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    version_update(version, actor=Actor.of_user(cast.registrar), fields=OPEN, now=now())
    for command, user in (("submit", cast.registrar), ("department_approve", cast.reviewer)):
        version_command(version, command, actor=Actor.of_user(user), now=now())
    return version


def approve(cast, version):
    return version_command(
        version, "secrecy_approve", actor=Actor.of_user(cast.secrecy), now=now(), conclusion="可以开放"
    )


# --- Versions --------------------------------------------------------------------------------------------------------


def test_a_version_with_personal_data_of_an_unconditional_entry_must_be_decided(cast):
    resource = stored(cast, attached(cast, make_entry(cast))).resource
    assert must_be_decided(resource, columns_with(resource.current, 手机=[found()]), resource.current)
    assert must_be_decided(resource, columns_with(resource.current, 手机=[found()]), None)
    assert not must_be_decided(resource, columns_with(resource.current), resource.current)


def test_profiles_of_before_the_detectors_hold_no_hits(cast):
    resource = stored(cast, attached(cast, make_entry(cast))).resource
    bare = [{name: value for name, value in c.items() if name != "personal"} for c in resource.current.columns]
    assert not must_be_decided(resource, bare, None)


@pytest.mark.parametrize("fields", [CONDITIONAL, CONDITIONAL | {"open_class": "non_open", "open_condition": ""}])
def test_data_that_is_not_open_to_all_may_stand_with_hits(cast, fields):
    resource = stored(cast, attached(cast, make_entry(cast, **fields))).resource
    assert not must_be_decided(resource, columns_with(resource.current, 手机=[found()]), None)


@pytest.mark.parametrize(
    ("decided", "new", "waits"),
    [
        (found(share=0.5), found(share=0.5), False),
        (found(share=0.5), found(share=0.2), False),
        (found(share=0.5), found(share=0.51), True),
        (found("landline"), found("mobile"), True),
    ],
)
def test_a_decision_carries_over_for_the_same_column_and_kind_and_no_wider_spread(cast, decided, new, waits):
    resource = stored(cast, attached(cast, make_entry(cast))).resource
    decide(resource, "lawfully_public", decided)
    assert must_be_decided(resource, columns_with(resource.current, 手机=[new]), resource.current) is waits
    assert must_be_decided(resource, columns_with(resource.current, 姓名=[new]), resource.current)


def test_the_last_decision_counts(cast):
    resource = stored(cast, attached(cast, make_entry(cast))).resource
    columns = columns_with(resource.current, 手机=[found()])
    for place, (decision, waits) in enumerate(
        [("no_personal_data", False), ("not_to_open", True), ("lawfully_public", False)]
    ):
        decide(resource, decision, found(), after=place)
        assert must_be_decided(resource, columns, resource.current) is waits


def test_a_decision_on_another_resource_opens_nothing(cast):
    entry = make_entry(cast)
    resource, other = stored(cast, attached(cast, entry)).resource, stored(cast, attached(cast, entry)).resource
    decide(other, "lawfully_public", found())
    assert must_be_decided(resource, columns_with(resource.current, 手机=[found()]), resource.current)


def test_a_file_with_mobile_numbers_waits_from_upload_to_decision(cast):
    resource = attached(cast, make_entry(cast))
    version = read_upload(cast, resource, PEOPLE, "people.csv").version
    assert (version.state, version.held_for) == ("awaiting", ["personal_data"])
    assert {hit["column"]: hit["kind"] for hit in version.personal}["手机"] == "mobile"
    assert not Resource.objects.get(pk=resource.pk).current
    given = {"decision": "lawfully_public", "reason": "依法公示", "basis": "某条例第六条"}
    personal_decide(version, actor=Actor.of_user(cast.secrecy), now=now(), **given)
    assert Resource.objects.get(pk=resource.pk).current == version
    again = read_upload(cast, resource, PEOPLE.replace("李四", "李四四"), "people.csv").version
    assert again.state == "published"


# --- Entries ---------------------------------------------------------------------------------------------------------


def test_an_entry_does_not_become_unconditional_while_personal_data_is_undecided(cast):
    entry = make_entry(cast, **CONDITIONAL)
    resource = people(cast, entry, 手机=[found()])
    assert Entry.objects.get(pk=entry.pk).personal_undecided
    version = to_unconditional(cast, entry)
    with pytest.raises(RuleBroken) as refused:
        approve(cast, version)
    assert refused.value.article == 36
    version.refresh_from_db()
    assert version.state == "secrecy_review"
    decide(resource, "lawfully_public", found())
    assert not undecided_refresh(entry)
    approve(cast, version)
    version_command(version, "publish", actor=Actor.of_user(cast.officer), now=now())
    assert Entry.objects.get(pk=entry.pk).published.open_class == "unconditional"


def test_hits_that_come_after_the_secrecy_review_stop_the_publication(cast):
    entry = make_entry(cast, **CONDITIONAL)
    version = to_unconditional(cast, entry)
    approve(cast, version)
    people(cast, entry, 手机=[found()])
    with pytest.raises(RuleBroken):
        version_command(version, "publish", actor=Actor.of_user(cast.officer), now=now())
    assert Entry.objects.get(pk=entry.pk).published.open_class == "conditional"


def test_a_new_entry_does_not_begin_as_unconditional_with_undecided_data(cast):
    draft = make_draft(cast)
    people(cast, draft.entry, 手机=[found()])
    with pytest.raises(RuleBroken):
        publish(cast, draft)


def test_an_unconditional_entry_is_edited_while_a_file_waits(cast):
    entry = make_entry(cast)
    resource = stored(cast, attached(cast, entry)).resource
    waiting = find(resource.current, 手机=[found()])
    Resource.objects.filter(pk=resource.pk).update(current=None)
    type(waiting).objects.filter(pk=waiting.pk).update(state="awaiting")
    assert undecided_refresh(entry)
    version = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    version_update(version, actor=Actor.of_user(cast.registrar), fields={"title": "新的名称"}, now=now())
    publish(cast, version)
    assert Entry.objects.get(pk=entry.pk).published.title == "新的名称"


def test_a_discarded_version_keeps_nothing_back(cast):
    entry = make_entry(cast, **CONDITIONAL)
    resource = people(cast, entry, 手机=[found()])
    Resource.objects.filter(pk=resource.pk).update(current=None)
    resource.versions.update(state="discarded")
    assert not undecided_refresh(entry)


# --- Earlier versions and a change of class --------------------------------------------------------------------------


def test_a_change_of_class_opens_what_stands_then_and_not_what_stood_before(cast):
    entry = make_entry(cast, **CONDITIONAL)
    resource = stored(cast, attached(cast, entry)).resource
    stored(cast, resource)
    visitor, today = Actor.visitor("203.0.113.9"), timezone.localdate()

    def drawn():
        fresh = Resource.objects.get(pk=resource.pk)
        return [bool(permit_for(visitor, fresh, today=today, version=v)) for v in fresh.versions.order_by("number")]

    assert drawn() == [False, False]
    version = approve(cast, to_unconditional(cast, entry))
    version_command(version, "publish", actor=Actor.of_user(cast.officer), now=now())
    assert opened_at(Entry.objects.get(pk=entry.pk)) == version.published_at
    assert drawn() == [False, True]
    stored(cast, resource)
    assert drawn() == [False, True, True]


# --- The race --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["publication", "version"])
def test_a_publication_and_a_version_with_hits_do_not_pass_each_other(first):
    """Whichever takes the entry's row first, the other sees what it did."""
    cast = make_cast()
    entry = make_entry(cast, **CONDITIONAL)
    resource = stored(cast, attached(cast, entry)).resource
    wording = approve(cast, to_unconditional(cast, entry))
    columns = columns_with(resource.current, 手机=[found()])
    first_has_the_row, answers = threading.Event(), {}

    def version_arrives():
        with transaction.atomic():
            if first == "publication":
                assert first_has_the_row.wait(20)
            answers["held"] = must_be_decided(resource, columns, resource.current)
            if not answers["held"]:
                type(resource.current).objects.filter(pk=resource.current_id).update(columns=columns)
                undecided_refresh(entry)
            first_has_the_row.set()

    def entry_opens():
        with transaction.atomic():
            if first == "version":
                assert first_has_the_row.wait(20)
            Entry.objects.select_for_update().get(pk=entry.pk)
            first_has_the_row.set()
            try:
                version_command(wording, "publish", actor=Actor.of_user(cast.officer), now=now())
                answers["opened"] = True
            except RuleBroken:
                answers["opened"] = False

    def alone(work):
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=alone, args=(work,)) for work in (version_arrives, entry_opens)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == ({"held": True, "opened": True} if first == "publication" else {"held": False, "opened": False})
