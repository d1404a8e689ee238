"""A resource's own pages: what it shows, its file, and each refusal as a page of this site."""

import pytest
from django.test import override_settings
from django.utils import timezone

from catalogue.availability import entry_suspend
from opendata import showing
from opendata.models import Resource, Use
from opendata.services import resource_create
from portal.accounts.actors import Actor
from tests.factories import AIR, CONDITIONAL, make_draft, make_entry, make_grant, make_resource, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def resource(cast):
    return make_resource(cast, make_entry(cast))


@pytest.fixture
def conditional(cast):
    return make_resource(cast, make_entry(cast, "3065/0002", **CONDITIONAL))


def page(client, resource, **query):
    return client.get(f"/resources/{resource.pk}/", query)


def file(client, resource, fmt="csv", **query):
    return client.get(f"/resources/{resource.pk}/download/", {"format": fmt, **query})


def refused(response, status, *words):
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    shown = response.content.decode()
    assert "error-page" in shown
    for word in words:
        assert word in shown
    return shown


def test_anyone_sees_columns_preview_files_api_and_versions(client, resource):
    shown = page(client, resource).content.decode()
    for text in (
        "pm25",
        "150.75",
        "format=xlsx",
        f"/api/v1/resources/{resource.pk}/rows/",
        resource.current.original_id,
    ):
        assert text in shown
    assert "xjod_" not in shown


def test_the_example_of_the_api_works_as_it_stands(client, resource):
    example = page(client, resource).context["shown"].api_example
    assert example.startswith(f"curl -G http://testserver/api/v1/resources/{resource.pk}/rows/")
    assert "'select=station,day'" in example or "select=station,day" in example
    answer = client.get(f"/api/v1/resources/{resource.pk}/rows/", {"select": "station,day", "limit": "5"})
    assert answer.status_code == 200


def test_the_original_bytes_come_back(client, resource):
    response = file(client, resource, "original")
    assert response.getvalue() == AIR.encode()
    assert "attachment" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert timezone.localdate().isoformat() in response["X-Data-Citation"]


def test_the_same_file_is_not_sent_twice(client, resource):
    first = file(client, resource)
    first.getvalue()
    again = client.get(
        f"/resources/{resource.pk}/download/", {"format": "csv"}, headers={"if-none-match": first["ETag"]}
    )
    assert again.status_code == 304


def test_an_unknown_format_is_a_page_and_over_the_api_a_problem(client, resource):
    refused(file(client, resource, "docx"), 422, "docx", "parquet")
    answer = client.get(f"/api/v1/resources/{resource.pk}/download/", {"format": "docx"})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert "format" in answer.json()["errors"]


def test_conditional_data_is_refused_to_a_visitor_with_article_and_next_step(client, conditional):
    refused(file(client, conditional), 403, "/law/#art-29", "/account/login/")
    shown = page(client, conditional).content.decode()
    assert "150.75" not in shown
    assert "/catalogue/3065/0002/#how" in shown
    assert "pm25" in shown


def test_a_refused_file_leads_to_what_can_be_done(client, cast, resource, conditional):
    refused(file(client, conditional), 403, "/catalogue/3065/0002/#how", "/account/login/?next=/resources/")
    entry_suspend(resource.entry, actor=Actor.of_user(cast.officer), now=now(), note="核实中")
    shown = refused(file(client, resource), 403, "/law/#art-30", f"/resources/{resource.pk}/")
    assert "#how" not in shown


def test_a_grant_opens_the_file_to_its_holder_only(client, cast, conditional):
    make_grant(cast.applicant, conditional.entry)
    client.force_login(cast.stranger)
    refused(file(client, conditional), 403)
    client.force_login(cast.applicant)
    response = file(client, conditional)
    assert b"0164A" in response.getvalue()
    assert response["Cache-Control"] == "private, no-store"


def test_a_narrowed_grant_gives_no_original_and_shows_only_its_columns(client, cast, conditional):
    make_grant(cast.applicant, conditional.entry, columns=["station", "day"])
    client.force_login(cast.applicant)
    shown = page(client, conditional, preview="1")
    assert [name for name, _number in shown.context["shown"].preview.columns] == ["station", "day"]
    assert "150.75" not in shown.content.decode()
    assert "format=original" not in shown.content.decode()
    refused(file(client, conditional, "original"), 403, "/law/#art-45")


def test_a_used_up_quota_says_when_to_come_back(client, cast, conditional):
    make_grant(cast.applicant, conditional.entry, daily_rows=5)
    client.force_login(cast.applicant)
    file(client, conditional).getvalue()
    response = file(client, conditional)
    refused(response, 429)
    assert 0 < int(response["Retry-After"]) <= 86401
    assert "已用完" in page(client, conditional, preview="1").context["shown"].preview_later


def test_held_data_is_refused_at_the_next_request(client, cast, resource):
    entry_suspend(resource.entry, actor=Actor.of_user(cast.officer), now=now(), note="核实中")
    refused(file(client, resource), 403, "/law/#art-30")
    shown = page(client, resource).content.decode()
    assert "150.75" not in shown
    assert "/download/" not in shown


def test_the_engine_being_busy_is_said_and_asks_to_wait(client, resource):
    with override_settings(ROWS_SECONDS=0.0):
        shown = page(client, resource)
    assert shown.status_code == 200
    assert shown.context["shown"].preview is None
    assert shown.context["shown"].preview_later


def test_a_preview_is_kept_but_never_outlives_the_permit(client, cast, resource):
    assert "150.75" in page(client, resource).content.decode()
    assert "150.75" in page(client, resource).content.decode()
    entry_suspend(resource.entry, actor=Actor.of_user(cast.officer), now=now(), note="核实中")
    assert "150.75" not in page(client, resource).content.decode()


def test_an_unpublished_entrys_resource_is_seen_by_its_own_people_only(client, cast):
    resource = make_resource(cast, make_draft(cast).entry)
    assert page(client, resource).status_code == 404
    assert file(client, resource).status_code == 404
    client.force_login(cast.stranger)
    assert page(client, resource).status_code == 404
    client.force_login(cast.registrar)
    assert "150.75" in page(client, resource).content.decode()


def test_a_resource_without_data_is_not_public(client, cast):
    empty = resource_create(entry=make_entry(cast), actor=Actor.of_user(cast.registrar), title="空", now=now())
    assert page(client, empty).status_code == 404
    client.force_login(cast.registrar)
    assert page(client, empty).status_code == 200
    refused(file(client, empty), 403, "/law/#art-10")


def test_long_cells_are_cut_and_wide_tables_too(client, cast):
    names = [f"c{number}" for number in range(60)]
    wide = make_resource(cast, make_entry(cast), ",".join(names) + "\n" + ",".join(["x" * 300] + ["1"] * 59) + "\n")
    shown = page(client, wide).context["shown"]
    assert shown.preview.columns_left_out == 60 - showing.PREVIEW_COLUMNS
    assert len(shown.preview.rows[0][0]) == showing.LONGEST_CELL + 1
    assert len(shown.columns) == 60


def test_a_download_is_counted_once_and_an_officials_own_is_not(client, cast, resource):
    file(client, resource).getvalue()
    client.force_login(cast.registrar)
    file(client, resource).getvalue()
    resource.entry.refresh_from_db()
    assert resource.entry.downloads == 1
    assert Use.objects.filter(kind="download").count() == 2
    assert Resource.objects.get(pk=resource.pk).uses.count() == 2
