"""Departments: who provides data, with figures that count only what is public."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import CONDITIONAL, make_department, make_draft, make_entry, make_resource

pytestmark = pytest.mark.django_db


def test_departments_stand_under_their_jurisdiction_with_the_authority_first(client, cast):
    groups = client.get("/departments/").context["groups"]
    names = {group.jurisdiction.code: [line.department.code for line in group.lines] for group in groups}
    assert names["650000"] == ["xj-data", "xj-env", "xj-health"]
    assert names["653100"] == ["ks-data"]


def test_the_attach_rate_counts_entries_that_carry_data(client, cast):
    make_resource(cast, make_entry(cast))
    make_entry(cast, "3065/0002", **CONDITIONAL)
    make_draft(cast, "3065/0003")
    page = client.get("/departments/").content.decode()
    assert "50%" in page
    figures = client.get("/departments/xj-env/").context["figures"]
    assert (figures.entries, figures.unconditional, figures.conditional, figures.attach_rate) == (2, 1, 1, 50)


def test_a_department_shows_its_duties_officer_contact_and_entries(client, cast):
    department = make_department(
        "xj-traffic",
        duties="负责交通运输",
        chief_data_officer="示例用户 甲",
        phone="0991-1111111",
        email="a@example.org",
    )
    page = client.get(f"/departments/{department.code}/").content.decode()
    for text in ("负责交通运输", "示例用户 甲", "0991-1111111", "mailto:a@example.org", department.uscc[2:8]):
        assert text in page
    make_entry(cast, title="空气数据")
    make_draft(cast, "3065/0002", title="草稿数据")
    page = client.get("/departments/xj-env/").content.decode()
    assert "空气数据" in page
    assert "草稿数据" not in page


def test_an_unknown_department_is_not_found(client, cast):
    assert client.get("/departments/nowhere/").status_code == 404


def test_the_number_of_queries_does_not_grow(client, cast):
    def queries(url):
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    pages = ("/departments/", "/departments/xj-env/")
    for number in range(3):
        make_entry(cast, f"3065/{number:04d}")
    few = [queries(url) for url in pages]
    for number in range(3, 30):
        make_entry(cast, f"3065/{number:04d}")
        make_department(f"more-{number}", "653200")
    assert [queries(url) for url in pages] == few
