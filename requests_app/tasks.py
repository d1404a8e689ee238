"""Workers' share: what time does to applications and reports."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from requests_app.services.lapsing import applications_turn


@shared_task
def applications_lapse() -> dict[str, int]:
    """Warns the applicants whose time for correction is about to end, and ends what stayed unanswered (Art. 29)."""
    return applications_turn(now=timezone.now())
