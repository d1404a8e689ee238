"""Who provides the data: departments by jurisdiction, and the page of each (Art. 2, 6, 10, 27)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalogue.models import Entry
from portal.accounts.actors import actor_of
from portal.accounts.models import Department, Jurisdiction
from portal.site import figures
from portal.site.cards import cards, for_lists

ENTRIES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A department in the list with its figures."""

    department: Department
    figures: figures.DepartmentFigures


@dataclass(frozen=True, slots=True)
class Group:
    """A jurisdiction with its departments, its data authority first."""

    jurisdiction: Jurisdiction
    lines: list[Line]


@require_safe
def department_list(request: HttpRequest) -> HttpResponse:
    """Shows all departments by jurisdiction, with their entries by class and the attach rate."""
    known = figures.by_department()
    groups: dict[str, Group] = {}
    for row in Department.objects.all().visible_to(actor_of(request)).select_related("jurisdiction"):
        group = groups.setdefault(row.jurisdiction_id, Group(row.jurisdiction, []))
        group.lines.append(Line(row, known.get(row.pk, figures.DepartmentFigures())))
    context = {"groups": list(groups.values()), "total": sum(len(group.lines) for group in groups.values())}
    return render(request, "site/departments.html", context)


@require_safe
def department(request: HttpRequest, code: str) -> HttpResponse:
    """Shows a department: duties, chief data officer, contact, figures and newest entries."""
    found = Department.objects.all().visible_to(actor_of(request)).select_related("jurisdiction")
    shown = get_object_or_404(found, code=code)
    entries = for_lists(Entry.objects.all().open_to_public().filter(provider=shown))
    context = {
        "department": shown,
        "authority": shown.authority,
        "figures": figures.by_department().get(shown.pk, figures.DepartmentFigures()),
        "entries": cards(entries[:ENTRIES_SHOWN]),
        "shown": ENTRIES_SHOWN,
    }
    return render(request, "site/department.html", context)
