"""The pages of reports: reporting without an account, following by the secret, handling on the desk."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalogue.models import Entry
from portal.accounts.actors import Actor
from portal.audit.models import Event
from requests_app.models import Report
from tests.factories import make_draft, make_entry, make_resource, now
from tests.requests_app.report_cases import ANSWER, TEXT, act, bring_to, days_on, fresh, send

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \" ' {{ 7|add:7 }}"


@pytest.fixture
def entry(cast):
    return make_entry(cast)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def page(response, status=200):
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def new_url(entry):
    return reverse("requests:report_new", args=[entry.code])


def token_of(client, entry):
    found = re.search(r'name="token" value="([^"]+)"', page(client.get(new_url(entry))))
    assert found is not None
    return found[1]


def post_report(client, entry, **changes):
    data = {"kind": "error", "text": TEXT, "token": token_of(client, entry), **changes}
    return client.post(new_url(entry), {name: value for name, value in data.items() if value is not None})


def secret_in(html):
    found = re.search(r"\b([0-9A-Z]{4}(?:-[0-9A-Z]{4}){4})\b", html)
    assert found is not None
    return found[1]


# --- Reporting -------------------------------------------------------------------------------------------------------


def test_anyone_reports_and_sees_the_secret_once(client, entry):
    html = page(post_report(client, entry, contact="someone@example.org"), 201)
    report = Report.objects.get()
    assert report.receipt in html
    secret = secret_in(html)
    assert (report.reporter, report.contact) == (None, "someone@example.org")
    followed = page(client.get(reverse("requests:report", args=[report.receipt])))
    assert TEXT in followed
    assert secret not in followed
    assert "no-store" in post_report(client, entry).headers["Cache-Control"]


def test_the_page_explains_the_four_steps_with_times_and_article(client, entry):
    html = page(client.get(new_url(entry)))
    for words in ("1 个工作日", "2 小时", "5 个工作日", "14 天", "#art-30"):
        assert words in html


def test_place_is_prefilled_and_checked(client, cast, entry):
    resource = make_resource(cast, entry)
    html = page(client.get(new_url(entry), {"resource": str(resource.pk), "column": "pm25", "row": "3"}))
    assert f'<option value="{resource.pk}" selected>' in html
    assert 'value="pm25"' in html
    assert 'value="3"' in html
    page(client.get(new_url(entry), {"resource": "not-a-uuid\x00"}))
    html = page(post_report(client, entry, resource=str(resource.pk), column="no such"), 409)
    assert "no such" in html
    assert TEXT in html
    page(post_report(client, entry, resource=str(resource.pk), column="pm25", row="3"), 201)
    report = Report.objects.get()
    assert (report.resource, report.column, report.row) == (resource, "pm25", "3")


def test_bad_input_is_told_at_its_field_and_stores_nothing(client, entry):
    wrong = [
        ({"text": "太短"}, "id_text"),
        ({"text": ""}, "id_text"),
        ({"text": TEXT + "\x00"}, "id_text"),
        ({"kind": "praise"}, "id_kind"),
        ({"kind": None}, "id_kind"),
        ({"website": "https://spam.example"}, "id_website"),
        ({"resource": "00000000-0000-0000-0000-000000000000"}, "id_resource"),
    ]
    for changes, field in wrong:
        html = page(post_report(client, entry, **changes), 422)
        assert f'href="#{field}' in html, changes
    assert not Report.objects.exists()


def test_an_expired_form_works_when_sent_again(client, entry):
    html = page(post_report(client, entry, token="forged"), 422)
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found is not None
    page(client.post(new_url(entry), {"kind": "error", "text": TEXT, "token": found[1]}), 201)


def test_sending_the_same_form_twice_makes_one_report(client, entry):
    data = {"kind": "error", "text": TEXT, "token": token_of(client, entry)}
    page(client.post(new_url(entry), data), 201)
    html = page(client.post(new_url(entry), data), 409)
    assert Report.objects.get().receipt in html


def test_an_invisible_entry_answers_404(client, cast):
    draft = make_draft(cast, "3065/0009")
    url = reverse("requests:report_new", args=["3065/0009"])
    page(client.get(url), 404)
    page(client.post(url, {"kind": "error", "text": TEXT}), 404)
    page(client.get(reverse("requests:report_new", args=["9999/0001"])), 404)
    page(signed_in(cast.registrar).get(url))
    assert not Report.objects.filter(entry=draft.entry).exists()


def test_a_flood_is_answered_429_and_nothing_typed_is_lost(client, entry):
    for _number in range(10):
        page(post_report(client, entry), 201)
    response = post_report(client, entry)
    html = page(response, 429)
    assert TEXT in html
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert Report.objects.count() == 10


def test_a_form_from_elsewhere_is_refused(entry):
    strict = Client(enforce_csrf_checks=True)
    page(strict.post(new_url(entry), {"kind": "error", "text": TEXT, "token": "x"}), 403)
    assert not Report.objects.exists()


# --- Following -------------------------------------------------------------------------------------------------------


def test_the_secret_opens_the_report_for_this_session(client, entry):
    report, secret = send(entry)
    url = reverse("requests:report", args=[report.receipt])
    html = page(client.get(url))
    assert TEXT not in html
    assert 'name="secret"' in html
    client.get("/")
    response = client.post(url, {"secret": secret.lower().replace("-", " ")})
    assert (response.status_code, response.headers["Location"]) == (302, url)
    assert TEXT in page(client.get(url))
    assert TEXT not in page(Client().get(url))
    assert secret not in str(dict(client.session))


def test_giving_the_secret_changes_the_session_key(client, entry):
    report, secret = send(entry)
    other, other_secret = send(entry)
    client.post(reverse("requests:report", args=[other.receipt]), {"secret": other_secret})
    before = client.session.session_key
    client.post(reverse("requests:report", args=[report.receipt]), {"secret": secret})
    assert client.session.session_key != before
    assert TEXT in page(client.get(reverse("requests:report", args=[other.receipt])))


def test_a_wrong_secret_is_told_and_limited(client, entry):
    report, secret = send(entry)
    url = reverse("requests:report", args=[report.receipt])
    for _number in range(10):
        html = page(client.post(url, {"secret": "A" * 20}), 403)
        assert 'class="error-summary"' in html
    response = client.post(url, {"secret": secret})
    page(response, 429)
    assert int(response.headers["Retry-After"]) <= 900
    page(client.post(url, {"secret": ""}), 422)
    assert TEXT not in page(client.get(url))


def test_an_unknown_receipt_is_asked_and_refused_like_a_known_one(client, entry):
    report, _secret = send(entry)
    missing = send(entry)[0]
    unknown = missing.receipt
    missing.steps.all().delete()
    missing.delete()
    answers = []
    for receipt in (report.receipt, unknown):
        url = reverse("requests:report", args=[receipt])
        asked, refused = client.get(url), client.post(url, {"secret": "A" * 20})
        answers.append(
            [
                re.sub(r'value="[^"]{64}"', "", answer.content.decode().replace(receipt, "")) + str(answer.status_code)
                for answer in (asked, refused)
            ]
        )
    assert answers[0] == answers[1]
    page(client.get(reverse("requests:report", args=["FK-20260101-AAAAAA"])), 404)
    page(client.get(reverse("requests:report", args=["nonsense"])), 404)


def test_who_sees_a_report_without_its_secret(cast, entry):
    report = send(entry, actor=Actor.of_user(cast.citizen))[0]
    url = reverse("requests:report", args=[report.receipt])
    for name in ("citizen", "handler", "officer", "auditor"):
        assert TEXT in page(signed_in(getattr(cast, name)).get(url)), name
    for name in ("stranger", "registrar", "reviewer", "other_registrar", "other_officer"):
        assert TEXT not in page(signed_in(getattr(cast, name)).get(url)), name


def test_the_list_of_a_signed_in_reporter(cast, entry, client):
    mine = send(entry, actor=Actor.of_user(cast.citizen))[0]
    other = send(entry)[0]
    html = page(signed_in(cast.citizen).get(reverse("requests:reports")))
    assert mine.receipt in html
    assert other.receipt not in html
    assert mine.receipt not in page(client.get(reverse("requests:reports")))
    found = client.get(reverse("requests:reports"), {"receipt": f" {mine.receipt.lower()} "})
    assert found.headers["Location"] == reverse("requests:report", args=[mine.receipt])
    page(client.get(reverse("requests:reports"), {"receipt": "FK-20260101-AAAAAA"}), 422)


def test_the_answer_is_read_once_it_was_sent_and_can_be_objected_to(client, cast, entry):
    report, secret = send(entry)
    url = reverse("requests:report", args=[report.receipt])
    client.post(url, {"secret": secret})
    bring_to(report, "outcome_proposed", cast)
    assert ANSWER not in page(client.get(url))
    act(report, "send_feedback", cast.handler)
    html = page(client.get(url))
    assert ANSWER in html
    assert cast.handler.name not in html
    objection = reverse("requests:report_not_solved", args=[report.receipt])
    assert objection in html
    page(Client().post(objection, {"note": "仍然有误"}), 404)
    page(signed_in(cast.stranger).post(objection, {"note": "仍然有误"}), 404)
    page(signed_in(cast.handler).post(objection, {"note": "仍然有误"}), 403)
    assert fresh(report).state == "feedback_sent"
    assert client.post(objection, {"note": "仍然有误"}).status_code == 302
    assert fresh(report).state == "verifying"
    html = page(client.get(url))
    assert "仍然有误" in html
    assert objection not in html
    page(client.post(objection, {"note": "再次"}), 409)


def test_after_14_days_the_button_is_gone_and_the_word_comes_too_late(client, cast, entry):
    report, secret = send(entry)
    client.post(reverse("requests:report", args=[report.receipt]), {"secret": secret})
    bring_to(report, "feedback_sent", cast, now=days_on(now(), -15))
    objection = reverse("requests:report_not_solved", args=[report.receipt])
    assert objection not in page(client.get(reverse("requests:report", args=[report.receipt])))
    assert "14" in page(client.post(objection, {"note": ""}), 409)


def test_a_merged_reports_page_tells_the_leading_ones_progress_and_nothing_of_its_reporter(client, cast, entry):
    leader = send(entry, text="领头反馈人自己写的内容，不得外传。")[0]
    follower, secret = send(entry)
    act(follower, "merge", cast.handler, into=leader.receipt)
    bring_to(leader, "feedback_sent", cast)
    act_url = reverse("requests:report", args=[follower.receipt])
    client.post(act_url, {"secret": secret})
    html = page(client.get(act_url))
    assert ANSWER in html
    assert leader.receipt not in html
    assert "领头反馈人" not in html
    assert reverse("requests:report_not_solved", args=[follower.receipt]) not in html


def test_hostile_words_are_shown_as_words(client, cast, entry):
    html = page(post_report(client, entry, text=HOSTILE, contact="<b>@example.org"), 201)
    report = Report.objects.get()
    pages = [html, page(client.get(reverse("requests:report", args=[report.receipt])))]
    desk = signed_in(cast.handler)
    pages.append(page(desk.get(reverse("requests:desk_report", args=[report.receipt]))))
    pages.append(page(desk.get(reverse("requests:report_command", args=[report.receipt, "accept"]))))
    act(report, "accept", cast.handler, note=HOSTILE)
    pages.append(page(desk.get(reverse("requests:desk_report", args=[report.receipt]))))
    assert "&lt;script&gt;alert(1)" in pages[2]
    for html in pages:
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<b>@example.org" not in html


# --- The desk --------------------------------------------------------------------------------------------------------


def test_the_desk_is_for_those_in_office(client, cast, entry):
    report = send(entry, actor=Actor.of_user(cast.citizen), contact="someone@example.org")[0]
    case = reverse("requests:desk_report", args=[report.receipt])
    inbox = reverse("requests:report_list")
    assert client.get(case).status_code == client.get(inbox).status_code == 302
    for name in ("handler", "handler2", "officer"):
        assert report.receipt in page(signed_in(getattr(cast, name)).get(inbox))
        assert "someone@example.org" in page(signed_in(getattr(cast, name)).get(case))
    assert "someone@example.org" not in page(signed_in(cast.auditor).get(case))
    for name in ("citizen", "stranger", "registrar", "reviewer"):
        page(signed_in(getattr(cast, name)).get(inbox), 403)
        page(signed_in(getattr(cast, name)).get(case), 404)
    page(signed_in(cast.other_officer).get(case), 404)
    assert report.receipt not in page(signed_in(cast.other_officer).get(inbox))


def test_a_handler_takes_a_report_to_its_end_by_pages(cast, entry):
    report, _secret = send(entry)
    desk = signed_in(cast.handler)
    for command, data in (
        ("accept", {}),
        ("verify", {"note": "正在比对原始记录"}),
        ("propose_outcome", {"outcome": "suspend", "note": ANSWER}),
        ("send_feedback", {}),
    ):
        url = reverse("requests:report_command", args=[report.receipt, command])
        assert url in page(desk.get(reverse("requests:desk_report", args=[report.receipt])))
        page(desk.get(url))
        assert desk.post(url, data).status_code == 302
    assert fresh(report).state == "feedback_sent"
    assert Entry.objects.get(pk=entry.pk).availability == "suspended"
    html = page(desk.get(reverse("requests:desk_report", args=[report.receipt])))
    assert ANSWER in html
    page(desk.get(reverse("requests:report_list"), {"show": "all"}))


def test_a_leak_is_held_by_one_press(cast, entry):
    report, _secret = send(entry, kind="leak")
    url = reverse("requests:report_command", args=[report.receipt, "hold"])
    for name in ("handler", "officer"):
        assert f'action="{url}"' in page(
            signed_in(getattr(cast, name)).get(reverse("requests:desk_report", args=[report.receipt]))
        )
    auditor = signed_in(cast.auditor)
    assert url not in page(auditor.get(reverse("requests:desk_report", args=[report.receipt])))
    page(auditor.post(url), 403)
    page(signed_in(cast.stranger).post(url), 404)
    assert Entry.objects.get(pk=entry.pk).availability == "live"
    assert signed_in(cast.officer).post(url).status_code == 302
    assert Entry.objects.get(pk=entry.pk).availability == "suspended"
    assert Event.objects.filter(action="requests.report.held").count() == 1


def test_what_the_desk_refuses_changes_nothing(cast, entry):
    report, _secret = send(entry)
    before = Event.objects.count()
    desk = signed_in(cast.handler)
    for command, data, status in (
        ("propose_outcome", {"outcome": "", "note": ANSWER}, 422),
        ("propose_outcome", {"outcome": "keep_open", "note": " "}, 422),
        ("propose_outcome", {"outcome": "delete", "note": ANSWER}, 422),
        ("propose_outcome", {"outcome": "keep_open", "note": ANSWER}, 409),
        ("reject", {"note": ""}, 422),
        ("merge", {"into": "FK-20260101-AAAAAA"}, 409),
        ("close", {}, 409),
        ("say_not_solved", {}, 404),
        ("submit", {}, 404),
        ("destroy", {}, 404),
    ):
        page(desk.post(reverse("requests:report_command", args=[report.receipt, command]), data), status)
        assert (fresh(report).state, Event.objects.count()) == ("submitted", before)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_speak_both_languages(cast, entry, language):
    report = send(entry, actor=Actor.of_user(cast.citizen), kind="leak")[0]
    desk = signed_in(cast.handler)
    for url in (
        new_url(entry),
        reverse("requests:reports"),
        reverse("requests:report", args=[report.receipt]),
        reverse("requests:report_list"),
        reverse("requests:desk_report", args=[report.receipt]),
        reverse("requests:report_command", args=[report.receipt, "merge"]),
        reverse("requests:report_command", args=[report.receipt, "reject"]),
    ):
        html = page(desk.get(url, headers={"accept-language": language}))
        assert "<h1>" in html
        assert "style=" not in html


def test_the_list_needs_the_same_queries_for_one_report_and_for_many(cast, entry, django_assert_max_num_queries):
    for _number in range(8):
        send(entry, actor=Actor.of_user(cast.citizen))
    desk = signed_in(cast.handler)
    with django_assert_max_num_queries(25):
        page(desk.get(reverse("requests:report_list")))
