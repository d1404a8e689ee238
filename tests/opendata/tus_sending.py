"""What the tests of uploads in pieces share: a resource, its registrar's client, and the words of the protocol."""

import base64

import pytest
from django.test import Client
from django.urls import reverse

from opendata import storage
from opendata.models import Upload
from opendata.services import resource_create
from portal.accounts.actors import Actor
from portal.limits import PIECES
from tests.factories import AIR, make_draft, now

CONTENT = AIR.encode()
SIZE = len(CONTENT)
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def place(cast):
    actor = Actor.of_user(cast.registrar)
    return resource_create(entry=make_draft(cast).entry, actor=actor, title="逐日数据", now=now())


@pytest.fixture
def sender(cast):
    client = Client()
    client.force_login(cast.registrar)
    return client


def told(**pairs):
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def begin(client, place, size=SIZE, name="空气.csv", **headers):
    given = {"Upload-Length": str(size), "Upload-Metadata": told(filename=name, resource=str(place.pk))}
    return client.post(reverse("api_tus"), headers={**TUS, **given, **headers})


def begun(client, place, size=SIZE, **more):
    answer = begin(client, place, size, **more)
    assert answer.status_code == 201
    return answer["Location"]


def send(client, address, content, offset=0, kind=PIECES, extra=None, **headers):
    sent = {**TUS, "Upload-Offset": str(offset), **headers}
    return client.patch(address, data=content, headers=sent, **{"CONTENT_TYPE": kind, **(extra or {})})


def state(client, address):
    answer = client.head(address, headers=TUS)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"]), int(answer["Upload-Length"])


def on_disk():
    return storage.incoming(Upload.objects.get().path).read_bytes()
