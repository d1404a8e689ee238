"""Commands on citizen reports (Art. 30). Each owns its transaction; the workflow checks, changes and records.

The report is locked first, then its entry; two reports (merging) are locked in the order of their ids.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalogue.availability import entry_suspend, entry_withdraw
from catalogue.models import EntryVersion
from opendata.models import ResourceVersion
from portal.accounts import access
from portal.accounts.access import Denied
from portal.accounts.actors import SYSTEM, Actor
from portal.language import say
from portal.law import RULES, Command, RuleBroken, Side
from portal.workflow.commands import carry_out, lock
from requests_app.models import Report, ReportStep
from requests_app.receipts import receipt_read
from requests_app.services import report_mail
from requests_app.services.report_mail import in_site_language

MACHINE = "report"
ARTICLE = 30
HOLDING = ("suspend", "process_then_open")


def leading(report: Report) -> Report:
    """Returns the report that tells a merged one's progress; a report that was not merged leads itself."""
    while report.merged_into is not None:
        report = report.merged_into
    return report


def last_day_to_object(report: Report) -> dt.date | None:
    """Returns the last day on which the reporter may say that it is not solved: the day of the answer is day zero."""
    if report.feedback_at is None:
        return None
    return timezone.localdate(report.feedback_at) + dt.timedelta(days=RULES.clock("report_not_solved").limit)


def correction_published(report: Report) -> bool:
    """Says whether a version newer than the report is out: of the data it named, or of the entry's description."""
    published = ResourceVersion.objects.published()
    data = published.filter(resource__entry=report.entry_id, published_at__gt=report.submitted_at)
    if report.resource_id is not None:
        data = data.filter(resource=report.resource_id)
    wording = EntryVersion.objects.filter(entry=report.entry_id, published_at__gt=report.submitted_at)
    return data.exists() or wording.exists()


def hindrance(report: Report, command: str, *, today: dt.date) -> Denied | None:
    """Returns which fact that the command needs is missing on this report today, or None."""
    last_day = last_day_to_object(report)
    if command == "hold":
        if report.kind != "leak":
            return _missing("leak_claimed")
        if report.entry.availability != "live":
            return Denied(_("The data of this entry is not given out at present; there is nothing to hold."), ARTICLE)
    if command == "say_not_solved" and (last_day is None or today > last_day):
        return _missing("within_not_solved_window")
    if command == "close":
        if last_day is None or today <= last_day:
            return _missing("not_solved_window_over")
        if report.outcome == "process_then_open" and not correction_published(report):
            return _missing("correction_published")
    return None


def _missing(need: str) -> Denied:
    row = RULES.need(need)
    return Denied(say(row.says), row.article)


def report_commands(
    actor: Actor, report: Report, *, today: dt.date
) -> tuple[list[Command], list[tuple[Command, Denied]]]:
    """Returns the officials' commands that follow in this state: those the actor may give, and why not the others."""
    offered: list[Command] = []
    refused: list[tuple[Command, Denied]] = []
    for row in RULES.machine(MACHINE).from_state(report.state):
        if all(by.side in (Side.REPORTER, Side.SYSTEM) for by in row.by):
            continue
        answer = access.can(actor, MACHINE, row.name, report)
        denied = answer if isinstance(answer, Denied) else hindrance(report, row.name, today=today)
        if denied is None:
            offered.append(row)
        elif row.name != "hold" or report.kind == "leak":
            refused.append((row, denied))
    return offered, refused


def step(
    report: Report, command: str, *, actor: Actor, now: dt.datetime, note: str = "", data: dict[str, str] | None = None
) -> None:
    """Carries out one command with its event, checks the facts it needs, and adds the step to the timeline."""
    note = note.strip()
    carry_out(report, MACHINE, command, actor=actor, now=now, note=note, data=data, target=_open_target(command))
    missing = hindrance(report, command, today=timezone.localdate(now))
    if missing is not None:
        raise RuleBroken(missing.reason, missing.article)
    ReportStep.objects.create(report=report, command=command, by=actor.user, at=now, note=note)


def _open_target(command: str) -> str | None:
    return "verifying" if command == "say_not_solved" else None


@transaction.atomic
def report_accept(report: Report, *, actor: Actor, now: dt.datetime, note: str = "") -> Report:
    """Takes the report up for the provider."""
    step(report, "accept", actor=actor, now=now, note=note)
    return report


@transaction.atomic
def report_reject(report: Report, *, actor: Actor, now: dt.datetime, note: str = "") -> Report:
    """Says, with the reason, that it is not about a problem with public data, and tells the reporter."""
    step(report, "reject", actor=actor, now=now, note=note)
    report_mail.tell_rejection(report, reason=note.strip(), now=now)
    return report


@transaction.atomic
def report_merge(report: Report, *, actor: Actor, now: dt.datetime, into: str, note: str = "") -> Report:
    """Handles the report together with an earlier one on the same entry, named by its receipt number.

    Raises RuleBroken where that one is unknown, on another entry, this report itself, or put aside already.
    """
    found = Report.objects.filter(receipt=receipt_read(into), entry=report.entry_id).exclude(pk=report.pk).first()
    for pk in sorted({report.pk, *([found.pk] if found else [])}):
        Report.objects.select_for_update(of=("self",)).get(pk=pk)
    step(report, "merge", actor=actor, now=now, note=note, data={"into": found.receipt} if found else None)
    if found is None:
        raise RuleBroken(say(RULES.need("leading_report_named").says), ARTICLE, field="into")
    lock(found)
    if found.state in ("merged", "not_a_report"):
        raise RuleBroken(_("That report is not being handled; name the one that leads."), ARTICLE, field="into")
    report.merged_into = found
    report.save(update_fields=["merged_into"])
    return report


@transaction.atomic
def report_verify(report: Report, *, actor: Actor, now: dt.datetime, note: str = "") -> Report:
    """Begins the verification; the clocks of verification stop."""
    step(report, "verify", actor=actor, now=now, note=note)
    return report


@transaction.atomic
def report_propose_outcome(report: Report, *, actor: Actor, now: dt.datetime, outcome: str, note: str) -> Report:
    """Decides one of the four outcomes; `note` is the answer to the reporter.

    Withdraw, suspend and process-then-open take hold on the entry in the same transaction, each with its own event.
    """
    step(report, "propose_outcome", actor=actor, now=now, note=note, data={"outcome": outcome})
    if outcome not in {code.value for code in RULES.codes("report_outcome").items}:
        raise RuleBroken(say(RULES.need("outcome_chosen").says), ARTICLE, field="outcome")
    _take_hold(report, outcome, actor=actor, now=now)
    report.outcome, report.answer = outcome, note.strip()
    report.save(update_fields=["outcome", "answer"])
    return report


def _take_hold(report: Report, outcome: str, *, actor: Actor, now: dt.datetime) -> None:
    """Applies the outcome to the entry; what another report brought about already is not done twice."""
    entry = report.entry
    lock(entry)
    if entry.availability == "withdrawn" and outcome != "withdraw":
        raise RuleBroken(_("This entry is withdrawn already; the outcome can only say so."), ARTICLE, field="outcome")
    label = RULES.label("report_outcome", outcome).say(settings.LANGUAGE_CODE)
    words = gettext_noop("Decided on report %(receipt)s: %(outcome)s.")
    reason = in_site_language(words, receipt=report.receipt, outcome=label)
    if outcome == "withdraw" and entry.availability != "withdrawn":
        entry_withdraw(entry, actor=actor, now=now, note=reason)
    elif outcome in HOLDING and entry.availability == "live":
        entry_suspend(entry, actor=actor, now=now, note=reason, cause=report.receipt)


@transaction.atomic
def report_send_feedback(report: Report, *, actor: Actor, now: dt.datetime, note: str = "") -> Report:
    """Gives the answer to the reporter and to those whose reports were merged into this one."""
    step(report, "send_feedback", actor=actor, now=now, note=note)
    report.feedback_at = now
    report.save(update_fields=["feedback_at"])
    report_mail.tell_outcome(report, last_day=last_day_to_object(report), now=now)
    return report


@transaction.atomic
def report_say_not_solved(report: Report, *, actor: Actor, now: dt.datetime, note: str = "") -> Report:
    """Sends the report back into verification at the reporter's word; another handler decides then.

    The reporter is the signed-in one, or whoever knows the secret: `Actor.reporter(report.pk)`.
    """
    step(report, "say_not_solved", actor=actor, now=now, note=note)
    report.reopened += 1
    report.save(update_fields=["reopened"])
    report_mail.tell_not_solved(report, now=now)
    return report


@transaction.atomic
def report_close(report: Report, *, actor: Actor, now: dt.datetime, note: str = "") -> Report:
    """Ends the report once 14 days have passed and, for process-then-open, the corrected version is out."""
    step(report, "close", actor=actor, now=now, note=note)
    report.closed_at = now
    report.save(update_fields=["closed_at"])
    return report


@transaction.atomic
def report_hold(report: Report, *, actor: Actor, now: dt.datetime, note: str = "") -> Report:
    """Stops the entry's data at once on a claimed leak; the state of the report stays as it is."""
    step(report, "hold", actor=actor, now=now, note=note)
    words = gettext_noop("A leak was reported (%(receipt)s); the data is held.")
    reason = in_site_language(words, receipt=report.receipt)
    entry_suspend(report.entry, actor=actor, now=now, note=reason, cause=report.receipt)
    return report


def report_command(
    report: Report, command: str, *, actor: Actor, now: dt.datetime, note: str = "", outcome: str = "", into: str = ""
) -> Report:
    """Carries out a command by its name, for pages and API alike; raises KeyError for a name that is no command."""
    if command == "propose_outcome":
        return report_propose_outcome(report, actor=actor, now=now, outcome=outcome, note=note)
    if command == "merge":
        return report_merge(report, actor=actor, now=now, into=into, note=note)
    return PLAIN[command](report, actor=actor, now=now, note=note)


PLAIN = {
    "accept": report_accept,
    "reject": report_reject,
    "verify": report_verify,
    "send_feedback": report_send_feedback,
    "say_not_solved": report_say_not_solved,
    "close": report_close,
    "hold": report_hold,
}
COMMANDS = (*PLAIN, "merge", "propose_outcome")


def reports_close_due(*, now: dt.datetime) -> int:
    """Closes every answered report whose 14 days are over and whose correction, if one was promised, is out."""
    today = timezone.localdate(now)
    closed = 0
    for pk in Report.objects.filter(state="feedback_sent").values_list("pk", flat=True):
        with transaction.atomic():
            found = Report.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk)
            report = found.filter(state="feedback_sent").first()
            if report is not None and hindrance(report, "close", today=today) is None:
                report_close(report, actor=SYSTEM, now=now)
                closed += 1
    return closed
