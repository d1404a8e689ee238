"""Drafts: what can be written and changed, by whom; receipt numbers; attachments."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from opendata.models import Blob
from opendata.storage import blob_open
from portal.accounts.access import NotAllowed
from portal.accounts.actors import SYSTEM, Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from requests_app.models import Application
from requests_app.receipts import ALPHABET, new_receipt, receipt_looks_right
from requests_app.services.applications import application_create, application_update
from requests_app.services.attachments import MOST_FILES, attachment_add, attachment_remove, filename_clean
from tests.requests_app.application_cases import MORNING, conditional, content, do, draft, register, submitted

pytestmark = pytest.mark.django_db


def change(application, user, **fields):
    return application_update(application, actor=Actor.of_user(user), fields=fields, now=MORNING)


def attach(application, user, chunks=(b"%PDF-1.7 sample",), filename="示例.pdf"):
    return attachment_add(application, actor=Actor.of_user(user), filename=filename, chunks=chunks, now=MORNING)


def test_draft_gets_a_receipt_number_and_one_event(cast):
    entry = conditional(cast)
    before = Event.objects.count()
    application = draft(cast, entry)
    assert application.receipt.startswith("SQ-20260302-")
    assert receipt_looks_right(application.receipt)
    assert application.rule_set == "xinjiang-2023"
    event = Event.objects.latest("id")
    assert Event.objects.count() == before + 1
    assert (event.action, event.data["entries"]) == ("requests.application.created", [entry.code])


def test_receipt_numbers_show_a_slip_of_the_pen():
    number = new_receipt("SQ", dt.date(2026, 3, 2))
    assert receipt_looks_right(number)
    for place in range(len("SQ-20260302-"), len(number)):
        for letter in ALPHABET:
            slip = number[:place] + letter + number[place + 1 :]
            assert receipt_looks_right(slip) == (slip == number)
    assert not receipt_looks_right("SQ-20260302-IIIIII")
    assert len({new_receipt("SQ", dt.date(2026, 3, 2)) for _each in range(200)}) == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scenario": ""}, "scenario"),
        ({"scenario": "espionage"}, "scenario"),
        ({"ends_on": dt.date(2026, 3, 2)}, "ends_on"),
        ({"state": "granted"}, "state"),
        ({"receipt": "SQ-1"}, "receipt"),
    ],
)
def test_malformed_fields_are_refused_by_name(cast, fields, field):
    with pytest.raises(ValidationError) as wrong:
        draft(cast, **fields)
    assert field in wrong.value.message_dict
    assert not Application.objects.exists()


def test_only_people_apply(cast):
    entry = conditional(cast)
    for actor in (SYSTEM, Actor.visitor(), Actor("api_key", "k", "k", cast.applicant)):
        with pytest.raises(NotAllowed):
            application_create(actor=actor, entries=[entry], fields=content(), now=MORNING)


def test_nobody_applies_for_a_strangers_organisation(cast):
    organisation = register(cast.citizen)
    with pytest.raises(NotAllowed) as denied:
        draft(cast, organisation=organisation)
    assert denied.value.article == 29


def test_changes_name_what_changed(cast):
    application = draft(cast)
    change(application, cast.applicant, purpose="研究噪声", scenario="research")
    assert Event.objects.latest("id").data["fields"] == ["purpose"]
    assert Application.objects.get().purpose == "研究噪声"


def test_only_the_applicant_changes_an_application(cast):
    application = draft(cast)
    for user in (cast.stranger, cast.officer, cast.application_reviewer):
        with pytest.raises(NotAllowed):
            change(application, user, purpose="别的用途")
    assert Application.objects.get().purpose == content()["purpose"]


def test_submitted_application_is_fixed_until_it_is_returned(cast):
    application = submitted(cast)
    with pytest.raises(RuleBroken) as broken:
        change(application, cast.applicant, purpose="别的用途")
    assert broken.value.article == 29
    do(application, "return", cast.officer, defects=[{"field": "purpose", "text": "请具体说明"}])
    assert change(application, cast.applicant, purpose="研究呼吸道疾病").purpose == "研究呼吸道疾病"


def test_entries_can_be_changed_in_a_draft_alone(cast):
    application = draft(cast)
    other = conditional(cast, "3065/0002")
    actor = Actor.of_user(cast.applicant)
    application_update(application, actor=actor, fields={}, entries=[other], now=MORNING)
    assert application.lines.get().entry == other
    later = submitted(cast, other)
    do(later, "return", cast.officer, defects=[{"field": "purpose", "text": "请具体说明"}])
    with pytest.raises(RuleBroken) as broken:
        application_update(later, actor=actor, fields={}, entries=[conditional(cast, "3065/0003")], now=MORNING)
    assert broken.value.field == "entries"


def test_attachment_is_kept_by_its_hash(cast):
    application = draft(cast)
    attachment = attach(application, cast.applicant, chunks=[b"one ", b"two"])
    with blob_open(attachment.blob) as stream:
        assert stream.read() == b"one two"
    event = Event.objects.latest("id")
    assert event.action == "requests.application.attachment_added"
    assert event.data["sha256"] == attachment.blob_id
    attachment_remove(attachment, actor=Actor.of_user(cast.applicant), now=MORNING)
    assert application.attachments.count() == 0
    assert Event.objects.latest("id").action == "requests.application.attachment_removed"


def test_attachments_that_are_empty_too_large_or_too_many_are_refused(cast):
    application = draft(cast)
    megabyte = b"x" * (1024 * 1024)
    for chunks in ([], [b""], [megabyte] * 21):
        with pytest.raises(RuleBroken) as broken:
            attach(application, cast.applicant, chunks=chunks)
        assert broken.value.field == "attachments"
    assert not Blob.objects.exists()
    for _each in range(MOST_FILES):
        attach(application, cast.applicant)
    with pytest.raises(RuleBroken):
        attach(application, cast.applicant)
    assert Blob.objects.count() == 1


def test_attachments_are_fixed_with_the_application_and_are_its_applicants_own(cast):
    application = draft(cast)
    with pytest.raises(NotAllowed):
        attach(application, cast.stranger)
    fixed = submitted(cast, conditional(cast, "3065/0002"))
    with pytest.raises(RuleBroken):
        attach(fixed, cast.applicant)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\示例\\方案.docx", "方案.docx"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("exe\u202egnp.pdf", "exegnp.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_file_names_are_made_harmless(given, kept):
    assert filename_clean(given) == kept
