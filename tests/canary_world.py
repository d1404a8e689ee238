"""A world with a secret word in every private place, for the canary crawl."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from catalogue.availability import entry_suspend, entry_withdraw
from catalogue.models import Entry
from catalogue.services import entry_create, version_command, version_open, version_update
from opendata import draw, drawfiles
from opendata.models import Export, Resource, ResourceVersion
from opendata.permits import permit_for
from opendata.rows import Query
from opendata.services import resource_create, upload_receive
from opendata.uploads import upload_create
from portal.accounts.actors import Actor
from portal.accounts.models import User
from portal.audit.models import Event
from portal.law import RULES
from requests_app.services.applications import application_create
from requests_app.services.attachments import attachment_add
from requests_app.services.commands import Given, application_command
from requests_app.services.identity import identity_decide, identity_request
from requests_app.services.report_intake import report_submit
from tests.events_personal import record_begun
from tests.factories import (
    CONDITIONAL,
    ELEMENTS,
    entry_fields,
    make_draft,
    make_entry,
    make_export,
    make_grant,
    make_key,
    make_resource,
    make_user,
    now,
    read_upload,
)
from tests.requests_app.application_cases import citizen_number, region, register

Args = tuple[Any, ...]
SEEN_EVENTS = ("catalogue.entry.withdrawn", "requests.report.submitted", "requests.application.returned")


@dataclass
class World:
    """The secrets by the place they lie in, and the words that fill the routes' addresses."""

    secrets: dict[str, str]
    of_other_department: set[str]
    names: dict[str, list[Args]]
    key_secret: str
    report_secret: str
    applicant: User


class Canaries:
    """Gives out one word for each place, such as none could stand anywhere by chance."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self._numbers = itertools.count(1001)

    def __call__(self, place: str) -> str:
        """Returns the place's own word."""
        return self.words.setdefault(place, f"zqx{''.join(place.split())}{next(self._numbers)}wv")


def make_world(cast: Any) -> World:
    """Makes the world through the real services."""
    secret = Canaries()
    entries, versions, resources = _catalogue(cast, secret)
    other = _other_department(cast, secret)
    application, attachment, identity, organisation, grant = _case(cast, secret, entries["conditional"])
    key, key_secret = make_key(cast.stranger, make_grant(cast.stranger, entries["for the key"], "XY-9"))
    report, report_secret = _report(secret, entries["open"], resources["open"])
    made = record_begun(cast, resources["draft"], title=secret("result of de-identification"))
    coming = upload_create(
        resource=resources["empty"],
        actor=Actor.of_user(cast.registrar),
        filename=f"{secret('half uploaded filename')}.csv",
        size=10,
        now=timezone.now(),
    )
    jobs = [job for resource in resources.values() for job in resource.jobs.all()]
    codes = [entry.code for entry in [*entries.values(), other.entry]]
    numbers = [(version.entry.code, version.number) for version in [*versions, other]]
    every: dict[str, list[Args]] = {
        "code": [(code,) for code in codes],
        "code_command": [(codes[0], "suspend")],
        "numbered": numbers,
        "numbered_command": [(*numbers[0], "submit")],
        "entry": [(entry.pk,) for entry in [*entries.values(), other.entry]],
        "entry_command": [(entries["open"].pk, "suspend")],
        "version": [(version.pk,) for version in [*versions, other]],
        "version_command": [(version.pk, "submit") for version in versions],
        "resource": [(resource.pk,) for resource in resources.values()],
        "resource_number": [(resource.pk, number) for resource in resources.values() for number in (1, 2)],
        "data_version": [(pk,) for pk in ResourceVersion.objects.values_list("pk", flat=True)],
        "export": [(pk,) for pk in Export.objects.values_list("pk", flat=True)],
        "job": [(job.pk,) for job in jobs],
        "upload": [(coming.pk,)],
        "deidentification": [(made.pk,)],
        "deidentification_command": [(made.pk, "approve"), (made.pk, "return")],
        "grant": [(grant.pk,)],
        "grant_command": [(grant.pk, "revoke")],
        "key": [(key.pk,)],
        "application": [(application.receipt,)],
        "application_command": [(application.receipt, name) for name in ("withdraw", "accept", "sign")],
        "attachment": [(attachment.pk,)],
        "identity": [(identity.pk,)],
        "decide": [("person", identity.pk, "verify"), ("organisation", organisation.pk, "reject")],
        "report": [(report.receipt,)],
        "report_command": [(report.receipt, "accept")],
        "event": [(event.pk,) for event in Event.objects.filter(action__in=SEEN_EVENTS)],
        "department": [(cast.department.code,), (cast.other_department.code,)],
        "list": [(one.name,) for one in RULES.code_lists],
        "letter": [("AAAA",)],
        "reset": [("a1", "set-password")],
    }
    theirs = {place for place in secret.words if place.startswith("other department")}
    return World(secret.words, theirs, every, key_secret, report_secret, application.applicant)


# --- Catalogue and data ----------------------------------------------------------------------------------------------


def _catalogue(cast: Any, secret: Canaries) -> tuple[dict[str, Entry], list[Any], dict[str, Resource]]:
    registrar, reviewer = Actor.of_user(cast.registrar), Actor.of_user(cast.reviewer)
    entries = {
        "open": make_entry(cast, "1/1"),
        "conditional": make_entry(cast, "1/2", **CONDITIONAL),
        "for the key": make_entry(cast, "1/3", **CONDITIONAL),
        "held": make_entry(cast, "1/4"),
    }
    make_resource(cast, entries["for the key"])
    draft = _draft(cast, secret)
    version_command(draft, "submit", actor=registrar, now=now())
    version_command(draft, "department_return", actor=reviewer, now=now(), note=secret("return reason"))
    entries["draft"] = draft.entry
    second = version_open(entries["open"], actor=registrar, now=now())
    version_update(
        second,
        actor=registrar,
        fields={"title": secret("second title"), "change_note": secret("change note")},
        elements=[{"name": secret("second element"), "type": "text"}],
        now=now(),
    )
    for command, user, given in (
        ("submit", cast.registrar, {}),
        ("department_approve", cast.reviewer, {"note": secret("approval remark")}),
        ("secrecy_approve", cast.secrecy, {"conclusion": secret("secrecy conclusion")}),
    ):
        version_command(second, command, actor=Actor.of_user(user), now=now(), **given)
    resources = {
        "open": make_resource(cast, entries["open"]),
        "conditional": _data(cast, secret, entries["conditional"], "conditional", names=False),
        "draft": _data(cast, secret, draft.entry, "draft data", names=True),
        "held": _data(cast, secret, entries["held"], "held", names=False),
        "empty": _unread(cast, secret, entries["open"]),
    }
    for name in ("conditional", "draft"):
        make_export(resources[name], Actor.of_user(cast.registrar))
    _waiting(cast, secret, resources["open"])
    _hold(cast, secret, entries["held"], resources["held"])
    entries["gone"] = _withdrawn(cast, secret)
    return entries, [draft, second], resources


def _draft(cast: Any, secret: Canaries) -> Any:
    places = ("title", "title_en", "abstract", "abstract_en", "keywords", "open_scope", "open_content", "contact")
    fields = {name: secret(f"draft {name}") for name in (*places, "open_condition", "legal_basis", "theme")}
    elements = [{"name": secret("draft element"), "meaning": secret("draft meaning"), "type": "text", "unit": "m"}]
    return make_draft(cast, "1/5", elements, **{**fields, "open_class": "conditional"})


def _data(cast: Any, secret: Canaries, entry: Entry, place: str, *, names: bool) -> Resource:
    """Attaches a file whose values are secret; `names`: title, file name and column names as well."""
    low, high, text = secret(f"{place} least"), secret(f"{place} most"), secret(f"{place} cell")
    column = secret(f"{place} column") if names else "station"
    table = f"{column},note,value\n{low},{text},918273645.25\n{high},{text},{9182736450}\n"
    resource = resource_create(
        entry=entry,
        actor=Actor.of_user(cast.registrar),
        title=secret(f"{place} resource") if names else "逐日数据",
        description=secret(f"{place} description") if names else "",
        now=now(),
    )
    read_upload(cast, resource, table, f"{secret(f'{place} filename')}.csv" if names else "air.csv")
    secret.words[f"{place} figure"] = "918273645.25"
    return Resource.objects.get(pk=resource.pk)


def _unread(cast: Any, secret: Canaries, entry: Entry) -> Resource:
    """Attaches a resource whose one file was refused and whose other waits, to an entry that is open."""
    registrar = Actor.of_user(cast.registrar)
    resource = resource_create(
        entry=entry, actor=registrar, title=secret("empty resource"), description=secret("empty words"), now=now()
    )
    read_upload(cast, resource, f"a,b\n{secret('refused cell')}\n", f"{secret('refused filename')}.csv")
    upload_receive(
        resource=resource,
        actor=registrar,
        filename=f"{secret('waiting filename')}.csv",
        chunks=[f"a\n{secret('waiting cell')}\n".encode()],
        now=now(),
    )
    return resource


def _waiting(cast: Any, secret: Canaries, resource: Resource) -> None:
    """Uploads a file that waits for a decision: another column, a value, a row that could not be read."""
    column, cell, refused = secret("waiting column"), secret("waiting value"), secret("waiting refused row")
    table = f"station,{column}\n0164A,{cell}\n{refused}\n"
    job = read_upload(cast, resource, table, f"{secret('waiting version filename')}.csv")
    assert set(job.version.held_for) == {"schema_changed", "rows_refused"}


def _hold(cast: Any, secret: Canaries, entry: Entry, resource: Resource) -> None:
    """Draws the data as a visitor does, so that what is kept ready for readers exists; then suspends the entry."""
    found = Resource.objects.select_related("entry__published", "entry__provider", "current").get(pk=resource.pk)
    visitor, today = Actor.visitor("203.0.113.9"), timezone.localdate()
    permit = draw.permit_required(visitor, found, today=today)
    for kind in ("rows", "preview"):
        draw.rows_page(permit, lambda columns, scope: Query(limit=10), actor=visitor, now=now(), kind=kind)
    for fmt in ("original", "csv", "json"):
        drawfiles.download(permit, fmt, actor=visitor, now=now())
    entry_suspend(Entry.objects.get(pk=entry.pk), actor=Actor.of_user(cast.handler), now=now(), note="正在核实")
    assert not permit_for(visitor, Resource.objects.get(pk=resource.pk), today=today)


def _withdrawn(cast: Any, secret: Canaries) -> Entry:
    entry = make_entry(cast, "1/6", title=secret("withdrawn title"), abstract=secret("withdrawn abstract"))
    reason = secret("withdrawal reason")
    return entry_withdraw(entry, actor=Actor.of_user(cast.officer), now=now(), note=reason)


def _other_department(cast: Any, secret: Canaries) -> Any:
    """Registers a draft in another department; its own registrar sees it, nobody else of the walkers."""
    return entry_create(
        actor=Actor.of_user(cast.other_registrar),
        provider=cast.other_department,
        code="2/1",
        fields=entry_fields(title=secret("other department title"), abstract=secret("other department abstract")),
        elements=[ELEMENTS[0] | {"name": secret("other department element")}],
        now=now(),
    )


# --- People and their cases ------------------------------------------------------------------------------------------


def _case(cast: Any, secret: Canaries, entry: Entry) -> tuple[Any, ...]:
    """Makes an applicant with an identity, an organisation, an application under review, and a grant."""
    person = make_user(secret("applicant address"))
    person.name = secret("applicant name")
    person.save()
    actor, number = Actor.of_user(person), citizen_number(777)
    secret.words["identity number"] = number
    identity = identity_request(
        actor=actor, real_name=secret("real name"), number=number, jurisdiction=region(), now=now()
    )
    identity_decide(identity, "verify", actor=Actor.of_user(cast.officer), now=now())
    organisation = register(person, name=secret("organisation"), authorisation=secret("power of attorney"))
    today = timezone.localdate()
    application = application_create(
        actor=actor,
        entries=[entry],
        fields={
            "scenario": "research",
            "purpose": secret("purpose"),
            "starts_on": today,
            "ends_on": today + dt.timedelta(days=99),
            "safeguards": secret("safeguards"),
        },
        now=now(),
    )
    attachment = attachment_add(
        application,
        actor=actor,
        filename=f"{secret('attachment filename')}.txt",
        chunks=[secret("attachment content").encode()],
        now=now(),
    )
    for command, user, given in (
        ("submit", person, {}),
        ("return", cast.officer, {"defects": [{"field": "purpose", "text": secret("defect")}]}),
        ("resubmit", person, {"note": secret("answer to a defect")}),
        ("accept", cast.officer, {"note": secret("acceptance remark")}),
        ("approve", cast.application_reviewer, {"note": secret("review remark")}),
        ("approve", cast.officer, {}),
    ):
        application_command(application, command, actor=Actor.of_user(user), now=now(), given=Given(**given))
    grant = make_grant(person, entry, agreement=secret("agreement number"))
    _key, told = make_key(person, grant)
    secret.words["another's key"] = told
    secret.words["agreement hash"] = application.agreement.sha256
    return application, attachment, identity, organisation, grant


def _report(secret: Canaries, entry: Entry, resource: Resource) -> tuple[Any, str]:
    report, told = report_submit(
        entry=entry,
        actor=Actor.visitor("203.0.113.5"),
        kind="error",
        text=f"{secret('report text')} 应当核对后更正。",
        resource=resource,
        column="pm25",
        row=secret("report row"),
        contact=f"{secret('report contact')}@example.org",
        now=now(),
    )
    secret.words["report secret"] = told
    secret.words["reporter's address"] = "203.0.113.5"
    return report, told
