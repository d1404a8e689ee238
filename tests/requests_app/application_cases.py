"""Makes the cases that tests of applications begin from, through the real services."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from stdnum.cn import ric

from catalogue.models import Entry
from portal.accounts.actors import Actor
from portal.accounts.models import Identity, Jurisdiction, Organisation, User
from requests_app.models import Application, ApplicationLine
from requests_app.services.applications import application_create
from requests_app.services.commands import Given, application_command
from requests_app.services.identity import identity_decide, identity_request, organisation_register
from tests.factories import CONDITIONAL, PASSWORD, make_entry, next_uscc

MORNING = dt.datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
WHY: dict[str, Any] = {"note": "示例意见", "reason": "safeguards_insufficient", "basis": "《数据安全法》第二十七条"}


def later(days: int, hour: int = 9) -> dt.datetime:
    """Returns a moment some days after MORNING."""
    return (MORNING + dt.timedelta(days=days)).replace(hour=hour)


def citizen_number(serial: int = 1) -> str:
    """Returns an identity number of nobody: a real region and day, a free serial, the right check digit."""
    body = f"65010219900101{serial:03d}"
    return body + ric.calc_check_digit(body + "0")


def region() -> Jurisdiction:
    return Jurisdiction.objects.get(code="650000")


def ask_identity(user: User, serial: int = 1, now: dt.datetime = MORNING) -> Identity:
    return identity_request(
        actor=Actor.of_user(user),
        real_name="示例用户",
        number=citizen_number(serial),
        jurisdiction=region(),
        now=now,
    )


def verify(cast: Any, user: User, serial: int = 1) -> Identity:
    identity = ask_identity(user, serial)
    identity_decide(identity, "verify", actor=Actor.of_user(cast.officer), now=MORNING)
    return identity


def register(user: User, **changes: Any) -> Organisation:
    fields: dict[str, Any] = {
        "name": "示例科技有限公司",
        "uscc_code": next_uscc(),
        "kind": "legal_person",
        "authorisation": "授权书 2026 年第 1 号",
        "jurisdiction": region(),
        "now": MORNING,
    }
    return organisation_register(actor=Actor.of_user(user), **fields | changes)


def conditional(cast: Any, code: str = "3065/0001", **changes: Any) -> Entry:
    return make_entry(cast, code, **CONDITIONAL, **changes)


def content(**changes: Any) -> dict[str, Any]:
    return {
        "scenario": "research",
        "purpose": "研究城市空气质量变化",
        "starts_on": dt.date(2026, 3, 2),
        "ends_on": dt.date(2027, 3, 1),
        "safeguards": "专人专机，加密存储，不接入互联网",
        **changes,
    }


def draft(cast: Any, *entries: Entry, organisation: Organisation | None = None, **changes: Any) -> Application:
    return application_create(
        actor=Actor.of_user(cast.applicant),
        entries=entries or [conditional(cast)],
        fields=content(**changes),
        organisation=organisation,
        now=MORNING,
    )


def do(application: Application, command: str, user: User, now: dt.datetime = MORNING, **given: Any) -> Application:
    """Lets a user give a command; `line` may be named by its entry's code."""
    if isinstance(given.get("line"), str):
        given["line"] = line_of(application, given["line"])
    return application_command(application, command, actor=Actor.of_user(user), now=now, given=Given(**given))


def line_of(application: Application, code: str) -> ApplicationLine:
    return application.lines.get(entry__code=code)


def submitted(cast: Any, *entries: Entry, now: dt.datetime = MORNING, **changes: Any) -> Application:
    application = draft(cast, *entries, **changes)
    if not Identity.objects.filter(user=cast.applicant).exists():
        verify(cast, cast.applicant)
    return do(application, "submit", cast.applicant, now=now)


def in_review(cast: Any, *entries: Entry, **changes: Any) -> Application:
    return do(submitted(cast, *entries, **changes), "accept", cast.officer)


def returned(cast: Any) -> Application:
    defects = [{"field": "safeguards", "text": "请写明存储地点"}]
    return do(submitted(cast), "return", cast.officer, defects=defects)


def approved(cast: Any, *entries: Entry) -> Application:
    application = in_review(cast, *entries)
    for line in application.lines.all():
        do(application, "approve", cast.application_reviewer, line=line)
        do(application, "approve", cast.officer, line=line)
    return application


def signed(cast: Any, *entries: Entry) -> Application:
    return do(approved(cast, *entries), "sign", cast.applicant, password=PASSWORD)


def granted(cast: Any, *entries: Entry) -> Application:
    return do(signed(cast, *entries), "countersign", cast.officer)


def refused(cast: Any) -> Application:
    application = in_review(cast)
    do(application, "refuse", cast.application_reviewer, **WHY)
    return do(application, "refuse", cast.officer, **WHY)


def reconsidered(cast: Any) -> Application:
    return do(refused(cast), "reconsider", cast.applicant, note="措施已经加强")


def disputed(cast: Any) -> Application:
    application = in_review(cast)
    do(application, "approve", cast.application_reviewer)
    return do(application, "refuse", cast.officer, **WHY)


STAGES = {
    "draft": lambda cast: (verify(cast, cast.applicant), draft(cast))[1],
    "conformity_check": submitted,
    "returned_for_changes": returned,
    "joint_review": in_review,
    "coordination": disputed,
    "agreement_signing": approved,
    "granted": granted,
    "refused": refused,
    "reconsideration": reconsidered,
}
