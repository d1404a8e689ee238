"""A report's way in, without an account: receipt and secret, limits against abuse, and coming back by the secret."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.models import Entry
from opendata.models import Resource, ResourceVersion
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Identity
from portal.audit.models import Event
from portal.law import RULES, RuleBroken
from portal.workflow import clocks
from requests_app.models import Report
from requests_app.receipts import new_receipt, new_secret, receipt_read, secret_digest, secret_fits
from requests_app.services import report_mail
from requests_app.services.reports import ARTICLE, MACHINE, report_hold, step

PREFIX = "FK"
MIN_TEXT = 10
MAX_TEXT = 5000
MOST_REPORTS = ((dt.timedelta(hours=1), 10), (dt.timedelta(days=1), 50))
MOST_MISSES = 10
MISSES_REST = dt.timedelta(minutes=15)
# Who waited for the lock has an earlier `now` than those who were let in before: their events count all the same.
QUEUE = dt.timedelta(minutes=1)
UNKNOWN_DIGEST = "0" * 64


class TooMany(Exception):
    """Too many tries for now; `wait` says for how many seconds, the message says it to the person."""

    def __init__(self, message: str, wait: dt.timedelta) -> None:
        super().__init__(message)
        self.wait = max(1, round(wait.total_seconds()))


@transaction.atomic
def report_submit(
    *,
    entry: Entry,
    actor: Actor,
    kind: str,
    text: str,
    now: dt.datetime,
    resource: Resource | None = None,
    version: ResourceVersion | None = None,
    column: str = "",
    row: str = "",
    contact: str = "",
    report_id: uuid.UUID | None = None,
) -> tuple[Report, str]:
    """Takes a report from anyone and returns it with its secret, which is told this once and kept as a hash only.

    An API key is no person: it reports as a visitor does. `report_id` is the page's own, so that a form sent twice
    makes one report. A verified person's leak holds the entry at once; any other leak calls the people on duty.

    Raises Entry.DoesNotExist where the actor does not see the entry, RuleBroken for a place that is not in it,
    ValidationError for a malformed field, TooMany beyond the limits of an address or an account.
    """
    actor = actor if actor.kind == "user" else Actor.visitor(actor.address)
    entry = Entry.objects.all().visible_to(actor).get(pk=entry.pk)
    if entry.availability not in ("live", "suspended"):
        raise RuleBroken(_("This entry is not in the open catalogue; there is nothing to report on it."), ARTICLE)
    _require_within_limits(actor, now)
    _require_first_time(report_id)
    if len(text.strip()) < MIN_TEXT:
        raise RuleBroken(
            _("Please say what is wrong in at least %(n)s characters.") % {"n": MIN_TEXT}, ARTICLE, field="text"
        )
    version, column = _located(actor, entry, resource, version, column.strip(), row.strip())
    secret = new_secret()
    report = Report(
        id=report_id or uuid.uuid4(),
        receipt=_free_receipt(timezone.localdate(now)),
        secret_digest=secret_digest(secret),
        entry=entry,
        resource=resource,
        version=version,
        column=column,
        row=row.strip(),
        kind=kind,
        text=text.strip(),
        contact=contact.strip(),
        reporter=actor.user,
        submitted_at=now,
    )
    report.full_clean()
    report.save()
    step(report, "submit", actor=actor, now=now, data={"kind": kind, "network": network_of(actor.address)})
    if kind == "leak":
        _remedy_leak(report, now=now)
    return report, secret


def _remedy_leak(report: Report, *, now: dt.datetime) -> None:
    """Starts the clock of two hours; holds the entry for a verified person, calls the people on duty in any case.

    A stranger's claim holds nothing by itself, or strangers could take data offline.
    """
    clocks.start(report, "leak_verify", now=now)
    verified = report.reporter is not None and is_verified(report.reporter.pk)
    if verified and report.entry.availability == "live":
        report_hold(report, actor=SYSTEM, now=now)
    report_mail.tell_leak(report, held=report.entry.availability == "suspended", now=now)


def is_verified(user_id: uuid.UUID) -> bool:
    """Says whether an officer has confirmed the person's identity."""
    return Identity.objects.filter(user=user_id, state="verified").exists()


def _require_first_time(report_id: uuid.UUID | None) -> None:
    earlier = Report.objects.filter(pk=report_id).first() if report_id is not None else None
    if earlier is not None:
        words = _(
            "This report was received already; its receipt number is %(receipt)s. The secret was shown only once."
        )
        raise RuleBroken(words % {"receipt": earlier.receipt}, ARTICLE)


def _located(
    actor: Actor, entry: Entry, resource: Resource | None, version: ResourceVersion | None, column: str, row: str
) -> tuple[ResourceVersion | None, str]:
    """Returns the version reported on (the current one unless another is named) and the column's name in it."""
    if resource is None:
        if column or row or version is not None:
            raise RuleBroken(_("Say in which resource the column or row stands."), ARTICLE, field="resource")
        return None, ""
    if not Resource.objects.all().visible_to(actor).filter(pk=resource.pk, entry=entry).exists():
        raise RuleBroken(_("This resource does not belong to the entry."), ARTICLE, field="resource")
    if version is not None and (version.resource_id != resource.pk or version.state != "published"):
        raise RuleBroken(_("This version does not belong to the resource."), ARTICLE, field="version")
    version = version or resource.current
    if not column:
        return version, ""
    for known in version.columns if version is not None else []:
        if column in (known["name"], known.get("original_name")):
            return version, str(known["name"])
    raise RuleBroken(
        _("The resource has no column “%(column)s”; its columns are listed on its page.") % {"column": column},
        ARTICLE,
        field="column",
    )


def _free_receipt(day: dt.date) -> str:
    while True:
        receipt = new_receipt(PREFIX, day)
        if not Report.objects.filter(receipt=receipt).exists():
            return receipt


def network_of(address: str) -> str:
    """Returns what counts as one sender: an IPv4 address, or the /64 network that one IPv6 subscriber is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _require_within_limits(actor: Actor, now: dt.datetime) -> None:
    """Refuses a flood, with the wait: a visitor is counted by network, a signed-in person by account.

    Counted from the events, which stand in the database: the limit holds when the cache is down. Senders who come
    at the same moment queue on a lock of their own, so that none slips through between counting and writing.
    """
    if actor.kind == "user":
        sent, sender = Event.objects.filter(actor_kind="user", actor_id=actor.id), actor.id
    else:
        sender = network_of(actor.address)
        sent = Event.objects.filter(actor_kind="visitor", data__network=sender)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [sender, ARTICLE])
    sent = sent.filter(action=RULES.command(MACHINE, "submit").event).order_by("-at")
    for window, most in MOST_REPORTS:
        times = list(sent.filter(at__gt=now - window, at__lte=now + QUEUE).values_list("at", flat=True)[:most])
        if len(times) == most:
            wait = times[-1] + window - now
            message = _("So many reports came from here that we pause. Please try again in %(minutes)s minutes.")
            raise TooMany(message % {"minutes": -(-int(wait.total_seconds()) // 60)}, wait)


def report_by_secret(receipt: str, secret: str, *, now: dt.datetime) -> Report | None:
    """Returns the report whose secret this is, or None; compared in constant time, an unknown receipt included.

    After ten wrong secrets the report answers nobody's secret for a quarter of an hour (TooMany); the count stands in
    the database, so it holds when the cache is down.
    """
    with transaction.atomic():
        found = Report.objects.select_for_update(of=("self",)).filter(receipt=receipt_read(receipt))
        report = found.select_related("entry").first()
        if report is None:
            secret_fits(secret, UNKNOWN_DIGEST)
            return None
        rested = report.secret_missed_at is None or now >= report.secret_missed_at + MISSES_REST
        if report.secret_misses >= MOST_MISSES and not rested and report.secret_missed_at is not None:
            message = _("Too many wrong secrets were sent for this report. Please try again in a quarter of an hour.")
            raise TooMany(message, report.secret_missed_at + MISSES_REST - now)
        fits = secret_fits(secret, report.secret_digest)
        misses = 0 if fits else (1 if rested else report.secret_misses + 1)
        if misses != report.secret_misses:
            report.secret_misses = misses
            report.secret_missed_at = None if fits else now
            report.save(update_fields=["secret_misses", "secret_missed_at"])
        return report if fits else None
