"""The first page: search first, honest figures, a constant number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue.availability import entry_suspend
from opendata.models import Resource
from opendata.permits import Permit, permit_for
from portal.accounts.actors import Actor
from portal.site import figures
from portal.site.figures import Live
from tests.factories import CONDITIONAL, make_draft, make_entry, make_resource, now

pytestmark = pytest.mark.django_db


def test_an_empty_portal_says_so(client, cast):
    page = client.get("/").content.decode()
    assert "还没有发布的目录条目" in page
    assert page.count("domain-") >= 11


def test_search_comes_first_and_the_eleven_domains_are_counted(client, cast):
    make_entry(cast, title="空气质量", domain="environment")
    response = client.get("/")
    page = response.content.decode()
    assert page.index('role="search"') < page.index("空气质量")
    counts = {domain["value"]: domain["count"] for domain in response.context["domains"]}
    assert len(counts) == 11
    assert counts["environment"] == 1
    assert counts["education"] == 0


def test_hints_are_words_that_find_something(client, cast):
    make_entry(cast, keywords="空气，监测")
    hint = client.get("/").context["hints"][0]
    assert hint["label"] == "空气"
    assert client.get(hint["url"]).context["total"] == 1


def test_drafts_are_neither_shown_nor_counted(client, cast):
    make_draft(cast, title="尚未发布的草稿")
    response = client.get("/")
    assert "尚未发布的草稿" not in response.content.decode()
    assert response.context["live"] == Live(entries=0, resources=0, rows=0, departments=0)


def test_the_rows_counted_are_those_that_a_visitor_may_draw(client, cast):
    open_entry, held = make_entry(cast), make_entry(cast, "3065/0002")
    conditional = make_entry(cast, "3065/0003", **CONDITIONAL)
    for entry in (open_entry, held, conditional):
        make_resource(cast, entry)
    entry_suspend(held, actor=Actor.of_user(cast.officer), now=now(), note="核实中")
    drawable = [
        resource
        for resource in Resource.objects.all()
        if isinstance(permit_for(Actor.visitor(), resource, today=now().date()), Permit)
    ]
    assert set(Resource.objects.all().free_to_all()) == set(drawable)
    assert client.get("/").context["live"] == Live(entries=3, resources=3, rows=5, departments=1)


def test_classes_and_departments_are_counted(cast):
    make_resource(cast, make_entry(cast))
    make_entry(cast, "3065/0002", **CONDITIONAL)
    assert figures.by_open_class() == {"unconditional": 1, "conditional": 1, "non_open": 0}
    mine = figures.by_department()[cast.department.pk]
    assert (mine.entries, mine.attached, mine.attach_rate) == (2, 1, 50)


def test_the_number_of_queries_does_not_grow(client, cast):
    def queries():
        client.get("/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/").status_code == 200
        return len(seen)

    for number in range(3):
        make_entry(cast, f"3065/{number:04d}")
    few = queries()
    for number in range(3, 30):
        make_entry(cast, f"3065/{number:04d}")
    assert queries() == few


def test_in_english(client, cast):
    make_entry(cast)
    page = client.get("/", headers={"accept-language": "en"}).content.decode()
    assert "Public data, open to everyone" in page
    assert "Air quality readings" in page


def test_only_reading_is_offered(client, cast):
    assert client.post("/").status_code == 405
