"""Workers' share: what time does to applications and reports."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from requests_app.services.lapsing import applications_turn
from requests_app.services.reports import reports_close_due


@shared_task
def applications_lapse() -> dict[str, int]:
    """Warns the applicants whose time for correction is about to end, and ends what stayed unanswered (Art. 29)."""
    return applications_turn(now=timezone.now())


@shared_task
def reports_close() -> int:
    """Closes the answered reports whose 14 days brought no objection, once a promised correction is out (Art. 30)."""
    return reports_close_due(now=timezone.now())
