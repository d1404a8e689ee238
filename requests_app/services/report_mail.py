"""What reports tell by mail, through the outbox: the receipt, never the secret nor what the reporter wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.accounts.models import Department, User
from portal.law import RULES, Role, Side
from portal.workflow.outbox import mail_queue
from requests_app.models import Report


def in_site_language(message: str, **values: object) -> str:
    """Returns a sentence that is stored or mailed, in the site's own language: its reader is not the present one."""
    with translation.override(settings.LANGUAGE_CODE):
        return _(message) % values


def tell_leak(report: Report, *, held: bool, now: dt.datetime) -> None:
    """Calls the provider's report handlers and the authority's officers to a claimed leak (Art. 30, 37)."""
    happened = (
        gettext_noop("A verified person reported a leak. The data of “%(entry)s” (%(code)s) is held.")
        if held
        else gettext_noop(
            "A leak was reported on “%(entry)s” (%(code)s). The data is still given out: please look at once, "
            "and hold it in one step if the claim is credible."
        )
    )
    limit = gettext_noop("To be verified within %(hours)s hours (a service standard; Art. 30 says: at once).")
    lines = [
        in_site_language(happened, entry=_entry(report), code=report.entry.code),
        in_site_language(limit, hours=RULES.clock("leak_verify").limit),
        in_site_language(gettext_noop("Report: %(address)s"), address=_desk(report)),
    ]
    subject = in_site_language(gettext_noop("Leak reported: %(receipt)s"), receipt=report.receipt)
    _tell_officials(report, subject, lines, officers=True, now=now)


def tell_not_solved(report: Report, *, now: dt.datetime) -> None:
    """Tells the provider's handlers that a reporter does not find the problem solved; another person is to decide."""
    words = gettext_noop("The reporter says that it is not solved. Another handler verifies it anew: %(address)s")
    subject = in_site_language(gettext_noop("Not solved: report %(receipt)s"), receipt=report.receipt)
    _tell_officials(report, subject, [in_site_language(words, address=_desk(report))], officers=False, now=now)


def tell_outcome(report: Report, *, last_day: dt.date | None, now: dt.datetime) -> None:
    """Sends the outcome and the answer to everyone who reported the problem and can be written to."""
    outcome = RULES.label("report_outcome", report.outcome).say(settings.LANGUAGE_CODE)
    objection = gettext_noop(
        "If it is not solved, please say so by %(day)s on the page of your report; another person looks at it then."
    )
    lines = [
        in_site_language(gettext_noop("Outcome: %(outcome)s"), outcome=outcome),
        report.answer,
        in_site_language(objection, day=last_day),
    ]
    _tell_reporters(report, gettext_noop("Answer to your report %(receipt)s"), lines, now=now)


def tell_rejection(report: Report, *, reason: str, now: dt.datetime) -> None:
    """Sends the reason why it is not taken as a report."""
    words = gettext_noop("It was not taken up as a report on public data, for this reason:")
    lines = [in_site_language(words), reason]
    _tell_reporters(report, gettext_noop("Answer to your report %(receipt)s"), lines, now=now)


def _tell_reporters(report: Report, subject: str, lines: list[str], *, now: dt.datetime) -> None:
    for one in followers(report):
        to = address_of_reporter(one)
        if to is None:
            continue
        about = in_site_language(
            gettext_noop("Your report %(receipt)s on “%(entry)s”:"), receipt=one.receipt, entry=_entry(one)
        )
        where = in_site_language(
            gettext_noop("Progress and answer: %(address)s"), address=reverse("requests:report", args=[one.receipt])
        )
        mail_queue(
            to=to,
            subject=in_site_language(subject, receipt=one.receipt),
            body="\n\n".join([about, *lines, where]),
            now=now,
        )


def followers(report: Report) -> list[Report]:
    """Returns the report and those merged into it, and into these."""
    found = [report]
    for one in found:
        found.extend(one.merged.select_related("reporter", "entry__published"))
    return found


def address_of_reporter(report: Report) -> str | None:
    """Returns where the reporter can be written to: the contact if it is an e-mail address, else the account's."""
    try:
        validate_email(report.contact)
    except ValidationError:
        return report.reporter.email if report.reporter is not None else None
    return report.contact


def _tell_officials(report: Report, subject: str, lines: list[str], *, officers: bool, now: dt.datetime) -> None:
    people = set(_holders(report.department_of(Side.PROVIDER), Role.REPORT_HANDLER))
    if officers:
        people |= set(_holders(report.department_of(Side.AUTHORITY), Role.AUTHORITY_OFFICER))
    for email in sorted(people):
        mail_queue(to=email, subject=subject, body="\n\n".join(lines), now=now)


def _holders(department: Department | None, role: Role) -> Iterable[str]:
    if department is None:
        return []
    held = User.objects.filter(
        is_active=True,
        groups__departmentgroupobjectpermission__content_object=department,
        groups__departmentgroupobjectpermission__permission__codename=role.value,
    )
    return held.values_list("email", flat=True).distinct()


def _entry(report: Report) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(report.entry)


def _desk(report: Report) -> str:
    return reverse("requests:desk_report", args=[report.receipt])
