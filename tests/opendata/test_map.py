"""The map: a bounded FeatureCollection under the same permit as rows, and its drawing in a real browser."""

import json
import re

import pytest
from django.test import override_settings

from catalogue.availability import entry_suspend
from opendata import mapping
from opendata.mapping import extent_of, shape_of, thinned
from opendata.models import Use
from portal.accounts.actors import Actor
from tests.factories import CONDITIONAL, make_entry, make_grant, make_resource, now
from tests.opendata.places import STATIONS, make_places


@pytest.fixture
def places(cast):
    return make_places(cast, make_entry(cast))


def features(client, resource, query=""):
    return client.get(f"/resources/{resource.pk}/features.json?{query}")


def names(response):
    return [one["properties"]["name"] for one in json.loads(response.content)["features"]]


# --- the features ---


@pytest.mark.django_db
def test_the_data_s_own_geometry_as_geojson(client, places):
    response = features(client, places)
    assert response["Content-Type"] == "application/geo+json"
    found = json.loads(response.content)
    assert found["type"] == "FeatureCollection"
    assert [one["geometry"] for one in found["features"]] == [shape for _name, shape in STATIONS]
    assert found["features"][0] == {
        "type": "Feature",
        "id": 0,
        "geometry": {"type": "Point", "coordinates": [87.617, 43.825]},
        "properties": {"name": "乌鲁木齐站", "n": "1"},
    }
    assert found["bbox"] == [75.989, 39.467, 87.617, 43.825]
    assert found["cut"] is False
    assert found["unreadable"] == 0


@pytest.mark.django_db
def test_boxes_filters_and_limits_are_those_of_the_rows(client, places):
    assert names(features(client, places, "bbox=86,43,88,44")) == ["乌鲁木齐站"]
    assert names(features(client, places, "bbox=84,40,87,42")) == ["湖区", "公路"]
    assert names(features(client, places, "n__gte=2&n__lte=3&sort=-n&count=exact&select=n")) == ["喀什站", "湖区"]
    limited = features(client, places, "limit=2")
    assert names(limited) == ["乌鲁木齐站", "喀什站"]
    assert json.loads(limited.content)["cut"] is True
    for query in ("bbox=1,2,3", "n__gte=x", "limit=-1", "limit=99999999"):
        refused = features(client, places, query)
        assert refused.status_code == 422
        assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_the_box_of_the_map_narrows_the_rows_too(client, places):
    shown = client.get(f"/resources/{places.pk}/explore/?bbox=86,43,88,44&n__gte=1&limit=20")
    assert [row[0][0] for row in shown.context["answer"].rows] == ["乌鲁木齐站"]
    assert shown.context["builder"].box == "86,43,88,44"
    drawn = shown.context["map"]
    assert drawn.features_url.endswith("features.json?bbox=86%2C43%2C88%2C44&n__gte=1")
    assert drawn.explore_url.endswith("/explore/?n__gte=1&limit=20&bbox=")
    assert client.get(f"/resources/{places.pk}/explore/?group_by=name").context["map"] is None


@pytest.mark.django_db
def test_more_than_a_phone_can_draw_is_cut_and_said(client, cast, monkeypatch):
    line = {"type": "LineString", "coordinates": [[80 + n / 100_000, 40.0] for n in range(3_000)]}
    places = make_places(cast, make_entry(cast), [(f"r{n}", line) for n in range(30)])
    whole = json.loads(features(client, places).content)
    assert len(whole["features"]) == 30
    points = whole["features"][0]["geometry"]["coordinates"]
    assert len(points) < mapping.SCREEN + 2
    assert points[0] == [80.0, 40.0]
    assert points[-1] == [80.02999, 40.0]
    monkeypatch.setattr(mapping, "MOST_BYTES", 100_000)
    cut = json.loads(features(client, places).content)
    assert cut["cut"] is True
    assert 0 < len(cut["features"]) < 30
    monkeypatch.setattr(mapping, "MOST_READ", 1)
    monkeypatch.setattr(mapping, "FIRST_CHUNK", 4)
    monkeypatch.setattr(mapping, "MOST_BYTES", 5_000_000)
    few = json.loads(features(client, places).content)
    assert [len(few["features"]), few["cut"]] == [4, True]


@pytest.mark.django_db
def test_many_pages_make_one_map_in_order(client, cast, monkeypatch):
    point = {"type": "Point", "coordinates": [80, 40]}
    places = make_places(cast, make_entry(cast), [(f"r{n}", point) for n in range(50)])
    monkeypatch.setattr(mapping, "FIRST_CHUNK", 7)
    monkeypatch.setattr(mapping, "LARGEST_CHUNK", 11)
    assert names(features(client, places)) == [f"r{n}" for n in range(50)]
    assert json.loads(features(client, places, "limit=20").content)["cut"] is True
    assert len(names(features(client, places, "limit=20"))) == 20


@pytest.mark.django_db
def test_what_is_no_geometry_is_counted(client, cast):
    odd = [
        "not json",
        '{"type": "Point"}',
        '{"type": "Circle", "coordinates": [1, 2]}',
        '{"type": "Point", "coordinates": ["a", 1]}',
        "[1]",
    ]
    places = make_places(
        cast, make_entry(cast), [("good", STATIONS[0][1]), *((f"bad{n}", one) for n, one in enumerate(odd))]
    )
    found = json.loads(features(client, places).content)
    assert found["unreadable"] == len(odd)
    assert [one["geometry"] is None for one in found["features"]] == [False] + [True] * len(odd)


@pytest.mark.django_db
def test_the_map_is_under_the_permit(client, cast):
    entry = make_entry(cast, "3065/0002", **CONDITIONAL)
    places = make_places(cast, entry)
    refused = features(client, places)
    assert refused.status_code == 403
    assert refused.json()["article"] == 29
    make_grant(cast.applicant, entry, columns=["name", "geometry"], daily_rows=8)
    client.force_login(cast.applicant)
    drawn = features(client, places)
    assert set(json.loads(drawn.content)["features"][0]["properties"]) == {"name"}
    assert drawn["Cache-Control"] == "private, no-store"
    assert Use.objects.get().rows == 5
    assert json.loads(features(client, places).content)["cut"] is True
    spent = features(client, places)
    assert spent.status_code == 429
    assert int(spent["Retry-After"]) > 0
    assert client.get(f"/resources/{places.pk}/explore/").context["map"].ask
    entry_suspend(entry, actor=Actor.of_user(cast.officer), now=now(), note="核实中")
    for user in (cast.applicant, cast.registrar):
        client.force_login(user)
        assert features(client, places).json()["article"] == 30


@pytest.mark.django_db
def test_a_grant_without_the_geometry_has_no_map(client, cast):
    entry = make_entry(cast, "3065/0002", **CONDITIONAL)
    places = make_places(cast, entry)
    make_grant(cast.applicant, entry, columns=["name"])
    client.force_login(cast.applicant)
    assert features(client, places).status_code == 404
    assert client.get(f"/resources/{places.pk}/").context["map"] is None


@pytest.mark.django_db
def test_data_without_geometry_has_no_map(client, cast):
    resource = make_resource(cast, make_entry(cast))
    assert features(client, resource).status_code == 404
    assert "data-map" not in client.get(f"/resources/{resource.pk}/").content.decode()


@pytest.mark.django_db
def test_geojson_that_was_uploaded_becomes_a_map(client, cast):
    drawn = [
        {"type": "Feature", "properties": {"name": name, "code": f"0{number}"}, "geometry": shape}
        for number, (name, shape) in enumerate(STATIONS)
    ]
    data = json.dumps({"type": "FeatureCollection", "features": drawn})
    resource = make_resource(cast, make_entry(cast), data, "places.geojson")
    found = json.loads(features(client, resource, "bbox=84,40,87,42").content)["features"]
    assert [one["properties"] for one in found] == [{"name": "湖区", "code": "02"}, {"name": "公路", "code": "03"}]
    assert [one["geometry"] for one in found] == [STATIONS[2][1], STATIONS[3][1]]
    assert "data-map" in client.get(f"/resources/{resource.pk}/").content.decode()


# --- shapes ---


def test_shapes_of_every_kind_are_thinned_and_keep_their_form():
    ring = [[0, 0, 5], [0.1, 0.0, 5], [0.2, 0.1, 5], [0.1, 0.2, 5], [0, 0, 5]]
    tiny = thinned({"type": "Polygon", "coordinates": [ring]}, 10)["coordinates"][0]
    assert len(tiny) >= 4
    assert tiny[0] == tiny[-1] == [0, 0]
    assert all(len(position) == 2 for position in tiny)
    several = {"type": "MultiPolygon", "coordinates": [[ring], [ring]]}
    assert [len(one[0]) for one in thinned(several, 10)["coordinates"]] == [4, 4]
    points = {"type": "MultiPoint", "coordinates": [[1.12345678, 2], [1.12345679, 2]]}
    assert thinned(points, 10)["coordinates"] == [[1.123457, 2], [1.123457, 2]]
    both = {"type": "GeometryCollection", "geometries": [points, several]}
    assert [one["type"] for one in thinned(both, 0)["geometries"]] == ["MultiPoint", "MultiPolygon"]
    assert extent_of([both]) == (0, 0, 1.12345679, 2)
    assert extent_of([]) is None
    assert extent_of([{"type": "LineString", "coordinates": []}]) is None
    assert shape_of('{"type": "LineString", "coordinates": [[1, 2], [3]]}') is None


# --- base map ---


@pytest.mark.django_db
def test_without_a_key_no_other_host_is_named_and_the_page_says_why(client, places):
    response = client.get(f"/resources/{places.pk}/")
    html = response.content.decode()
    assert "tianditu" not in html
    assert "tianditu" not in response["Content-Security-Policy"]
    assert "审图号" in html
    assert "worker-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_with_a_key_tianditu_is_drawn_with_its_number(client, places):
    with override_settings(TIANDITU_KEY="abc123def", TIANDITU_NOTE="GS(2099)0000号"):
        response = client.get(f"/resources/{places.pk}/")
    html = response.content.decode()
    tiles = re.search(r'data-tiles="([^"]*)"', html)[1].split()
    assert len(tiles) == 2
    assert all(re.fullmatch(r"https://t\d\.tianditu\.gov\.cn/\w+/wmts\?.*tk=abc123def", one) for one in tiles)
    assert "GS(2099)0000号" in html


# --- in a browser ---


@pytest.fixture
def watched(page):
    """Gives the tab with what it complained of: errors, and anything the security policy stopped."""
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    return page, said


def test_the_map_is_drawn_clicked_and_narrows_the_rows(live_server, cast, watched):
    page, said = watched
    places = make_places(cast, make_entry(cast))
    page.goto(f"{live_server.url}/resources/{places.pk}/explore/")
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-map][data-drawn]")
    assert page.locator("[data-map-state]").inner_text() == "已显示 4 个要素。"
    assert re.search(r"\d+°E", page.locator("[data-map-degrees]").inner_text())
    page.locator("[data-map-list] summary").click()
    page.locator("[data-map-list] tbody tr", has_text="喀什站").get_by_role("button").press("Enter")
    assert "喀什站" in page.locator("[data-map-row]").inner_text()
    assert page.evaluate("document.activeElement.hasAttribute('data-map-row')")
    page.wait_for_selector("[data-map-within][href*='bbox=75']")
    page.locator("[data-map-canvas] canvas").click()
    assert "喀什站" in page.locator("[data-map-row]").inner_text()
    page.locator("[data-map-within]").click()
    page.wait_for_url("**bbox=75**")
    cells = page.locator("#answer table").first.locator("tbody tr td:first-child").all_inner_texts()
    assert cells == ["喀什站"]
    assert said == []


def test_without_webgl_the_features_are_a_list(live_server, cast, watched):
    page, said = watched
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    places = make_places(cast, make_entry(cast))
    page.goto(f"{live_server.url}/resources/{places.pk}/")
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-map-fallback]:not([hidden])")
    page.locator("[data-map-list] summary").click()
    page.locator("[data-map-list] tbody button").first.press("Enter")
    assert "乌鲁木齐站" in page.locator("[data-map-row]").inner_text()
    assert not page.locator("[data-map-frame]").is_visible()
    assert said == []
