"""Acts that change no state of a machine and are recorded all the same: drafts, uploads, attachments, keys, roles."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalogue.services import entry_create, version_open, version_update
from opendata.choices import settings_change
from opendata.jobs import job_claim, job_run
from opendata.keys import key_create, key_revoke
from opendata.models import IngestJob, Resource, ResourceVersion
from opendata.retiring import resource_retire
from opendata.services import resource_create, upload_receive
from opendata.versions import hold_lift, version_discard
from portal.accounts.actors import Actor
from portal.accounts.services import department_create, role_assign, role_revoke
from portal.law import Role
from requests_app.services.applications import application_create, application_update
from requests_app.services.attachments import attachment_add, attachment_remove
from requests_app.services.identity import identity_number_show
from requests_app.services.lapsing import applications_turn
from tests.events_acts import Act, Begin, Do
from tests.events_cases import asked, running
from tests.events_personal import (
    LET_OPEN,
    SENT_ON,
    approve_record,
    begin_record,
    begun,
    decide_personal,
    measure,
    measured,
    people,
    personal,
    return_record,
)
from tests.factories import (
    AIR,
    ELEMENTS,
    appoint,
    entry_fields,
    make_draft,
    make_entry,
    make_key,
    make_resource,
    next_uscc,
    now,
    read_upload,
)
from tests.requests_app import application_cases as cases


def beside(
    event: str, article: int | None, who: str, begin: Begin, do: Do, *follows: str, outcome: str = "done"
) -> Act:
    """Returns an act beside the machines, with the event it leaves and those that follow from it."""
    return Act(f"{event} by {who}", "", "", who, begin, do, follows, event=event, article=article, outcome=outcome)


def register(cast: Any, actor: Actor) -> Any:
    """Registers an entry."""
    return entry_create(
        actor=actor, provider=cast.department, code="3065/0009", fields=entry_fields(), elements=ELEMENTS, now=now()
    )


def change(stand: Any, actor: Actor) -> Any:
    """Changes a draft's title."""
    return version_update(stand, actor=actor, fields={"title": "更正后的名称"}, now=now())


def attach(stand: Any, actor: Actor) -> Any:
    """Attaches a resource to an entry."""
    return resource_create(entry=stand, actor=actor, title="逐日数据", now=now())


def empty_resource(cast: Any) -> Resource:
    """Makes a resource without data."""
    return resource_create(entry=make_entry(cast), actor=Actor.of_user(cast.registrar), title="逐日数据", now=now())


def uploaded(data: str) -> Begin:
    """Returns what uploads a file that nobody has read yet."""

    def begin(cast: Any) -> IngestJob:
        resource, actor = empty_resource(cast), Actor.of_user(cast.registrar)
        return upload_receive(resource=resource, actor=actor, filename="air.csv", chunks=[data.encode()], now=now())

    return begin


def upload(stand: Resource, actor: Actor) -> Any:
    """Uploads a file."""
    upload_receive(resource=stand, actor=actor, filename="air.csv", chunks=[AIR.encode()], now=now())
    return stand


def read(stand: IngestJob, actor: Actor) -> Any:
    """Reads an uploaded file, as the worker does in the uploader's name."""
    job = job_claim(str(stand.pk), now=now())
    assert job is not None
    job_run(job, now=now())
    return stand.resource


def uploaded_next(data: str) -> Begin:
    """Returns what uploads a second file that nobody has read yet."""

    def begin(cast: Any) -> IngestJob:
        resource, actor = make_resource(cast, make_entry(cast)), Actor.of_user(cast.registrar)
        return upload_receive(resource=resource, actor=actor, filename="air.csv", chunks=[data.encode()], now=now())

    return begin


def waiting(cast: Any) -> ResourceVersion:
    """Makes a version whose changed columns wait for the publisher."""
    resource = make_resource(cast, make_entry(cast))
    return read_upload(cast, resource, AIR.replace("pm25", "pm2_5")).version


def confirm(stand: ResourceVersion, actor: Actor) -> Any:
    """Confirms the changed columns; the event is about the resource."""
    hold_lift(stand, "schema_changed", actor=actor, now=now())
    return stand.resource


def give_up(stand: ResourceVersion, actor: Actor) -> Any:
    """Discards a waiting version; the event is about the resource."""
    version_discard(stand, actor=actor, now=now())
    return stand.resource


def change_settings(stand: Resource, actor: Actor) -> Any:
    """Names the key columns of a resource."""
    return settings_change(stand, actor=actor, now=now(), key_columns=["station"])


def retire(stand: Resource, actor: Actor) -> Any:
    """Retires a resource that nobody uses."""
    resource_retire(stand, actor=actor, now=now(), note="不再更新")
    return stand


def apply_for(stand: Any, actor: Actor) -> Any:
    """Begins an application."""
    return application_create(actor=actor, entries=[stand], fields=cases.content(), now=cases.MORNING)


def rewrite(stand: Any, actor: Actor) -> Any:
    """Changes an application's purpose."""
    return application_update(stand, actor=actor, fields={"purpose": "另一用途"}, now=cases.MORNING)


def add_file(stand: Any, actor: Actor) -> Any:
    """Attaches a file to an application; the event is about the application."""
    attachment_add(stand, actor=actor, filename="方案.txt", chunks=["方案".encode()], now=cases.MORNING)
    return stand


def with_file(cast: Any) -> Any:
    """Makes a draft with one attached file."""
    application = cases.draft(cast)
    add_file(application, Actor.of_user(cast.applicant))
    return application


def remove_file(stand: Any, actor: Actor) -> Any:
    """Takes the file away again."""
    attachment_remove(stand.attachments.get(), actor=actor, now=cases.MORNING)
    return stand


def warn(stand: Any, actor: Actor) -> Any:
    """Warns the applicant that the time for correction ends."""
    applications_turn(now=cases.later(40))
    return stand


def make_a_key(stand: Any, actor: Actor) -> Any:
    """Makes a key for a grant."""
    return key_create(actor=actor, name="程序", grants=[stand], expires_at=now() + dt.timedelta(days=5), now=now())[0]


def key(cast: Any) -> Any:
    """Makes a key of the applicant's."""
    return make_key(cast.applicant, running(cast))[0]


def revoke(stand: Any, actor: Actor) -> Any:
    """Ends a key."""
    return key_revoke(stand, actor=actor, now=now())


def show_number(stand: Any, actor: Actor) -> Any:
    """Looks at an identity number."""
    identity_number_show(stand, actor=actor, now=now())
    return stand


def role(service: Any) -> Do:
    """Returns what appoints the citizen, or dismisses them; the event is about the person."""

    def do(cast: Any, actor: Actor) -> Any:
        service(actor=actor, user=cast.citizen, role=Role.AUDITOR, department=cast.authority, now=now())
        return cast.citizen

    return do


def appointed(cast: Any) -> Any:
    """Appoints the citizen beforehand."""
    appoint(cast.citizen, Role.AUDITOR, cast.authority)
    return cast


def found_department(cast: Any, actor: Actor) -> Any:
    """Creates a department."""
    return department_create(
        actor=actor,
        now=now(),
        code="xj-new",
        jurisdiction_id="650000",
        name="示例部门",
        kind="government",
        uscc=next_uscc(),
    )


BESIDE = [
    beside("catalogue.entry.created", 7, "registrar", lambda cast: cast, register),
    beside("catalogue.entry_version.changed", 11, "registrar", make_draft, change),
    beside(
        "catalogue.entry_version.opened",
        11,
        "registrar",
        make_entry,
        lambda stand, actor: version_open(stand, actor=actor, now=now()),
    ),
    beside("opendata.resource.attached", 10, "registrar", make_entry, attach),
    beside("opendata.upload.received", 10, "registrar", empty_resource, upload),
    beside("opendata.version.published", 10, "registrar", uploaded(AIR), read),
    beside("opendata.version.held", 11, "registrar", uploaded_next(AIR.replace("pm25", "pm2_5")), read),
    beside("opendata.version.confirmed", 11, "registrar", waiting, confirm, "opendata.version.published"),
    beside("opendata.version.discarded", 10, "registrar", waiting, give_up),
    beside("opendata.resource.settings_changed", 15, "registrar", empty_resource, change_settings),
    beside("opendata.resource.retired", 24, "registrar", empty_resource, retire),
    beside("opendata.personal_data.decided", 36, "secrecy", personal, decide_personal, *LET_OPEN),
    beside("opendata.deidentification.begun", 26, "registrar", people, begin_record),
    beside("opendata.deidentification.measured", 26, "registrar", begun(k=5), measure),
    beside("opendata.deidentification.failed", 26, "registrar", begun(k=100), measure, outcome="refused"),
    beside("opendata.deidentification.approved", 26, "secrecy", measured, approve_record, *SENT_ON),
    beside("opendata.deidentification.returned", 26, "secrecy", measured, return_record),
    beside("opendata.upload.refused", 28, "registrar", uploaded("a,b\n1\n"), read, outcome="refused"),
    beside("requests.application.created", 29, "applicant", cases.conditional, apply_for),
    beside("requests.application.changed", 29, "applicant", cases.draft, rewrite),
    beside("requests.application.attachment_added", 29, "applicant", cases.draft, add_file),
    beside("requests.application.attachment_removed", 29, "applicant", with_file, remove_file),
    beside("requests.application.warned", 29, "system", cases.returned, warn),
    beside("opendata.key.created", 36, "applicant", running, make_a_key),
    beside(
        "opendata.key.revoked", 36, "applicant", key, lambda stand, actor: key_revoke(stand, actor=actor, now=now())
    ),
    beside("accounts.identity.number_shown", 36, "officer", asked, show_number),
    beside("accounts.role.assigned", 12, "officer", lambda cast: cast, role(role_assign)),
    beside("accounts.role.revoked", 12, "officer", appointed, role(role_revoke)),
    beside("accounts.department.created", 6, "system", lambda cast: cast, found_department),
]
