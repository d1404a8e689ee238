"""Statistics of the portal: each drawn where JavaScript runs, and always as a table (Art. 27, 29, 30, 39)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.accounts.models import Department
from portal.language import label, say
from portal.law import RULES
from portal.site import figures


@require_safe
def stats(request: HttpRequest) -> HttpResponse:
    """Shows what is open, what is drawn, how applications and reports went."""
    today = timezone.localdate()
    classes = figures.by_open_class()
    domains = figures.by_domain()
    states, decided, median = figures.applications()
    outcomes, received = figures.reports()
    machine = RULES.machine("application")
    known = figures.by_department()
    departments = [(str(row), known[row.pk]) for row in Department.objects.filter(pk__in=known)]
    departments.sort(key=lambda line: -line[1].entries)
    context = {
        "live": figures.live(),
        "today": today,
        "days": figures.DAYS_SHOWN,
        "class_headers": [_("Open class"), _("Entries")],
        "class_rows": [[label("open_class", name), n] for name, n in classes.items()],
        "domain_headers": [_("Domain"), _("Entries")],
        "domain_rows": [
            [say(code.label), domains.get(code.value, 0)]
            for code in RULES.codes("domain").items
            if code.value != "other" or domains.get("other")
        ],
        "use_headers": [_("Day"), _("Downloads"), _("API calls")],
        "use_rows": [[f"{day:%m-%d}", downloads, calls] for day, downloads, calls in figures.uses_by_day(today)],
        "departments": departments,
        "application_headers": [_("Result"), _("Applications")],
        "application_rows": [
            [say(state.label), states[state.name]] for state in machine.states if state.name in states
        ],
        "decided": decided,
        "median": median,
        "report_headers": [_("Outcome"), _("Reports")],
        "report_rows": [
            [label("report_outcome", code.value), outcomes.get(code.value, 0)]
            for code in RULES.codes("report_outcome").items
        ],
        "received": received,
        "answered": sum(outcomes.values()),
    }
    return render(request, "site/stats.html", context)
