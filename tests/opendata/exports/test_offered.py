"""GeoJSON is offered where there is geometry to draw: on the page, in the API's links, and nowhere else."""

import json

import pytest
from django.urls import reverse

from tests.factories import CONDITIONAL, make_entry, make_grant, make_key, make_resource
from tests.opendata.places import STATIONS, make_places

pytestmark = pytest.mark.django_db


def offers(client, resource, **asked):
    """Where GeoJSON is offered: in the resource's links, its version's, and on its page."""
    links = client.get(reverse("api_resource", args=[resource.pk]), **asked).json()["links"]
    version = client.get(f"/api/v1/resources/{resource.pk}/versions/1/", **asked).json()["links"]
    page = client.get(reverse("opendata:resource", args=[resource.pk])).content.decode()
    return "download_geojson" in links, "download_geojson" in version, "format=geojson" in page


@pytest.mark.parametrize("name", ["opendata:download", "api_download"])
def test_the_file_of_a_resource_with_geometry(client, cast, name):
    resource = make_places(cast, make_entry(cast))
    assert offers(client, resource) == (True, True, True)
    response = client.get(reverse(name, args=[resource.pk]), {"format": "geojson"})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/geo+json"
    assert ".geojson" in response["Content-Disposition"]
    found = json.loads(b"".join(response.streaming_content))
    assert [one["geometry"] for one in found["features"]] == [shape for _name, shape in STATIONS]
    assert found["features"][0]["properties"] == {"name": "乌鲁木齐站", "n": 1}


@pytest.mark.parametrize("name", ["opendata:download", "api_download"])
def test_another_table_is_refused_with_a_sentence(client, cast, name):
    resource = make_resource(cast, make_entry(cast))
    assert offers(client, resource) == (False, False, False)
    response = client.get(reverse(name, args=[resource.pk]), {"format": "geojson"}, headers={"Accept-Language": "en"})
    assert response.status_code == 422
    assert "geometry column" in response.content.decode()


def test_a_grant_without_the_geometry_does_not_offer_it(client, cast):
    entry = make_entry(cast, **CONDITIONAL)
    resource = make_places(cast, entry)
    _key, secret = make_key(cast.applicant, make_grant(cast.applicant, entry, columns=["name"]))
    who = {"headers": {"X-API-Key": secret}}
    assert offers(client, resource, **who)[0] is False
    address = reverse("api_download", args=[resource.pk])
    assert client.get(address, {"format": "geojson"}, **who).status_code == 422
    given = client.get(address, {"format": "csv"}, **who)
    assert b"".join(given.streaming_content).startswith(b'"name"')
