"""Loads the demonstration by the real services: all of it or nothing, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from catalogue.models import Entry, EntryVersion
from demo.cases import BEGUN, case_stories
from demo.catalogue import catalogue_stories
from demo.entries import ENTRIES
from demo.people import ACCOUNTS
from demo.places import PLACES
from demo.play import Story, Times, play
from demo.stage import Say, Stage
from opendata.models import Grant, ResourceVersion
from portal.accounts.models import Department, Jurisdiction, User
from portal.audit.models import Event
from portal.workflow.reference import reference_load
from portal.workflow.tasks import clocks_mark_overdue
from requests_app.models import Application, Report

LOCK = 2026_1123


class CannotLoad(Exception):
    """The database is not one that the demonstration may be loaded into; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What of the demonstration is in the database: all, nothing, or something in between that nobody expects."""

    missing: int
    present: int
    foreign: int

    @property
    def is_complete(self) -> bool:
        """Says whether the whole demonstration is there."""
        return self.missing == 0

    @property
    def is_absent(self) -> bool:
        """Says whether there is nothing of it, and no department of anyone else's."""
        return self.present == 0 and self.foreign == 0


def standing() -> Standing:
    """Looks for the demonstration's departments, accounts and entries."""
    codes = [place.code for place in PLACES]
    present = (
        Department.objects.filter(code__in=codes).count()
        + User.objects.filter(email__in=[account.email for account in ACCOUNTS]).count()
        + Entry.objects.filter(code__in=[entry.code for entry in ENTRIES]).count()
    )
    wanted = len(PLACES) + len(ACCOUNTS) + len(ENTRIES)
    foreign = Department.objects.exclude(code__in=codes).count()
    return Standing(wanted - present, present, foreign)


def load(say: Say, *, now: dt.datetime) -> bool:
    """Loads the demonstration unless it is there; says whether it did.

    All of it is one transaction: a load that is interrupted leaves the database as it was, and the next one begins
    anew. Two at once wait for each other. Raises CannotLoad for a database that holds other departments.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = standing()
        if found.is_complete:
            return False
        if not found.is_absent:
            raise CannotLoad(
                f"数据库中已有其他部门 {found.foreign} 个、示例内容 {found.present} 项（缺 {found.missing} 项）。"
                "示例数据只能载入没有部门的数据库：请换一个数据库，或者删除 var 目录后重新运行。/ "
                f"The database holds {found.foreign} other departments and {found.present} parts of the demonstration "
                f"({found.missing} are missing). It can only be loaded where there are no departments: use another "
                "database, or remove the folder var and run again."
            )
        _load(Stage(Times(now), say))
    return True


def _load(stage: Stage) -> None:
    stage.say("辖区和工作日历 / Jurisdictions and calendar")
    reference_load()
    stage.say("部门、账号、目录、数据、申请和反馈，按时间先后 / Everything that happened, in the order of time")
    play([_founding(stage), *catalogue_stories(stage), *case_stories(stage)])
    clocks_mark_overdue()


def _founding(stage: Stage) -> Story:
    """Begins with the departments and their people."""
    now = yield stage.times.at(BEGUN, 9)
    stage.found(now)


def counts() -> Iterator[tuple[str, int]]:
    """Yields what is in the database now, for the summary."""
    yield "辖区 / jurisdictions", Jurisdiction.objects.count()
    yield "部门 / departments", Department.objects.count()
    yield "账号 / accounts", User.objects.count()
    yield "目录条目 / entries", Entry.objects.count()
    yield "条目版本 / entry versions", EntryVersion.objects.count()
    yield "数据文件版本 / data versions", ResourceVersion.objects.count()
    yield "数据行 / rows", sum(ResourceVersion.objects.values_list("rows", flat=True))
    yield "开放申请 / applications", Application.objects.count()
    yield "使用授权 / grants", Grant.objects.count()
    yield "问题反馈 / reports", Report.objects.count()
    yield "操作记录 / events", Event.objects.count()
