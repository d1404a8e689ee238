"""/desk/entries/: my departments' entries, registering one, and an entry's availability (Art. 7, 12, 30)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalogue.availability import COMMANDS, entry_command
from catalogue.forms import MORE_ROWS, CommandForm, RegisterForm, elements_formset, sent_rows, take_errors
from catalogue.models import Entry, EntryVersion
from catalogue.services import entry_create
from portal.accounts import access
from portal.accounts.actors import Actor, actor_of
from portal.language import say
from portal.law import RULES, Command, Role, RuleBroken
from portal.workflow.calendar import current_calendar
from portal.workflow.models import Clock

ON_A_PAGE = 30
VERSION_STATES = ("draft", "department_review", "secrecy_review", "authority_review", "published", "discarded")
AVAILABILITIES = ("suspended", "withdrawn")


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the desk's list: its version that matters now, and for whom it waits."""

    entry: Entry
    version: EntryVersion
    waits_for: str
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the list."""

    label: str
    url: str
    current: bool
    count: int


def require_official(actor: Actor) -> None:
    """Raises Http404 for who holds no role: the desk is not theirs."""
    if not access.is_official(actor.user):
        raise Http404


def own_entry(request: HttpRequest, pk: Any) -> Entry:
    """Returns an entry of the official's own departments or their authority's, or answers 404."""
    entries = Entry.objects.own(actor_of(request)).select_related("published", "provider__jurisdiction")
    return get_object_or_404(entries, pk=pk)


def latest(versions: QuerySet[EntryVersion]) -> QuerySet[EntryVersion]:
    """Returns of each entry the version in hand: the newest, which is the one in work where there is one."""
    newest = EntryVersion.objects.filter(entry=OuterRef("entry")).order_by("-number").values("pk")[:1]
    return versions.filter(pk=Subquery(newest))


@login_required
@require_safe
def entry_list(request: HttpRequest) -> HttpResponse:
    """Lists the entries of my departments by the state of the version in hand."""
    actor = actor_of(request)
    require_official(actor)
    own = latest(EntryVersion.objects.own(actor))
    state = request.GET.get("state", "")
    chosen = own
    if state in VERSION_STATES:
        chosen = own.filter(state=state)
    elif state in AVAILABILITIES:
        chosen = own.filter(entry__availability=state)
    elif state:
        raise Http404
    related = chosen.select_related("entry__provider__jurisdiction", "entry__published").order_by("-created_at", "pk")
    page = Paginator(related, ON_A_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    context = {
        "rows": _rows(page.object_list, today),
        "page": page,
        "next_url": _page_url(request, page.next_page_number()) if page.has_next() else "",
        "previous_url": _page_url(request, page.previous_page_number()) if page.has_previous() else "",
        "tabs": _tabs(own, state),
        "state": state,
        "may_register": access.departments_with_role(actor.user, Role.REGISTRAR).exists(),
    }
    return render(request, "catalogue/desk/list.html", context)


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


def _tabs(own: QuerySet[EntryVersion], current: str) -> list[Tab]:
    """Returns the tabs with their counts; an empty state has no tab unless it is the one shown."""
    by_state = dict(own.order_by().values_list("state").annotate(n=Count("pk")))
    held = dict(own.order_by().values_list("entry__availability").annotate(n=Count("pk")))
    counts = by_state | {name: held.get(name, 0) for name in AVAILABILITIES}
    labels = {name: RULES.machine("entry_version").state(name).label for name in VERSION_STATES}
    labels |= {name: RULES.machine("entry").state(name).label for name in AVAILABILITIES}
    every = Tab(_("All"), reverse("entries:list"), not current, sum(by_state.values()))
    return [
        every,
        *(
            Tab(say(text), f"{reverse('entries:list')}?state={name}", name == current, counts.get(name, 0))
            for name, text in labels.items()
            if counts.get(name) or name == current
        ),
    ]


def _rows(versions: Iterable[EntryVersion], today: dt.date) -> list[Row]:
    shown = list(versions)
    calendar = current_calendar()
    running = Clock.objects.running().filter(object_id__in=[version.pk for version in shown])
    due = {clock.object_id: clock.due_on for clock in running}
    rows = []
    for version in shown:
        day = due.get(version.pk)
        left = calendar.working_days_between(today, day) if day else None
        rows.append(Row(version.entry, version, waits_for(version.state), left))
    return rows


def waits_for(state: str) -> str:
    """Says who moves a version on from this state, or nothing where nobody needs to."""
    machine = RULES.machine("entry_version")
    if machine.state(state).final or state == "published":
        return ""
    forward = [row for row in machine.from_state(state) if not row.by_system]
    return say(RULES.who(forward[0].by[0]))


@login_required
@require_http_methods(["GET", "POST"])
def entry_new(request: HttpRequest) -> HttpResponse:
    """Registers a new entry as a draft."""
    actor = actor_of(request)
    require_official(actor)
    mine = access.departments_with_role(actor.user, Role.REGISTRAR)
    if not mine.exists():
        raise access.NotAllowed(access.Denied(_("Entries are registered by a designated registrar."), 12))
    if request.method != "POST":
        return _form_page(request, RegisterForm(departments=mine, initial=_initial(request)), elements_formset())
    if "add_rows" in request.POST:
        form = RegisterForm(departments=mine, initial=typed(request.POST))
        return _form_page(request, form, elements_formset(rows=sent_rows(request.POST), extra=MORE_ROWS))
    form, formset, refused = RegisterForm(request.POST, departments=mine), elements_formset(request.POST), list[str]()
    status = 422
    if form.is_valid() and formset.is_valid():
        try:
            version = entry_create(
                actor=actor,
                provider=form.cleaned_data["provider"],
                code=form.cleaned_data["code"],
                fields=form.content(),
                elements=formset.rows(),
                now=timezone.now(),
            )
        except (RuleBroken, ValidationError) as raised:
            take_errors(form, raised, refused)
            status = 409 if isinstance(raised, RuleBroken) else 422
        else:
            messages.success(request, _("The draft is registered. Submit it for review when it is complete."))
            return redirect("entries:version", version.pk)
    return _form_page(request, form, formset, refused=refused, status=status)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Returns what a new entry begins with: the region of the registrar's department."""
    first = access.departments_with_role(actor_of(request).user, Role.REGISTRAR).first()
    return {"region": first.jurisdiction_id} if first else {}


def typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what was typed into the form's fields, unchecked, to show it again."""
    kept = {name: data[name] for name in data if not name.startswith("elements-")}
    return kept | {"classified": bool(kept.get("classified"))}


def _form_page(
    request: HttpRequest, form: RegisterForm, formset: Any, *, refused: list[str] | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "formset": formset, "refused": refused or [], "back": reverse("entries:list")}
    return render(request, "catalogue/desk/form.html", context, status=status)


@login_required
@require_safe
def entry_page(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows one entry from the inside: whether its data is given out, the hold on it, its versions, the commands."""
    entry = own_entry(request, pk)
    actor = actor_of(request)
    rows = [RULES.command("entry", name) for name in COMMANDS]
    answers = [(row, access.can(actor, "entry", row.name, entry)) for row in rows if entry.availability in row.sources]
    holds = entry.suspensions.select_related("provider_agreed_by", "authority_agreed_by")
    context = {
        "entry": entry,
        "hold": holds.filter(lifted_at=None).first() if entry.availability == "suspended" else None,
        "holds": holds,
        "versions": entry.versions.visible_to(actor).order_by("-number"),
        "in_work": entry.versions.in_work().first(),
        "is_registrar": access.has_role(actor.user, Role.REGISTRAR, entry.provider),
        "commands": [
            {"url": reverse("entries:availability", args=[entry.pk, row.name]), "command": row}
            for row, answer in answers
            if answer
        ],
        "denied": [
            {"command": row, "reason": answer.reason, "article": answer.article}
            for row, answer in answers
            if isinstance(answer, access.Denied)
        ],
    }
    return render(request, "catalogue/desk/entry.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def availability(request: HttpRequest, pk: Any, command: str) -> HttpResponse:
    """Asks once more, then suspends, agrees to resume or withdraws (Art. 30)."""
    entry = own_entry(request, pk)
    if command not in COMMANDS:
        raise Http404
    row = RULES.command("entry", command)
    back = reverse("entries:availability", args=[entry.pk])
    if request.method != "POST":
        access.require(actor_of(request), "entry", command, entry)
        return confirm_page(request, row, CommandForm(command=row), subject=entry, back=back)
    form, status = CommandForm(request.POST, command=row), 422
    if form.is_valid():
        try:
            entry_command(
                entry, command, actor=actor_of(request), now=timezone.now(), note=form.cleaned_data.get("note", "")
            )
        except RuleBroken as broken:
            take_errors(form, broken)
            status = 409
        else:
            messages.success(request, _("Done: %(command)s.") % {"command": say(row.label)})
            return redirect(back)
    return confirm_page(request, row, form, subject=entry, back=back, status=status)


def confirm_page(
    request: HttpRequest, row: Command, form: CommandForm, *, subject: Any, back: str, status: int = 200
) -> HttpResponse:
    """Shows the one question of a command, with what it asks for."""
    context = {"command": row, "form": form, "subject": subject, "action": request.path, "back": back}
    return render(request, "catalogue/desk/command.html", context, status=status)


urlpatterns = [
    path("desk/entries/", entry_list, name="list"),
    path("desk/entries/new/", entry_new, name="new"),
    path("desk/entries/<uuid:pk>/", entry_page, name="availability"),
    path("desk/entries/<uuid:pk>/<slug:command>/", availability, name="availability"),
]
