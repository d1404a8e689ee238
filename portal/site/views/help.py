"""The help page: how to find, download, cite, apply, use a key and report, and how accessible this site is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.law import RULES

APPLYING = ("conformity_check", "provider_review", "authority_review", "signing", "reconsideration_window")
REPORTING = ("report_verify", "leak_verify", "report_outcome", "report_not_solved")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Shows the help page; its time limits come from the law table, so that it never promises anything else."""
    rows = request.build_absolute_uri("/api/v1/resources/RESOURCE/rows/")
    context = {
        "clocks": {name: RULES.clock(name) for name in (*APPLYING, *REPORTING)},
        "rows_example": f"{rows}?day__gte=2026-05-01&sort=-pm25&limit=100",
        "key_example": f"curl -H 'Authorization: Bearer xjod_…' \\\n  '{rows}?limit=100'",
    }
    return render(request, "site/help.html", context)
