"""Statistics: counted from the records, drawn as charts, always there as tables. And the help page."""

import datetime as dt

import pytest
from django.utils import timezone

from opendata.models import Use
from portal.site import figures
from requests_app.models import Application, Report
from tests.factories import CONDITIONAL, make_entry, make_resource, now

pytestmark = pytest.mark.django_db


def test_an_empty_portal_has_statistics_too(client, cast):
    page = client.get("/stats/").content.decode()
    assert "还没有办结的申请" in page
    assert "还没有收到反馈" in page


def test_every_chart_stands_beside_its_table(client, cast):
    make_entry(cast)
    page = client.get("/stats/").content.decode()
    assert page.count("data-chart=") == page.count('class="data-table data-table--dense"') == 3
    assert "style=" not in page
    assert "<script>" not in page


def test_downloads_and_calls_are_counted_by_the_day_of_the_region(client, cast):
    resource = make_resource(cast, make_entry(cast))
    client.get(f"/resources/{resource.pk}/download/", {"format": "csv"}).getvalue()
    client.get(f"/api/v1/resources/{resource.pk}/rows/")
    today = timezone.localdate()
    late = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=1), dt.time(0, 30)))
    Use.objects.create(at=late, resource=resource, kind="download")
    days = figures.uses_by_day(today)
    assert len(days) == 30
    assert days[-1] == (today, 1, 1)
    assert days[-2] == (today - dt.timedelta(days=1), 1, 0)


def decided(cast, receipt, days, state):
    entry_authority = cast.authority
    received = now() - dt.timedelta(days=days)
    return Application.objects.create(
        receipt=receipt,
        state=state,
        applicant=cast.applicant,
        authority=entry_authority,
        scenario="research",
        purpose="研究",
        safeguards="加密存储",
        starts_on=received.date(),
        ends_on=received.date() + dt.timedelta(days=30),
        created_at=received,
        submitted_at=received,
        decided_at=received + dt.timedelta(days=days),
    )


def test_the_median_is_of_the_decided_applications(client, cast):
    for receipt, days, state in (("A-1", 2, "granted"), ("A-2", 4, "refused"), ("A-3", 9, "granted")):
        decided(cast, receipt, days, state)
    assert figures.applications() == ({"granted": 2, "refused": 1}, 3, 4.0)
    response = client.get("/stats/")
    assert response.context["median"] == 4.0
    assert sum(row[1] for row in response.context["application_rows"]) == 3


def test_reports_are_counted_by_outcome(client, cast):
    entry = make_entry(cast)
    for number, outcome in enumerate(("suspend", "", "suspend")):
        Report.objects.create(
            receipt=f"R-{number}",
            secret_digest="0" * 64,
            entry=entry,
            kind="error",
            text="有误",
            outcome=outcome,
            submitted_at=now(),
        )
    assert figures.reports() == ({"suspend": 2}, 3)
    response = client.get("/stats/")
    assert (response.context["received"], response.context["answered"]) == (3, 2)


def test_classes_and_domains_are_counted(client, cast):
    make_entry(cast, domain="health")
    make_entry(cast, "3065/0002", domain="health", **CONDITIONAL)
    response = client.get("/stats/")
    assert [row[1] for row in response.context["class_rows"]] == [1, 1, 0]
    assert dict(response.context["domain_rows"])["医疗"] == 2


def test_help_takes_its_limits_from_the_law_table(client, cast):
    page = client.get("/help/").content.decode()
    for text in ("3个工作日", "5个工作日", "2小时", "无障碍", "http://testserver/api/v1/resources/"):
        assert text.replace(" ", "") in page.replace(" ", "")


def test_help_in_english(client, cast):
    page = client.get("/help/", headers={"accept-language": "en"}).content.decode()
    assert "Accessibility statement" in page
    assert "3 working days" in page
