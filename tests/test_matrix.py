"""Walks the permission matrix: every route × method × persona × object state (tests/matrix.py)."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from catalogue.availability import entry_suspend
from catalogue.models import Entry
from opendata.models import Resource
from opendata.uploads import upload_create
from portal.accounts.actors import Actor
from portal.audit.models import Event
from requests_app.services.applications import application_create
from requests_app.services.attachments import attachment_add
from requests_app.services.commands import Given, application_command
from tests.events_personal import record_begun
from tests.factories import (
    AIR,
    CONDITIONAL,
    make_draft,
    make_entry,
    make_export,
    make_grant,
    make_key,
    make_resource,
    now,
    read_upload,
)
from tests.matrix import NOT_WALKED, PERSONAS, ROWS, Row
from tests.requests_app.application_cases import ask_identity, verify
from tests.requests_app.report_cases import send

pytestmark = pytest.mark.django_db


def routes(resolver: Any, space: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}"
        else:
            yield from routes(one, f"{space}{one.namespace}:" if one.namespace else space)


def make_world(cast) -> dict[str, str]:
    """Makes one object of each kind and state that the rows ask about; returns their names in addresses."""
    open_entry = make_entry(cast, "3065/0001")
    conditional = make_entry(cast, "3065/0002", **CONDITIONAL)
    assert open_entry.published is not None
    draft = make_draft(cast, "3065/0003", title="尚未发布的目录")
    suspended = make_entry(cast, "3065/0004")
    resources = {
        "open_resource": make_resource(cast, open_entry),
        "conditional_resource": make_resource(cast, conditional),
        "draft_resource": make_resource(cast, draft.entry),
        "suspended_resource": make_resource(cast, suspended),
    }
    changed = AIR.replace("pm25", "pm2_5") + "0199D,2026-05-04\n"
    exports = {
        name.replace("resource", "export"): make_export(resource, Actor.of_user(cast.auditor))
        for name, resource in resources.items()
    }
    waiting = read_upload(cast, resources["conditional_resource"], changed).version
    entry_suspend(Entry.objects.get(pk=suspended.pk), actor=Actor.of_user(cast.handler), now=now(), note="核实")
    verify(cast, cast.applicant)
    grant = make_grant(cast.applicant, conditional)
    key, secret = make_key(cast.applicant, grant)
    applicant = Actor.of_user(cast.applicant)
    application = application_create(
        actor=applicant,
        entries=[conditional],
        fields={
            "scenario": "research",
            "purpose": "研究空气质量",
            "starts_on": timezone.localdate(),
            "ends_on": timezone.localdate() + dt.timedelta(days=100),
            "safeguards": "专人专机",
        },
        now=now(),
    )
    file = attachment_add(application, actor=applicant, filename="方案.pdf", chunks=[b"%PDF-1.4 demo"], now=now())
    application_command(application, "submit", actor=applicant, now=now(), given=Given())
    report, _secret = send(open_entry)
    made = record_begun(cast, resources["conditional_resource"])
    pending = ask_identity(cast.stranger, serial=7)
    registrar = Actor.of_user(cast.registrar)
    upload = upload_create(
        resource=resources["open_resource"], actor=registrar, filename="air.csv", size=10, now=timezone.now()
    )
    return {
        "open_code": open_entry.code,
        "conditional_code": conditional.code,
        "draft_code": draft.entry.code,
        "suspended_code": suspended.code,
        "open_entry": str(open_entry.pk),
        "draft_entry": str(draft.entry.pk),
        "suspended_entry": str(suspended.pk),
        "open_version": str(open_entry.published.pk),
        "draft_version": str(draft.pk),
        **{name: str(one.pk) for name, one in (resources | exports).items()},
        "grant": str(grant.pk),
        "key": str(key.pk),
        "secret": secret,
        "soon": (now() + dt.timedelta(days=5)).isoformat(),
        "application": application.receipt,
        "attachment": str(file.pk),
        "report": report.receipt,
        "identity": str(pending.pk),
        "department": cast.department.code,
        "waiting_version": str(waiting.pk),
        "deidentification": str(made.pk),
        "job": str(resources["open_resource"].jobs.get().pk),
        "upload": str(upload.pk),
        "tus_open": told(resources["open_resource"]),
        "tus_draft": told(resources["draft_resource"]),
        "event": str(Event.objects.latest("pk").pk),
    }


def told(resource: Resource) -> str:
    """Returns the metadata with which an upload in pieces begins."""
    words = {"filename": "air.csv", "resource": str(resource.pk)}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())


def address(row: Row, world: dict[str, str]) -> str:
    """Returns the row's address; a word that names no object of the world stands for itself."""
    return reverse(row.route, args=[world.get(word, word) for word in row.args.split()])


def sent(row: Row, world: dict[str, str]) -> dict[str, Any]:
    """Returns what the row sends, with the world's names put in; a `file` is a small CSV."""
    found: dict[str, Any] = {}
    for name, value in row.data.items():
        found[name] = [world.get(one, one) for one in value] if isinstance(value, list) else world.get(value, value)
    if "file" in found:
        found["file"] = SimpleUploadedFile(found["file"], b"station,pm25\n0164A,12.5\n")
    return found


def make_clients(cast, world: dict[str, str]) -> dict[str, Client]:
    """Signs every persona in, once."""
    clients = {persona: Client() for persona in PERSONAS}
    for persona, client in clients.items():
        if persona == "key":
            client.defaults["HTTP_X_API_KEY"] = world["secret"]
        elif persona != "visitor":
            client.force_login(getattr(cast, persona))
    return clients


def ask(client: Client, world: dict[str, str], row: Row, persona: str) -> int:
    """Asks as the persona and takes everything back; a refusal must have left no event."""
    events = Event.objects.count()
    with transaction.atomic():
        more: dict[str, Any] = {}
        if row.method != "get":
            more["data"] = sent(row, world)
            if row.route.startswith("api_") and "file" not in row.data:
                more["content_type"] = "application/json"
        if row.headers:
            more["headers"] = {name: world.get(value, value) for name, value in row.headers.items()}
        response = getattr(client, row.method)(address(row, world), **more)
        if response.streaming:
            b"".join(response.streaming_content)
        if response.status_code >= 400:
            assert Event.objects.count() == events, f"{row} refused {persona} and left an event"
        transaction.set_rollback(True)
    return int(response.status_code)


def test_every_route_has_its_row():
    walked = {row.route for row in ROWS} | set(NOT_WALKED)
    known = set(routes(get_resolver()))
    assert known - walked == set(), "routes without a row in tests/matrix.py"
    assert walked - known == set(), "rows without a route"


@pytest.mark.timeout(600)
def test_every_persona_gets_what_the_matrix_says(cast):
    world = make_world(cast)
    clients = make_clients(cast, world)
    wrong = []
    for row in ROWS:
        for persona in PERSONAS:
            got = ask(clients[persona], world, row, persona)
            if got != row.status(persona):
                wrong.append(f"{row}: {persona} got {got}, the matrix says {row.status(persona)}")
    assert not wrong, "\n".join(wrong)
