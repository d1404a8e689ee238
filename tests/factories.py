"""Makes the rows that tests begin from, through the real services."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from stdnum.cn import uscc

from catalogue.models import Entry, EntryVersion
from catalogue.services import entry_create, version_command
from opendata.fileexports import Question, export_queue
from opendata.grants import grant_open
from opendata.jobs import job_claim, job_run
from opendata.keys import key_create
from opendata.models import APIKey, Export, Grant, IngestJob, Resource
from opendata.permits import Permit
from opendata.services import resource_create, upload_receive
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Department, User
from portal.accounts.services import department_create, role_assign
from portal.law import Role

PASSWORD = "correct-horse-battery-staple"
_numbers = itertools.count(1)


def now() -> dt.datetime:
    """Returns the present moment."""
    return timezone.now()


def next_uscc() -> str:
    """Returns a fresh code whose check character is right."""
    body = f"1165{next(_numbers):013d}"
    return body + uscc.calc_check_digit(body)


def make_user(name: str, **fields: Any) -> User:
    """Makes a user who can sign in with PASSWORD."""
    return User.objects.create_user(email=f"{name}@example.org", password=PASSWORD, name=f"示例用户 {name}", **fields)


def make_department(code: str, jurisdiction: str = "650000", **fields: Any) -> Department:
    """Makes a department with its role groups."""
    fields.setdefault("name", f"示例部门 {code}")
    fields.setdefault("kind", "government")
    fields.setdefault("uscc", next_uscc())
    return department_create(actor=SYSTEM, now=now(), code=code, jurisdiction_id=jurisdiction, **fields)


def appoint(user: User, role: Role, department: Department) -> User:
    """Appoints a user to a role and returns the user."""
    role_assign(actor=SYSTEM, user=user, role=role, department=department, now=now())
    return user


ELEMENTS: list[dict[str, Any]] = [
    {"name": "station", "meaning": "监测站代码", "type": "text", "length": 8},
    {"name": "pm25", "meaning": "细颗粒物浓度", "type": "decimal", "unit": "µg/m³"},
]


def entry_fields(**changes: Any) -> dict[str, Any]:
    """Returns complete content fields of an unconditional entry, with changes."""
    return {
        "title": "空气质量监测数据",
        "title_en": "Air quality readings",
        "abstract": "各监测站逐小时空气质量数据。",
        "keywords": "空气 监测",
        "domain": "environment",
        "industry": "N",
        "format_class": "spreadsheet",
        "data_form": "both",
        "update_frequency": "daily",
        "share_type": "unconditional",
        "open_class": "unconditional",
        "open_scope": "全区各监测站",
        "open_content": "站点、时间、浓度",
        "use_requirements": "注明数据来源和获取日期",
        "region_id": "650000",
        "licence": "open-public-data",
        "contact": "0991-0000000",
        **changes,
    }


CONDITIONAL: dict[str, Any] = {
    "open_class": "conditional",
    "open_condition": "用于科学研究或者产品研发，落实数据安全措施",
    "legal_basis": "《中华人民共和国数据安全法》第二十一条",
}


def make_draft(
    cast: Any, code: str = "3065/0001", elements: Sequence[dict[str, Any]] = ELEMENTS, **changes: Any
) -> EntryVersion:
    """Registers a draft in the cast's department."""
    return entry_create(
        actor=Actor.of_user(cast.registrar),
        provider=cast.department,
        code=code,
        fields=entry_fields(**changes),
        elements=elements,
        now=now(),
    )


def publish(cast: Any, version: EntryVersion) -> Entry:
    """Takes a draft through all reviews to publication."""
    for command, user, extra in (
        ("submit", cast.registrar, {}),
        ("department_approve", cast.reviewer, {}),
        ("secrecy_approve", cast.secrecy, {"conclusion": "不含涉密内容，可以开放"}),
        ("publish", cast.officer, {}),
    ):
        version_command(version, command, actor=Actor.of_user(user), now=now(), **extra)
    return Entry.objects.get(pk=version.entry_id)


def make_entry(cast: Any, code: str = "3065/0001", **changes: Any) -> Entry:
    """Publishes an entry in the cast's department."""
    return publish(cast, make_draft(cast, code, **changes))


AIR = (
    "station,day,pm25\n"
    "0164A,2026-05-01,35.5\n0164A,2026-05-02,80.25\n0171B,2026-05-01,12.0\n0171B,2026-05-02,\n0180C,2026-05-03,150.75\n"
)


def make_resource(cast: Any, entry: Entry, data: str | bytes = AIR, filename: str = "air.csv") -> Resource:
    """Attaches a resource to an entry and has the file read and published, as the worker would."""
    resource = resource_create(entry=entry, actor=Actor.of_user(cast.registrar), title="逐日数据", now=now())
    read_upload(cast, resource, data, filename)
    return Resource.objects.get(pk=resource.pk)


def read_upload(cast: Any, resource: Resource, data: str | bytes = AIR, filename: str = "air.csv") -> IngestJob:
    """Uploads a file for a resource and reads it here and now; returns the finished job."""
    content = data.encode() if isinstance(data, str) else data
    job = upload_receive(
        resource=resource, actor=Actor.of_user(cast.registrar), filename=filename, chunks=[content], now=now()
    )
    claimed = job_claim(str(job.pk), now=now())
    assert claimed is not None
    return job_run(claimed, now=now())


def make_export(resource: Resource, actor: Actor, grant: Grant | None = None, fmt: str = "csv") -> Export:
    """Queues a file of the resource's current version, of all of it or of what a grant leaves."""
    assert resource.current is not None
    permit = Permit(resource, resource.current, grant)
    return export_queue(Question.of(permit, fmt, bom=False), permit, actor=actor, now=now())[0]


def make_grant(user: User, entry: Entry, agreement: str = "XY-1", days: int = 30, **limits: Any) -> Grant:
    """Opens a grant for a person from today on."""
    today = timezone.localdate()
    return grant_open(
        entry=entry,
        user=user,
        organisation=None,
        agreement=agreement,
        starts_on=today,
        ends_on=today + dt.timedelta(days=days),
        now=now(),
        limits=limits,
    )


def make_key(user: User, *grants: Grant, days: int = 10) -> tuple[APIKey, str]:
    """Makes a key for a person's grants; returns it with its secret."""
    return key_create(
        actor=Actor.of_user(user), name="示例程序", grants=grants, expires_at=now() + dt.timedelta(days=days), now=now()
    )


def standing(entry: Entry) -> EntryVersion:
    """Returns the published version of an entry that has one."""
    assert entry.published is not None
    return entry.published
