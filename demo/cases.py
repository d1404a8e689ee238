"""The stories of applications, grants, identities and reports, told by the tables beside this file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from demo.applications import CASES, Act, Case
from demo.people import CITIZEN_NUMBER, PASSWORD, made_up_number
from demo.play import Story
from demo.reports import REPORTS, Told
from demo.stage import Stage
from opendata.draw import permit_required
from opendata.drawfiles import download
from opendata.grants import grant_command, grants_turn
from opendata.keys import key_create
from opendata.models import Grant, Resource
from portal.accounts.actors import Actor
from portal.accounts.models import Identity, Jurisdiction, Organisation
from requests_app.models import Application
from requests_app.services.applications import application_create
from requests_app.services.attachments import attachment_add
from requests_app.services.commands import Given, application_command
from requests_app.services.identity import identity_decide, identity_request, organisation_register
from requests_app.services.lapsing import applications_turn
from requests_app.services.report_intake import report_submit
from requests_app.services.reports import report_command, reports_close_due

BEGUN = 70
COMPANY = "示例数据科技有限公司"
COMPANY_USCC = "91650100000000101E"
COOPERATIVE_USCC = "93653100000000102G"
OFFICERS_COMMANDS = ("accept", "return", "countersign", "settle")


def case_stories(stage: Stage) -> Iterator[Story]:
    """Yields the stories of people's cases, and the turning of the days, which lets time act on them."""
    yield turning(stage)
    yield verified_person(stage, "applicant", CITIZEN_NUMBER, 64)
    yield verified_person(stage, "enterprise", made_up_number(1), 64)
    yield company(stage)
    yield newcomer(stage)
    yield from (application_story(stage, case) for case in CASES)
    receipts: dict[str, str] = {}
    yield from (report_story(stage, told, receipts) for told in REPORTS)
    yield visitors(stage)


def turning(stage: Stage) -> Story:
    """Lets each night do what the clock does in real use: grants turn, answers close, corrections lapse."""
    day = stage.times.day(BEGUN)
    while True:
        day += dt.timedelta(days=1)
        moment = dt.datetime.combine(day, dt.time(2, 30), stage.times.now.tzinfo)
        if moment >= stage.times.now:
            return
        now = yield moment
        grants_turn(today=day, now=now)
        reports_close_due(now=now)
        applications_turn(now=now)


# --- Who applies -----------------------------------------------------------------------------------------------------


def ask(stage: Stage, key: str, number: str, now: dt.datetime) -> Identity:
    """Has a person ask for the check of their identity."""
    return identity_request(
        actor=stage.actor(key),
        real_name=stage.users[key].name,
        number=number,
        jurisdiction=Jurisdiction.objects.get(code="650000"),
        now=now,
    )


def verified_person(stage: Stage, key: str, number: str, ago: int) -> Story:
    """Has an officer verify a person's identity."""
    now = yield stage.times.at(ago, 10)
    identity = ask(stage, key, number, now)
    now = yield stage.times.at(ago - 2, 11)
    identity_decide(identity, "verify", actor=stage.actor("officer"), now=now)


def register(stage: Stage, key: str, name: str, uscc: str, kind: str, now: dt.datetime) -> Organisation:
    """Has an authorised person register an organisation."""
    return organisation_register(
        actor=stage.actor(key),
        name=name,
        uscc_code=uscc,
        kind=kind,
        authorisation="示例授权书2026年第1号",
        jurisdiction=Jurisdiction.objects.get(code="650000"),
        now=now,
    )


def company(stage: Stage) -> Story:
    """Has an officer verify an organisation after its authorised person."""
    now = yield stage.times.at(63, 16)
    organisation = register(stage, "enterprise", COMPANY, COMPANY_USCC, "legal_person", now)
    now = yield stage.times.at(61, 11)
    identity_decide(organisation, "verify", actor=stage.actor("officer"), now=now)


def newcomer(stage: Stage) -> Story:
    """Leaves a person and a cooperative waiting for their check."""
    now = yield stage.times.at(1, 16)
    ask(stage, "newcomer", made_up_number(2), now)
    now = yield stage.times.at(1, 17)
    register(stage, "newcomer", "示例农民专业合作社", COOPERATIVE_USCC, "legal_person", now)


# --- Applications and grants -----------------------------------------------------------------------------------------


def moment(stage: Stage, when: int, hour: int) -> dt.datetime:
    """Returns the moment of an act: an hour some working days ago, or minutes before now where below zero."""
    return stage.times.before(-when) if when < 0 else stage.times.at(when, hour)


def application_story(stage: Stage, case: Case) -> Story:
    """Writes an application and carries out its acts, one after another."""
    now = yield stage.times.at(case.begun, 9)
    by = stage.actor(case.who)
    first, last = (stage.times.today + dt.timedelta(days=days) for days in case.term)
    organisation = Organisation.objects.get(uscc=COMPANY_USCC) if case.who == "enterprise" else None
    application = application_create(
        actor=by,
        entries=[stage.entry(code) for code in case.codes],
        fields={
            "scenario": case.scenario,
            "purpose": case.purpose,
            "starts_on": first,
            "ends_on": last,
            "safeguards": case.safeguards,
        },
        organisation=organisation,
        now=now,
    )
    if case.attachment:
        content = f"示例附件：{case.purpose}\r\n{case.safeguards}\r\n".encode()
        attachment_add(application, actor=by, filename=case.attachment, chunks=[content], now=now)
    for act in case.acts:
        now = yield moment(stage, act.when, act.hour)
        _act(stage, case, application, act, now)


def _act(stage: Stage, case: Case, application: Application, act: Act, now: dt.datetime) -> None:
    part = act.by or ("officer" if act.command in OFFICERS_COMMANDS else "")
    actor = stage.actor(getattr(stage.team_of(case.codes[0]), part) if part else case.who)
    if act.command.startswith("grant."):
        grant_command(
            _grant(application), act.command.removeprefix("grant."), actor=actor, now=now, note=act.given["note"]
        )
    elif act.command == "key":
        expires = now + dt.timedelta(days=180)
        key_create(actor=actor, name="示例分析程序", grants=[_grant(application)], expires_at=expires, now=now)
    elif act.command == "draw":
        draw(stage, actor, case.codes[0], now)
    else:
        given = dict(act.given)
        if "line" in given:
            given["line"] = application.lines.get(entry__code=given["line"])
        if act.command == "sign":
            given["password"] = PASSWORD
        application_command(application, act.command, actor=actor, now=now, given=Given(**given))


def _grant(application: Application) -> Grant:
    return Grant.objects.get(agreement=application.agreement.number)


def draw(stage: Stage, actor: Actor, code: str, now: dt.datetime) -> None:
    """Has someone download an entry's data as it was uploaded; each drawing is logged (Art. 15)."""
    resource = Resource.objects.select_related("entry__published", "current").get(entry__code=code)
    permit = permit_required(actor, resource, today=now.astimezone(stage.times.now.tzinfo).date())
    download(permit, "original", actor=actor, now=now)


POPULAR = ("3012/0001", "3011/0001", "3010/0001", "3012/0002", "3008/0001", "3004/0001", "3006/0001")


def visitors(stage: Stage) -> Story:
    """Lets visitors and a citizen download open data, some each day, the most popular entry most."""
    for ago in range(22, 0, -1):
        for number, code in enumerate(POPULAR[: 1 + (ago * 5) % len(POPULAR)]):
            now = yield stage.times.at(ago, 10 + number, (ago * 7) % 60)
            actor = stage.actor("citizen") if number == 1 else Actor.visitor(f"203.0.113.{150 + (ago + number) % 40}")
            draw(stage, actor, code, now)


# --- Reports ---------------------------------------------------------------------------------------------------------


def report_story(stage: Stage, told: Told, receipts: dict[str, str]) -> Story:
    """Sends a report and carries out its acts; `receipts` tells the numbers of earlier ones, for merging."""
    now = yield moment(stage, told.when, told.hour)
    by = Actor.visitor(told.who) if told.who.startswith("203.") else stage.actor(told.who)
    entry = stage.entry(told.code)
    report, _secret = report_submit(
        entry=entry,
        actor=by,
        kind=told.kind,
        text=told.text,
        resource=entry.resources.get() if told.column else None,
        column=told.column,
        row=told.row,
        now=now,
    )
    receipts[told.key] = report.receipt
    for act in told.acts:
        now = yield moment(stage, act.when, act.hour)
        given = dict(act.given)
        if "into" in given:
            given["into"] = receipts[given["into"]]
        handler = by if act.by == "reporter" else stage.actor(stage.team_of(told.code).handler)
        report_command(report, act.command, actor=handler, now=now, **given)
