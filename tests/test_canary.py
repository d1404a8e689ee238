"""The canary crawl: a secret in every private place, every route walked; no secret may come out by any door.

Whoever may see a thing by office is not asked about it: the walkers are a visitor, a citizen, a program with a key for
other data, and the registrar of another department.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from catalogue.querysets import EntryQuerySet, EntryVersionQuerySet
from opendata.querysets import ResourceQuerySet
from tests.canary_world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

# By which name of the world a route's own words are filled. A new route without its row fails the walk.
WORDS: dict[str, str] = {
    "requests:identity_number": "identity",
    "requests:identity_decide": "decide",
    "requests:report_new": "code",
    "requests:report": "report",
    "requests:report_not_solved": "report",
    "requests:desk_report": "report",
    "requests:report_command": "report_command",
    "requests:apply": "code",
    "requests:application_edit": "application",
    "requests:attachment_new": "application",
    "requests:attachment": "attachment",
    "requests:attachment_remove": "attachment",
    "requests:application": "application",
    "requests:agreement": "application",
    "requests:application_command": "application_command",
    "opendata:resource": "resource",
    "opendata:versions": "resource",
    "opendata:version": "resource_number",
    "opendata:version_latest": "resource",
    "opendata:version_confirm": "data_version",
    "opendata:version_discard": "data_version",
    "opendata:version_refused": "data_version",
    "opendata:resource_settings": "resource",
    "opendata:resource_retire": "resource",
    "opendata:explore": "resource",
    "opendata:features": "resource",
    "opendata:download": "resource",
    "opendata:export": "export",
    "opendata:resource_new": "entry",
    "opendata:upload": "resource",
    "opendata:job": "job",
    "opendata:personal": "resource_number",
    "opendata:deidentify_new": "resource_number",
    "opendata:deidentification": "deidentification",
    "opendata:deidentification_measurements": "deidentification",
    "opendata:deidentification_command": "deidentification_command",
    "api_version_personal": "resource_number",
    "api_version_deidentify": "resource_number",
    "api_deidentification": "deidentification",
    "api_deidentification_command": "deidentification_command",
    "opendata:grant": "grant",
    "opendata:grant_command": "grant_command",
    "opendata:key_revoke": "key",
    "entries:open_version": "entry",
    "entries:version": "version",
    "entries:edit": "version",
    "entries:command": "version_command",
    "entries:availability": "entry entry_command",
    "audit:event": "event",
    "site:department": "department",
    "catalogue:detail": "code",
    "opendata:entry_zip": "code",
    "account_confirm_email": "letter",
    "account_reset_password_from_key": "reset",
    "api_identity_decide": "decide",
    "api_report": "report",
    "api_report_command": "report_command",
    "api_application": "application",
    "api_application_files": "application",
    "api_application_command": "application_command",
    "api_resource": "resource",
    "api_rows": "resource",
    "api_query": "resource",
    "api_download": "resource",
    "api_export": "export",
    "api_resource_openapi": "resource",
    "api_resource_versions": "resource",
    "api_resource_version": "resource_number",
    "api_resource_version_confirm": "resource_number",
    "api_resource_version_discard": "resource_number",
    "api_resource_version_refused": "resource_number",
    "api_resource_settings": "resource",
    "api_read_again": "resource",
    "api_retire": "resource",
    "api_quality": "resource",
    "api_uploads": "resource",
    "api_tus_upload": "upload",
    "api_grant_command": "grant_command",
    "api_key": "key",
    "api_entry_resources": "code",
    "api_job": "job",
    "api_version_command": "numbered_command",
    "api_version": "numbered",
    "api_entry_versions": "code",
    "api_entry_command": "code_command",
    "api_entry": "code",
    "api_entry_zip": "code",
    "api_department": "department",
    "api_code_list": "list",
}
# What a route takes after the question mark that could open another door.
QUERIES: dict[str, tuple[str, ...]] = {
    "opendata:download": ("format=original", "format=csv", "format=json", "format=xlsx", "format=parquet"),
    "api_download": ("format=original", "format=csv", "format=ndjson"),
    "opendata:entry_zip": ("original=1",),
    "opendata:resource": ("preview=1",),
    "opendata:explore": ("limit=100&count=exact", "nonsense=1"),
    "api_rows": ("limit=100&count=exact",),
    "entries:list": ("state=draft", "state=suspended"),
    "requests:report_list": ("show=all",),
    "requests:identities": ("show=decided",),
    "requests:report_new": ("row=2",),
    "catalogue:list": ("sort=newest", "domain=environment"),
}


def routes(resolver: Any, space: str = "") -> Iterator[tuple[str, bool]]:
    """Yields every named route, and whether it takes words in its address."""
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}", bool(one.pattern.converters or one.pattern.regex.groups)
        else:
            yield from routes(one, f"{space}{one.namespace}:" if one.namespace else space)


def addresses(world: World, *, everything: bool = True) -> list[str]:
    """Returns the address of every route with every object of the world that fits it, and the questions it takes."""
    found: list[str] = []
    for name, takes in sorted(set(routes(get_resolver()))):
        assert not takes or name in WORDS, f"{name} takes words: say in WORDS which"
        args = [args for kind in WORDS[name].split() for args in world.names[kind]] if takes else [()]
        plain = [reverse(name, args=one) for one in args]
        queries = QUERIES.get(name, ())[: None if everything else 1]
        found += plain + [f"{address}?{query}" for address in plain for query in queries]
    return found


def unpacked(body: bytes) -> bytes:
    """Returns what came, and of a ZIP or a workbook the names and the content as well, which are packed in it."""
    if not body.startswith(b"PK"):
        return body
    with ZipFile(BytesIO(body)) as archive:
        return b"\n".join([body, *(one.encode() + b"\n" + archive.read(one) for one in archive.namelist())])


@dataclass
class Walker:
    """Someone who walks through the site and looks for secrets in all that comes back."""

    name: str
    client: Client
    secrets: dict[str, str]
    leaks: list[str] = field(default_factory=list)
    asked: int = 0

    def get(self, address: str, *, but: str = "") -> Any:
        response: Any = self.client.get(address)
        self.asked += 1
        body = b"".join(response.streaming_content) if response.streaming else response.content
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        head += "\n".join(cookie.OutputString() for cookie in response.cookies.values())
        assert response.status_code < 500, f"{self.name} {address}: {response.status_code}"
        self.look(unpacked(body), f"{self.name} GET {address} -> {response.status_code}", but)
        self.look(head.encode(), f"{self.name} GET {address} -> {response.status_code}, in a header", but)
        return response

    def look(self, told: bytes, where: str, but: str = "") -> None:
        text = told.decode("utf-8", errors="replace")
        plain = text + unquote(text) + re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
        self.leaks += [f"{name}: {where}" for name, secret in self.secrets.items() if secret != but and secret in plain]


def make_walkers(cast: Any, world: World) -> list[Walker]:
    key, citizen, registrar = Client(), Client(), Client()
    key.defaults["HTTP_AUTHORIZATION"] = f"Bearer {world.key_secret}"
    citizen.force_login(cast.citizen)
    registrar.force_login(cast.other_registrar)
    others = {name: secret for name, secret in world.secrets.items() if name not in world.of_other_department}
    return [
        Walker("visitor", Client(), world.secrets),
        Walker("citizen", citizen, world.secrets),
        Walker("key", key, world.secrets),
        Walker("registrar of another department", registrar, others),
    ]


def logged(caplog: Any, world: World) -> list[str]:
    """Returns which secrets stand in the log, the keys and secrets told once included."""
    text = "\n".join(f"{record.getMessage()} {record.exc_text or ''} {record.__dict__}" for record in caplog.records)
    whole = world.secrets | {"the API key": world.key_secret, "the report's secret": world.report_secret}
    return [f"{name}: in the log" for name, secret in whole.items() if secret in text]


# What no page of anybody shows: sealed or kept as a hash only, told once, or in a file that was not read yet.
SHOWN_TO_NOBODY = {"identity number", "another's key", "report secret", "waiting cell"}


def test_those_in_office_do_see_the_secrets(cast):
    """Proves that the canaries sit where pages draw from, and that the crawl would see them."""
    world = make_world(cast)
    unseen = set(world.secrets)
    for person in (cast.officer, cast.auditor, cast.registrar, world.applicant, cast.other_registrar, cast.handler):
        client = Client()
        client.force_login(person)
        walker = Walker(person.email, client, world.secrets)
        for address in addresses(world, everything=False):
            if unseen > SHOWN_TO_NOBODY:
                walker.get(address)
                unseen -= {leak.split(": ")[0] for leak in walker.leaks}
    assert unseen == SHOWN_TO_NOBODY


def test_no_secret_comes_out_by_any_route(cast, caplog):
    caplog.set_level(logging.INFO)
    world = make_world(cast)
    whole = addresses(world)
    assert len(whole) > 200
    leaks: list[str] = []
    for walker in make_walkers(cast, world):
        for address in whole:
            if walker.name != "key" or address.startswith("/api/"):
                walker.get(address)
        leaks += walker.leaks
    assert leaks + logged(caplog, world) == []


SEARCHES = ("/api/v1/entries/", "/api/v1/entries/facets/", "/catalogue/", "/departments/")


def test_searching_for_a_secret_finds_nothing_and_suggests_nothing(cast, caplog):
    caplog.set_level(logging.INFO)
    world = make_world(cast)
    visitor, *_others, registrar = make_walkers(cast, world)
    for secret in sorted(set(visitor.secrets.values())):
        listed = visitor.get(f"/api/v1/entries/?q={secret}", but=secret).json()
        assert (listed["count"], listed["results"]) == (0, []), secret
        facets = visitor.get(f"/api/v1/entries/facets/?q={secret}", but=secret).json()
        assert not any(option["count"] for facet in facets for option in facet["options"]), secret
    # Half a word, as one types it: nothing may complete it. The rows' own numbers are words as well.
    for half in sorted({secret[:-4] for secret in visitor.secrets.values()}):
        visitor.get(f"/catalogue/?q={half}")
    for walker in (visitor, registrar):
        for address in SEARCHES:
            walker.get(f"{address}?q=zqx")
    page = visitor.get(f"/catalogue/?q={world.secrets['draft title']}", but=world.secrets["draft title"])
    assert page.context["total"] == 0
    assert visitor.leaks + registrar.leaks + logged(caplog, world) == []


def test_what_is_not_found_repeats_nothing_of_what_was_asked(cast, client):
    word = "zqxechoedword"
    for address in (
        f"/{word}/",
        f"/{word}/?next={word}",
        f"/catalogue/{word}/",
        f"/catalogue/{word}/report/",
        f"/apply/{word}/",
        f"/departments/{word}/",
        f"/resources/{word}/",
        f"/api/v1/{word}/",
        f"/api/v1/entries/{word}/",
        f"/api/v1/entries/{word}/versions/1/",
        f"/api/v1/resources/{word}/rows/",
        f"/api/v1/reports/{word}/",
        f"/api/v1/codes/{word}/",
        f"/api/v1/departments/{word}/",
        f"/static/{word}.css",
    ):
        answer = client.get(address)
        assert answer.status_code == 404, address
        assert word.encode() not in answer.content.lower(), address
        assert word not in str(answer.headers).lower(), address


def test_the_walk_notices_a_leak(cast, monkeypatch):
    """Opens a door on purpose: the crawl would be worth nothing if it passed then, too."""
    world = make_world(cast)
    routes_of = {
        EntryQuerySet: "api_entry",
        EntryVersionQuerySet: "api_entry_versions",
        ResourceQuerySet: "api_resource",
    }
    for queryset, name in routes_of.items():
        with monkeypatch.context() as opened:
            opened.setattr(EntryQuerySet, "visible_to", lambda self, actor: self.all())
            opened.setattr(queryset, "visible_to", lambda self, actor: self.all())
            visitor = make_walkers(cast, world)[0]
            for args in world.names["resource" if name == "api_resource" else "code"]:
                visitor.get(reverse(name, args=args))
            assert visitor.leaks, name
