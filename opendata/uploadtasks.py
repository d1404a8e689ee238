"""The clock's share of uploads in pieces; apart from tasks.py, which the services under uploads need themselves."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from opendata import uploads


@shared_task
def uploads_clear() -> int:
    """Removes uploads that were left for too long, and hands over whole ones whose request was lost."""
    return uploads.uploads_sweep(now=timezone.now())
