"""The acts on grants, reports and identities; all acts of the law's table together."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from catalogue.models import Entry
from opendata.grants import grant_command, grant_open
from opendata.models import Grant
from portal.accounts.actors import Actor
from portal.accounts.models import Identity
from requests_app.services.identity import identity_decide, identity_request
from requests_app.services.report_intake import report_submit
from requests_app.services.reports import report_command
from tests.events_acts import APPLICATION_ACTS, ENTRY_ACTS, VERSION_ACTS, WHY, Begin, Do, act
from tests.factories import make_entry, make_grant, now
from tests.requests_app import application_cases as cases
from tests.requests_app import report_cases

# --- Grants ----------------------------------------------------------------------------------------------------------


def running(cast: Any) -> Grant:
    """Makes a grant that is active."""
    return make_grant(cast.applicant, cases.conditional(cast))


def suspended(cast: Any) -> Grant:
    """Makes a grant that is suspended."""
    return grant_command(running(cast), "suspend", actor=Actor.of_user(cast.officer), now=now(), note=WHY)


def scheduled(cast: Any) -> Grant:
    """Makes a grant whose term has yet to begin."""
    today = timezone.localdate()
    entry = cases.conditional(cast)
    days: dict[str, Any] = {"starts_on": today + dt.timedelta(days=2), "ends_on": today + dt.timedelta(days=9)}
    return grant_open(entry=entry, user=cast.applicant, organisation=None, agreement="XY-2", now=now(), **days)


def grant(command: str, note: str = "") -> Do:
    """Returns what gives a command on a grant."""
    return lambda stand, actor: grant_command(stand, command, actor=actor, now=now(), note=note)


def open_grant(stand: Any, actor: Actor) -> Grant:
    """Opens a grant for the applicant."""
    entry, user = stand
    return make_grant(user, entry)


G = "grant"
GRANT_ACTS = [
    act(G, "open", "system", lambda cast: (cases.conditional(cast), cast.applicant), open_grant),
    act(G, "activate", "system", scheduled, grant("activate")),
    act(G, "expire", "system", running, grant("expire")),
    *(
        one
        for who in ("application_reviewer", "officer")
        for one in (
            act(G, "suspend", who, running, grant("suspend", WHY), bare=grant("suspend")),
            act(G, "resume", who, suspended, grant("resume")),
            act(G, "revoke", who, running, grant("revoke", WHY), bare=grant("revoke")),
        )
    ),
    act(G, "end", "applicant", running, grant("end")),
]

# --- Reports ---------------------------------------------------------------------------------------------------------


def reported(cast: Any, **changes: Any) -> Any:
    """Makes a report that nobody has taken up."""
    return report_cases.send(make_entry(cast), **changes)[0]


def reported_in(state: str) -> Begin:
    """Returns what makes a report and takes it to a state."""
    return lambda cast: report_cases.bring_to(reported(cast), state, cast)


def leak(cast: Any) -> Any:
    """Makes the report of a leak by a stranger."""
    return reported(cast, kind="leak")


def two_reports(cast: Any) -> Any:
    """Makes two reports on one entry; the second comes back knowing the first's receipt number."""
    entry = make_entry(cast)
    first: Any = report_cases.send(entry)[0]
    second: Any = report_cases.send(entry)[0]
    second.lead = first.receipt
    return second


def report(command: str, **given: Any) -> Do:
    """Returns what gives a command on a report."""
    return lambda stand, actor: report_command(stand, command, actor=actor, **{"now": now(), **given})


def merge(stand: Any, actor: Actor) -> Any:
    """Merges the second report into the first."""
    return report_command(stand, "merge", actor=actor, now=now(), into=stand.lead)


def submit_report(entry: Entry, actor: Actor) -> Any:
    """Reports an error."""
    return report_submit(entry=entry, actor=actor, kind="error", text=report_cases.TEXT, now=now())[0]


def after_the_window(stand: Any, actor: Actor) -> Any:
    """Closes a report fifteen days after its answer."""
    return report_command(stand, "close", actor=actor, now=now() + dt.timedelta(days=15))


def outcome(name: str, note: str = WHY) -> Do:
    """Returns what decides on one of the four outcomes."""
    return report("propose_outcome", outcome=name, note=note)


R = "report"
REPORT_ACTS = [
    act(R, "submit", "visitor", make_entry, submit_report),
    act(R, "accept", "handler", reported, report("accept")),
    act(R, "reject", "handler", reported, report("reject", note=WHY), bare=report("reject")),
    act(R, "merge", "handler", two_reports, merge),
    act(R, "verify", "handler", reported_in("accepted"), report("verify")),
    act(R, "propose_outcome", "handler", reported_in("verifying"), outcome("keep_open"), bare=outcome("suspend", "")),
    act(R, "propose_outcome", "handler2", reported_in("verifying"), outcome("suspend"), "catalogue.entry.suspended"),
    act(R, "send_feedback", "handler", reported_in("outcome_proposed"), report("send_feedback")),
    act(R, "say_not_solved", "reporter", reported_in("feedback_sent"), report("say_not_solved")),
    act(R, "close", "handler", reported_in("feedback_sent"), after_the_window),
    act(R, "close", "system", reported_in("feedback_sent"), after_the_window),
    act(R, "hold", "handler", leak, report("hold"), "catalogue.entry.suspended"),
    act(R, "hold", "officer", leak, report("hold"), "catalogue.entry.suspended"),
]

# --- Identities ------------------------------------------------------------------------------------------------------


def unasked(cast: Any) -> Any:
    """Makes a person whose check was rejected, so that there is something to ask again for."""
    identity = cases.ask_identity(cast.applicant)
    return identity_decide(identity, "reject", actor=Actor.of_user(cast.officer), now=now(), note=WHY)


def ask(stand: Identity, actor: Actor) -> Any:
    """Asks for the check again."""
    facts: dict[str, Any] = {
        "real_name": "示例用户",
        "number": cases.citizen_number(),
        "jurisdiction": stand.jurisdiction,
    }
    return identity_request(actor=actor, now=now(), **facts)


def decide(command: str, note: str = "") -> Do:
    """Returns what decides on an identity."""
    return lambda stand, actor: identity_decide(stand, command, actor=actor, now=now(), note=note)


def asked(cast: Any) -> Identity:
    """Makes a person who asked for the check."""
    return cases.ask_identity(cast.applicant)


I = "identity"  # noqa: E741
IDENTITY_ACTS = [
    act(I, "request", "applicant", unasked, ask),
    act(I, "verify", "officer", asked, decide("verify")),
    act(I, "reject", "officer", asked, decide("reject", WHY), bare=decide("reject")),
]
ACTS = [*VERSION_ACTS, *ENTRY_ACTS, *APPLICATION_ACTS, *GRANT_ACTS, *REPORT_ACTS, *IDENTITY_ACTS]
