"""The stage: who is who in the demonstration's database, and the acts that several stories share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property

from catalogue.models import Entry
from catalogue.services import entry_create, version_command
from demo.entries import BY_CODE
from demo.files import file_bytes
from demo.people import ACCOUNTS, PASSWORD, TEAMS, Team, departments_of
from demo.places import BY_CODE as PLACE_BY_CODE
from demo.places import PLACES
from demo.play import Times
from demo.shape import DataFile, DemoEntry
from opendata.jobs import job_claim, job_run
from opendata.models import IngestJob, Resource
from opendata.services import resource_create, upload_receive
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Department, User
from portal.accounts.services import department_create, role_assign

Say = Callable[[str], None]
# Addresses that RFC 5737 keeps for documentation.
OFFICE, HOME = "198.51.100", "203.0.113"


class Stage:
    """Holds the people and departments, the times, and where progress is said."""

    def __init__(self, times: Times, say: Say) -> None:
        """Takes the times to play at and the function that shows progress."""
        self.times = times
        self.say = say

    @cached_property
    def users(self) -> dict[str, User]:
        """Returns the accounts by their short names."""
        known = {user.email: user for user in User.objects.filter(email__in=[one.email for one in ACCOUNTS])}
        return {one.key: known[one.email] for one in ACCOUNTS}

    @cached_property
    def departments(self) -> dict[str, Department]:
        """Returns the departments by their codes."""
        return {row.code: row for row in Department.objects.filter(code__in=[place.code for place in PLACES])}

    def actor(self, key: str) -> Actor:
        """Returns the actor that a person is, at an address of their own."""
        place = [one.key for one in ACCOUNTS].index(key) + 10
        network = OFFICE if ACCOUNTS[place - 10].roles else HOME
        return Actor.of_user(self.users[key], f"{network}.{place}")

    def entry(self, code: str) -> Entry:
        """Returns an entry as it is now."""
        return Entry.objects.select_related("published", "provider").get(code=code)

    def team(self, provider: str) -> Team:
        """Returns the people of a department's jurisdiction."""
        return TEAMS[PLACE_BY_CODE[provider].jurisdiction]

    def team_of(self, code: str) -> Team:
        """Returns the people who look after an entry."""
        return self.team(BY_CODE[code].provider)

    # --- Acts --------------------------------------------------------------------------------------------------------

    def found(self, now: dt.datetime) -> None:
        """Creates departments and accounts and appoints the people."""
        for place in PLACES:
            department_create(actor=SYSTEM, now=now, **place.fields())
        for account in ACCOUNTS:
            user = User.objects.create_user(email=account.email, password=PASSWORD, name=account.name, date_joined=now)
            for code in departments_of(account):
                for role in account.roles:
                    role_assign(actor=SYSTEM, user=user, role=role, department=self.departments[code], now=now)

    def register(self, demo: DemoEntry, now: dt.datetime) -> None:
        """Has the registrar write an entry as a draft."""
        fields = dict(demo.fields)
        if lead := fields.pop("lead_department", None):
            fields["lead_department"] = self.departments[lead]
        entry_create(
            actor=self.actor(self.team(demo.provider).registrar),
            provider=self.departments[demo.provider],
            code=demo.code,
            fields=fields,
            elements=[column.fields() for column in demo.columns],
            now=now,
        )

    def review(self, code: str, command: str, now: dt.datetime, note: str = "") -> None:
        """Gives a review command on the version in work, by the person whose part it is."""
        team = self.team_of(code)
        by = {
            "submit": team.registrar,
            "department_approve": team.reviewer,
            "department_return": team.reviewer,
            "secrecy_approve": team.secrecy,
            "publish": team.officer,
            "authority_return": team.officer,
        }[command]
        conclusion = (
            "经审查，不含国家秘密和工作秘密，可以按登记的开放类型提供。" if command == "secrecy_approve" else ""
        )
        version = self.entry(code).versions.in_work().get()
        version_command(version, command, actor=self.actor(by), now=now, note=note, conclusion=conclusion)

    def attach(self, demo: DemoEntry, file: DataFile, now: dt.datetime) -> None:
        """Attaches a resource to an entry and has its file read."""
        resource = resource_create(
            entry=self.entry(demo.code),
            actor=self.actor(self.team(demo.provider).registrar),
            title=file.title if demo.facts else f"{file.title}（示例数据）",
            title_en=file.title_en if demo.facts else f"{file.title_en} (sample data)",
            description=str(demo.fields["abstract"]),
            now=now,
        )
        job = self.upload(resource, file.filename, file_bytes(demo, file), now)
        if job.state != "succeeded":
            raise RuntimeError(f"{file.filename}: {job.findings}")

    def upload(self, resource: Resource, filename: str, content: bytes, now: dt.datetime) -> IngestJob:
        """Uploads a file and reads it here and now, as a worker would; returns the finished job."""
        registrar = self.team(resource.entry.provider.code).registrar
        job = upload_receive(
            resource=resource, actor=self.actor(registrar), filename=filename, chunks=[content], now=now
        )
        claimed = job_claim(str(job.pk), now=now)
        if claimed is None:
            raise RuntimeError(f"{filename}: another worker took the job")
        done = job_run(claimed, now=now + dt.timedelta(seconds=20))
        current = Resource.objects.select_related("current").get(pk=resource.pk).current
        told = (
            f"{current.rows:,} 行 / rows" if done.state == "succeeded" and current else "按预期被拒 / refused, as meant"
        )
        self.say(f"  {filename}：{told}")
        return done
