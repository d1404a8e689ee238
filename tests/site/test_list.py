"""The catalogue's list: words, filters, order, pages and near matches, all in the address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue.availability import entry_suspend, entry_withdraw
from portal.accounts.actors import Actor
from tests.factories import CONDITIONAL, make_draft, make_entry, make_resource, now

pytestmark = pytest.mark.django_db
LIST = "/catalogue/"


def titles(response):
    return [card.title for card in response.context["entries"]]


def test_a_list_of_everything_public_newest_first(client, cast):
    make_entry(cast, "3065/0001", title="第一项")
    make_entry(cast, "3065/0002", title="第二项")
    response = client.get(LIST)
    assert titles(response) == ["第二项", "第一项"]
    assert response.context["total"] == 2


def test_drafts_and_withdrawn_entries_are_not_there_even_for_their_own_people(client, cast):
    make_draft(cast, title="草稿数据")
    gone = make_entry(cast, "3065/0002", title="已撤回数据")
    entry_withdraw(gone, actor=Actor.of_user(cast.reviewer), now=now(), note="依法撤回")
    for person in (None, cast.registrar, cast.officer):
        if person:
            client.force_login(person)
        response = client.get(LIST)
        assert response.context["total"] == 0
        assert "草稿数据" not in response.content.decode()


def test_a_held_entry_is_marked(client, cast):
    entry = make_entry(cast)
    entry_suspend(entry, actor=Actor.of_user(cast.officer), now=now(), note="核实中")
    assert client.get(LIST).context["entries"][0].suspended
    assert "chip--bad" in client.get(LIST).content.decode()


def test_a_column_is_found_and_shown(client, cast):
    make_entry(cast, title="环境数据")
    response = client.get(LIST, {"q": "细颗粒物"})
    assert titles(response) == ["环境数据"]
    hit = response.context["entries"][0].hit
    assert "<mark>pm25</mark>" in hit
    assert "匹配的信息项" in hit


def test_what_is_searched_is_shown_as_text(client, cast):
    page = client.get(LIST, {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert(1)" not in page


def test_filters_join_and_count_under_each_other(client, cast):
    make_entry(cast, "3065/0001", domain="environment")
    make_entry(cast, "3065/0002", domain="environment", **CONDITIONAL)
    make_entry(cast, "3065/0003", domain="health", **CONDITIONAL)
    response = client.get(LIST, {"open_class": "conditional"})
    assert response.context["total"] == 2
    counts = {
        facet.name: {option.value: option.count for option in facet.options} for facet in response.context["facets"]
    }
    assert counts["domain"] == {"environment": 1, "health": 1}
    assert counts["open_class"] == {"unconditional": 1, "conditional": 2}
    both = client.get(LIST, {"domain": ["environment", "health"], "open_class": "unconditional"})
    assert both.context["total"] == 1


def test_a_filter_in_force_can_be_taken_away(client, cast):
    make_entry(cast, domain="environment")
    response = client.get(LIST, {"domain": "environment", "q": "空气"})
    (applied,) = response.context["applied"]
    assert "生态环境" in applied.label
    assert "q=" in applied.url
    assert "domain" not in applied.url


def test_a_value_that_is_in_no_list_is_said_and_left_out(client, cast):
    make_entry(cast)
    response = client.get(LIST, {"domain": "astrology"})
    assert response.status_code == 200
    assert response.context["total"] == 1
    assert "domain" in response.context["problems"][0]


def test_orders(client, cast):
    make_entry(cast, "3065/0001", title="B 数据")
    make_entry(cast, "3065/0002", title="A 数据")
    assert titles(client.get(LIST, {"sort": "title"})) == ["A 数据", "B 数据"]
    assert titles(client.get(LIST, {"sort": "updated"})) == ["A 数据", "B 数据"]
    assert client.get(LIST, {"sort": "nonsense"}).context["sort"] == "newest"
    assert client.get(LIST, {"q": "数据"}).context["sort"] == "best"


def test_the_most_downloaded_stands_first(client, cast):
    wanted = make_entry(cast, "3065/0001", title="常用数据")
    make_entry(cast, "3065/0002", title="少用数据")
    resource = make_resource(cast, wanted)
    client.get(f"/resources/{resource.pk}/download/", {"format": "csv"}).getvalue()
    assert titles(client.get(LIST, {"sort": "downloads"}))[0] == "常用数据"


@pytest.mark.parametrize("sort", ["newest", "updated", "title", "downloads", "best"])
def test_pages_show_every_entry_once_and_lead_back(client, cast, sort):
    for number in range(45):
        make_entry(cast, f"3065/{number:04d}", title=f"空气数据{number:02d}")
    query = {"q": "空气", "sort": sort} if sort == "best" else {"sort": sort}
    response = client.get(LIST, query)
    seen = titles(response)
    while response.context["next_url"]:
        response = client.get(LIST + response.context["next_url"])
        seen += titles(response)
    assert sorted(seen) == [f"空气数据{number:02d}" for number in range(45)]
    assert titles(client.get(LIST + response.context["previous_url"])) == seen[20:40]


def test_a_changed_cursor_is_not_found(client, cast):
    assert client.get(LIST, {"cursor": "abc"}).status_code == 404


def test_nothing_found_offers_near_matches_and_the_list_without_filters(client, cast):
    make_entry(cast, title="公共汽车线路", abstract="线路", keywords="公交")
    near = client.get(LIST, {"q": "公共汽车票价"})
    assert near.context["total"] == 0
    assert [card.title for card in near.context["near"]] == ["公共汽车线路"]
    filtered = client.get(LIST, {"q": "线路", "domain": "health"})
    assert filtered.context["unfiltered"] == 1
    assert "domain" not in filtered.context["unfiltered_url"]


def test_nothing_near_is_said_too(client, cast):
    response = client.get(LIST, {"q": "！！"})
    assert response.context["near"] == []
    assert "没有找到" in response.content.decode()


def test_every_view_of_the_list_works_without_javascript(client, cast):
    make_entry(cast)
    page = client.get(LIST).content.decode()
    assert '<form class="filters" method="get" action="/catalogue/"' in page
    assert 'type="submit"' in page


def test_the_number_of_queries_does_not_grow(client, cast):
    def queries(**query):
        client.get(LIST, query)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(LIST, query).status_code == 200
        return len(seen)

    for number in range(3):
        make_entry(cast, f"3065/{number:04d}")
    few = queries(), queries(q="监测")
    for number in range(3, 30):
        make_entry(cast, f"3065/{number:04d}")
    assert (queries(), queries(q="监测")) == few
