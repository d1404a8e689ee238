"""Pages of a case: lists, the case itself, its commands, the agreement. Both sides come to the same address."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts import access
from portal.accounts.actors import Actor, actor_of
from portal.accounts.models import Identity
from portal.law import RULES, Role, RuleBroken
from portal.workflow.models import Clock
from requests_app import casefile
from requests_app.forms.applications import CommandForm, command_form
from requests_app.forms.refusals import refusal_show
from requests_app.models import Application, ApplicationLine
from requests_app.services.agreements import is_untouched
from requests_app.services.applications import EDITABLE_STATES
from requests_app.services.commands import HANDLERS, application_command
from requests_app.services.steps import MACHINE
from requests_app.views import applying
from requests_app.views.applying import application_seen

PAGE = 20
SIGNING = frozenset({"sign", "countersign"})
DESK_ROLES = (Role.APPLICATION_REVIEWER, Role.AUTHORITY_OFFICER, Role.AUDITOR)


# --- Lists and the case ---------------------------------------------------------------------------------


def _listed(request: HttpRequest, found: QuerySet[Application], template: str, address: str) -> HttpResponse:
    """Shows a list with the state filter, its clock and pages; the number of queries does not grow with the rows."""
    state = request.GET.get("state", "")
    if state in {row.name for row in RULES.machine(MACHINE).states}:
        found = found.filter(state=state)
    running = Clock.objects.running().filter(object_type=Application._meta.label_lower, object_id=OuterRef("pk"))
    rows = (
        found.select_related("applicant", "organisation", "authority")
        .prefetch_related("lines__entry__published")
        .annotate(due_on=Subquery(running.order_by("due_on").values("due_on")[:1]))
        .order_by("-created_at")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    keep = f"state={state}&" if state else ""
    context = {
        "page": page,
        "states": RULES.machine(MACHINE).states,
        "state": state,
        "action": address,
        "next_url": f"?{keep}page={page.next_page_number()}" if page.has_next() else "",
        "previous_url": f"?{keep}page={page.previous_page_number()}" if page.has_previous() else "",
    }
    return render(request, template, context)


@login_required
@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    """Lists the signed-in person's own applications, and their organisations'."""
    found = Application.objects.all().of_applicant(actor_of(request))
    return _listed(request, found, "requests/application_list.html", reverse("requests:applications"))


@login_required
@require_GET
def desk_applications(request: HttpRequest) -> HttpResponse:
    """Lists the applications for the data of one's department or jurisdiction."""
    actor = actor_of(request)
    if not access.departments_with_role(actor.user, *DESK_ROLES).exists():
        reason = _("Applications are handled by the designated people of the provider and its data authority.")
        raise access.NotAllowed(access.Denied(reason, 29))
    found = Application.objects.all().on_desk_of(actor)
    return _listed(request, found, "requests/application_desk.html", reverse("requests:desk_applications"))


@never_cache
@login_required
@require_GET
def application(request: HttpRequest, receipt: str) -> HttpResponse:
    """Shows a case: to its applicant what comes next, to officials what is asked beside what the entry demands."""
    found, actor = application_seen(request, receipt)
    lines = casefile.lines_of(found)
    official = not found.is_applicant(request.user)  # type: ignore[arg-type]  # signed in
    offered, denied = casefile.commands_shown(found, lines, actor)
    context: dict[str, Any] = {
        "application": found,
        "state": RULES.machine(MACHINE).state(found.state),
        "official": official,
        "lines": casefile.lines_shown(lines, actor),
        "commands": offered,
        "denied": denied,
        "stages": casefile.stages_shown(found),
        "timeline": casefile.timeline(found, official=official),
        "clocks": casefile.clocks_shown(found, now=timezone.now()),
        "wanted": casefile.last_return(found),
        "attachments": found.attachments.select_related("blob"),
        "agreement": getattr(found, "agreement", None),
        "identity": Identity.objects.filter(user=found.applicant).first(),
        "editable": not official and found.state in EDITABLE_STATES,
    }
    return render(request, "requests/application_case.html", context)


# --- Commands ---------------------------------------------------------------------------------


@never_cache
@login_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def application_step(request: HttpRequest, receipt: str, command: str) -> HttpResponse:
    """Asks for what a command needs, and carries it out."""
    found, actor = application_seen(request, receipt)
    if command not in HANDLERS:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = command_form(command, _choosable(found, command, actor), data=posted, line=request.GET.get("line", ""))
    if posted is None:
        return _command_page(request, found, command, form)
    if not form.is_valid():
        return _command_page(request, found, command, form, status=422)
    if command == "sign" and not ratelimit.consume(request, action="reauthenticate", user=request.user):
        form.add_error("password", _("Too many tries. Please wait a few minutes."))
        return _command_page(request, found, command, form, status=429)
    try:
        application_command(found, command, actor=actor, now=timezone.now(), given=form.given())
    except RuleBroken as refused:
        found, actor = application_seen(request, receipt)
        return _command_page(request, found, command, form, status=refusal_show(form, refused))
    messages.success(request, RULES.command(MACHINE, command).label.say(get_language()) + _(": done."))
    return redirect("requests:application", receipt=found.receipt)


def _choosable(found: Application, command: str, actor: Actor) -> list[ApplicationLine]:
    """Returns the lines on which the actor may give this command; all of them where none is left, to say why."""
    lines = casefile.lines_of(found)
    if command not in casefile.LINE_COMMANDS:
        return lines
    names = {line.pk: {row.name for row in casefile.line_commands(line, actor)} for line in lines}
    return [line for line in lines if command in names[line.pk]] or lines


def _command_page(
    request: HttpRequest, found: Application, command: str, form: CommandForm, *, status: int = 200
) -> HttpResponse:
    if command in SIGNING:
        return _agreement_page(request, found, {command: form}, status=status)
    context = {
        "application": found,
        "command": RULES.command(MACHINE, command),
        "form": form,
        "action": reverse("requests:application_command", args=[found.receipt, command]),
        "back": reverse("requests:application", args=[found.receipt]),
    }
    return render(request, "requests/application_command.html", context, status=status)


# --- Agreement ---------------------------------------------------------------------------------


@never_cache
@login_required
@require_GET
def agreement(request: HttpRequest, receipt: str) -> HttpResponse:
    """Shows the agreement with its hash and signatures, and the form to sign where it is the reader's turn."""
    found, _actor = application_seen(request, receipt)
    return _agreement_page(request, found, {})


def _agreement_page(
    request: HttpRequest, found: Application, forms: dict[str, CommandForm], *, status: int = 200
) -> HttpResponse:
    text = getattr(found, "agreement", None)
    if text is None:
        raise Http404
    offered, denied = casefile.commands_shown(found, [], actor_of(request))
    names = {row["command"].name for row in offered}
    context = {
        "application": found,
        "agreement": text,
        "untouched": is_untouched(text),
        "sign": forms.get("sign") or command_form("sign", []) if "sign" in names else None,
        "countersign": forms.get("countersign") or command_form("countersign", []) if "countersign" in names else None,
        "sign_command": RULES.command(MACHINE, "sign"),
        "countersign_command": RULES.command(MACHINE, "countersign"),
        "denied": [row for row in denied if row["command"].name in SIGNING],
    }
    return render(request, "requests/agreement.html", context, status=status)


urlpatterns = [
    *applying.urlpatterns,
    path("applications/", applications, name="applications"),
    path("desk/applications/", desk_applications, name="desk_applications"),
    path("applications/<str:receipt>/", application, name="application"),
    path("applications/<str:receipt>/agreement/", agreement, name="agreement"),
    path("applications/<str:receipt>/<slug:command>/", application_step, name="application_command"),
]
