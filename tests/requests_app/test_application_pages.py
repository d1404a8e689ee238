"""Pages of applications: what each persona sees and may do, without JavaScript; bad input says what is wrong."""

import datetime as dt
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Event
from portal.workflow.models import Clock
from requests_app.models import Application
from tests.factories import make_entry
from tests.requests_app.application_cases import (
    approved,
    conditional,
    disputed,
    do,
    draft,
    granted,
    in_review,
    refused,
    returned,
    signed,
    submitted,
    verify,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def address(application, name="application", *extra):
    return reverse(f"requests:{name}", args=[application.receipt, *extra])


def filled(entry, **changes):
    today = timezone.localdate()
    return {
        "entries": [entry.code],
        "organisation": "",
        "scenario": "research",
        "purpose": "研究城市空气质量变化",
        "starts_on": today.isoformat(),
        "ends_on": (today + dt.timedelta(days=200)).isoformat(),
        "safeguards": "专人专机，加密存储",
        **changes,
    }


# --- Applying ---------------------------------------------------------------------------------------------------


def test_visitor_reads_how_to_apply_and_is_led_to_sign_in(client, cast):
    entry = conditional(cast)
    page = client.get(reverse("requests:apply", args=[entry.code]))
    assert page.status_code == 200
    text = page.content.decode()
    assert reverse("account_login") in text
    assert entry.published.open_condition in text
    assert "3 个工作日" in text
    assert "/law/#art-29" in text
    assert '<form method="post" enctype' not in text
    assert client.post(reverse("requests:apply", args=[entry.code]), filled(entry)).status_code == 200
    assert not Application.objects.exists()


def test_unconditional_entry_answers_with_the_article(as_, cast):
    entry = make_entry(cast)
    page = as_(cast.applicant).get(reverse("requests:apply", args=[entry.code]))
    assert page.status_code == 409
    assert "第29条" in page.content.decode() or "第二十九条" in page.content.decode()


def test_unknown_entry_is_not_found(as_, cast):
    assert as_(cast.applicant).get(reverse("requests:apply", args=["9999/0001"])).status_code == 404


def test_verified_applicant_submits_in_one_go_with_attachment(as_, cast):
    entry = conditional(cast)
    verify(cast, cast.applicant)
    file = SimpleUploadedFile("方案.pdf", b"%PDF-1.7 sample")
    client = as_(cast.applicant)
    answer = client.post(
        reverse("requests:apply", args=[entry.code]), filled(entry, submit="1", attachments=[file]), follow=True
    )
    application = Application.objects.get()
    assert answer.redirect_chain[-1][0] == address(application)
    assert application.state == "conformity_check"
    assert application.receipt in answer.content.decode()
    assert application.attachments.get().filename == "方案.pdf"


def test_unverified_applicants_text_is_kept_as_a_draft_with_the_reason(as_, cast):
    entry = conditional(cast)
    answer = as_(cast.applicant).post(
        reverse("requests:apply", args=[entry.code]), filled(entry, submit="1"), follow=True
    )
    assert Application.objects.get().state == "draft"
    assert reverse("requests:identity") in answer.content.decode()


def test_incomplete_draft_is_saved_and_incomplete_submission_is_not(as_, cast):
    entry = conditional(cast)
    client = as_(cast.applicant)
    where = reverse("requests:apply", args=[entry.code])
    refusal = client.post(where, filled(entry, purpose="", submit="1"))
    assert refusal.status_code == 422
    assert "专人专机" in refusal.content.decode()
    assert not Application.objects.exists()
    assert client.post(where, filled(entry, purpose="", save="1")).status_code == 302
    assert Application.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"scenario": "espionage"}, "scenario"),
        ({"entries": []}, "entries"),
        ({"entries": ["9999/0001"]}, "entries"),
        ({"organisation": "6f0c0a52-1b55-4c0f-9a39-7a3a3d0b7e55"}, "organisation"),
    ],
)
def test_bad_input_is_shown_at_its_field_and_nothing_is_made(as_, cast, changes, field):
    entry = conditional(cast)
    answer = as_(cast.applicant).post(reverse("requests:apply", args=[entry.code]), filled(entry, **changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Application.objects.exists()


def test_too_large_attachment_makes_nothing_and_keeps_the_text(as_, cast):
    entry = conditional(cast)
    file = SimpleUploadedFile("big.bin", b"x" * (20 * 1024 * 1024 + 1))
    answer = as_(cast.applicant).post(
        reverse("requests:apply", args=[entry.code]), filled(entry, save="1", attachments=[file])
    )
    assert answer.status_code == 409
    assert "attachments" in answer.context["form"].errors
    assert not Application.objects.exists()
    assert not Event.objects.filter(action__startswith="requests.").exists()


def test_other_entries_of_the_provider_can_be_added(as_, cast):
    entry, other = conditional(cast), conditional(cast, "3065/0002")
    client = as_(cast.applicant)
    assert other.code in client.get(reverse("requests:apply", args=[entry.code])).content.decode()
    client.post(reverse("requests:apply", args=[entry.code]), filled(entry, entries=[entry.code, other.code]))
    assert Application.objects.get().lines.count() == 2


# --- Who sees what ----------------------------------------------------------------------------------------------


def test_case_is_seen_by_its_people_and_nobody_else(as_, cast):
    application = submitted(cast)
    seen = {"applicant", "officer", "officer2", "application_reviewer", "auditor"}
    unseen = {"citizen", "stranger", "registrar", "reviewer", "handler", "other_registrar", "other_officer"}
    for name in seen | unseen:
        for page in ("application", "application_edit", "agreement"):
            status = as_(getattr(cast, name)).get(address(application, page)).status_code
            assert status == (200 if name in seen and page == "application" else 404), (name, page)


def test_draft_is_the_applicants_alone_even_when_withdrawn(as_, cast):
    application = draft(cast)
    for name in ("officer", "application_reviewer", "auditor"):
        assert as_(getattr(cast, name)).get(address(application)).status_code == 404
    do(application, "withdraw", cast.applicant)
    assert as_(cast.officer).get(address(application)).status_code == 404
    assert as_(cast.applicant).get(address(application)).status_code == 200


def test_visitor_is_led_to_sign_in(client, cast):
    application = submitted(cast)
    for name in ("application", "application_edit", "agreement"):
        assert client.get(address(application, name)).status_code == 302
    assert client.get(reverse("requests:applications")).status_code == 302
    assert client.post(address(application, "application_command", "withdraw")).status_code == 302
    application.refresh_from_db()
    assert application.state == "conformity_check"


def test_applicant_reads_offices_and_officials_read_names(as_, cast):
    application = in_review(cast)
    timeline = as_(cast.applicant).get(address(application)).content.decode()
    assert cast.officer.name not in timeline
    assert cast.officer.name in as_(cast.application_reviewer).get(address(application)).content.decode()


def test_officials_read_demand_and_statement_side_by_side(as_, cast):
    application = in_review(cast)
    text = as_(cast.application_reviewer).get(address(application)).content.decode()
    assert text.index(application.lines.get().entry.published.open_condition) < text.index(application.safeguards)
    assert address(application, "application_command", "approve") in text
    assert address(application, "application_command", "accept") not in text


def test_case_shows_its_clocks_day_by_day(as_, cast):
    application = in_review(cast)
    text = as_(cast.applicant).get(address(application)).content.decode()
    assert text.count('class="clock__days"') == 3
    due = Clock.objects.of(application).get(kind="provider_review").due_on
    assert f'datetime="{due.isoformat()}"' in text


def test_paused_clock_is_shown_without_a_due_day(as_, cast):
    application = returned(cast)
    page = as_(cast.applicant).get(address(application))
    assert page.status_code == 200
    assert "clock--paused" in page.content.decode()
    assert "请写明存储地点" in page.content.decode()


@pytest.mark.parametrize("make", [draft, submitted, returned, in_review, disputed, approved, signed, granted, refused])
def test_case_page_stands_in_every_state_for_both_sides_and_in_both_languages(as_, cast, make):
    application = make(cast)
    for user in (cast.applicant, cast.officer, cast.application_reviewer):
        for language in ("zh-hans", "en"):
            page = as_(user).get(address(application), headers={"accept-language": language})
            assert page.status_code == (404 if make is draft and user != cast.applicant else 200)


# --- Lists ------------------------------------------------------------------------------------------------------


def test_lists_show_ones_own_and_the_desks(as_, cast):
    application = submitted(cast)
    own, desk = reverse("requests:applications"), reverse("requests:desk_applications")
    assert application.receipt in as_(cast.applicant).get(own).content.decode()
    assert application.receipt not in as_(cast.stranger).get(own).content.decode()
    assert application.receipt not in as_(cast.officer).get(own).content.decode()
    assert as_(cast.applicant).get(desk).status_code == 403
    for name in ("officer", "application_reviewer", "auditor"):
        assert application.receipt in as_(getattr(cast, name)).get(desk).content.decode()
    assert application.receipt not in as_(cast.other_officer).get(desk).content.decode()
    assert application.receipt not in as_(cast.officer).get(desk, {"state": "granted"}).content.decode()


def test_queries_of_the_list_do_not_grow_with_its_rows(as_, cast):
    entry = conditional(cast)
    client = as_(cast.applicant)

    draft(cast, entry)
    client.get(reverse("requests:applications"))
    with_one = _count(client)
    for _each in range(8):
        draft(cast, entry)
    assert _count(client) == with_one


def _count(client):
    with CaptureQueriesContext(connection) as counted:
        assert client.get(reverse("requests:applications")).status_code == 200
    return len(counted)


# --- Correcting -------------------------------------------------------------------------------------------------


def test_returned_application_is_corrected_and_sent_again(as_, cast):
    application = returned(cast)
    entry = application.lines.get().entry
    client = as_(cast.applicant)
    page = client.get(address(application, "application_edit"))
    assert "请写明存储地点" in page.content.decode()
    given = filled(entry, safeguards="存储于本单位机房", submit="1")
    answer = client.post(address(application, "application_edit"), given)
    application.refresh_from_db()
    assert answer.status_code == 302
    assert (application.state, application.safeguards) == ("conformity_check", "存储于本单位机房")


def test_submitted_application_cannot_be_edited(as_, cast):
    application = submitted(cast)
    assert as_(cast.applicant).get(address(application, "application_edit")).status_code == 404
    assert as_(cast.applicant).post(address(application, "application_edit"), {}).status_code == 404


def test_attachment_is_a_download_for_the_cases_people_only(as_, cast):
    application = draft(cast)
    client = as_(cast.applicant)
    page = b"<script>alert(1)</script>"
    client.post(address(application, "attachment_new"), {"attachments": SimpleUploadedFile("方案 1.html", page)})
    file = application.attachments.get()
    where = reverse("requests:attachment", args=[file.pk])
    answer = client.get(where)
    assert b"".join(answer.streaming_content) == page
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert quote("方案 1.html") in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    for user in (cast.stranger, cast.officer, cast.registrar):
        assert as_(user).get(where).status_code == 404
    verify(cast, cast.applicant)
    do(application, "submit", cast.applicant)
    assert b"".join(as_(cast.officer).get(where).streaming_content) == page
    assert as_(cast.applicant).post(reverse("requests:attachment_remove", args=[file.pk])).status_code == 409
    assert application.attachments.count() == 1


def test_attachment_is_removed_from_a_draft_by_its_applicant(as_, cast):
    application = draft(cast)
    as_(cast.applicant).post(
        address(application, "attachment_new"), {"attachments": SimpleUploadedFile("a.txt", b"one")}
    )
    file = application.attachments.get()
    where = reverse("requests:attachment_remove", args=[file.pk])
    assert as_(cast.stranger).post(where).status_code == 404
    assert as_(cast.applicant).get(where).status_code == 405
    assert as_(cast.applicant).post(where).status_code == 302
    assert not application.attachments.exists()
