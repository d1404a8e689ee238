"""Pages of citizen reports: /catalogue/<code>/report/ and /reports/ for anyone, /desk/reports/ for officials."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import DateTimeField, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalogue.models import Entry
from portal.accounts import access
from portal.accounts.actors import Actor, actor_of
from portal.law import RULES, Role, RuleBroken
from portal.workflow.models import Clock
from requests_app import following
from requests_app.forms.reports import NoteForm, ReceiptForm, ReportForm, SecretForm, command_form, new_token
from requests_app.models import Report
from requests_app.services.report_intake import TooMany, report_by_secret, report_submit
from requests_app.services.reports import (
    COMMANDS,
    MACHINE,
    hindrance,
    last_day_to_object,
    leading,
    report_command,
    report_commands,
)

PAGE = 50


@never_cache
@require_http_methods(["GET", "POST"])
def report_new(request: HttpRequest, code: str) -> HttpResponse:
    """Takes a report from anyone; answers with the receipt number and the secret, which are shown this once."""
    actor = actor_of(request)
    entry = get_object_or_404(Entry.objects.all().visible_to(actor).for_cards(), code=code)
    if request.method != "POST":
        given = {name: request.GET.get(name, "") for name in ("kind", "resource", "column", "row")}
        form = ReportForm(initial={**given, "token": new_token()}, entry=entry, actor=actor)
        return _new_page(request, entry, form)
    form = ReportForm(request.POST, entry=entry, actor=actor)
    if not form.is_valid():
        return _new_page(request, entry, _with_fresh_token(form), status=422)
    data = form.cleaned_data
    chosen = {name: data[name] for name in ("kind", "text", "resource", "column", "row", "contact")}
    try:
        report, secret = report_submit(entry=entry, actor=actor, now=timezone.now(), report_id=data["token"], **chosen)
    except TooMany as refused:
        form.add_error(None, str(refused))
        return _new_page(request, entry, form, status=429, wait=refused.wait)
    except (RuleBroken, ValidationError) as refused:
        return _new_page(request, entry, form, status=_tell(form, refused))
    following.remember(request, report)
    return render(request, "requests/report_receipt.html", {"report": report, "secret": secret}, status=201)


def _with_fresh_token(form: ReportForm) -> ReportForm:
    """Gives a form whose token was refused a new one, so that sending it again works."""
    if "token" in form.errors:
        form.data = {**form.data.dict(), "token": new_token()}  # type: ignore[attr-defined]  # a QueryDict
    return form


def _new_page(
    request: HttpRequest, entry: Entry, form: ReportForm, *, status: int = 200, wait: int | None = None
) -> HttpResponse:
    clocks = {name: RULES.clock(name) for name in ("report_verify", "leak_verify", "report_outcome")}
    context = {"entry": entry, "form": form, **clocks, "objection": RULES.clock("report_not_solved")}
    return _wait(render(request, "requests/report_new.html", context, status=status), wait)


def _wait(response: HttpResponse, seconds: int | None) -> HttpResponse:
    """Says in the header, too, when it is worth trying again (RFC 9110 §10.2.3)."""
    if seconds:
        response["Retry-After"] = str(seconds)
    return response


def _tell(form: Form, refused: RuleBroken | ValidationError) -> int:
    """Shows in the form why a service refused, at its field where it has one, and returns the status."""
    if isinstance(refused, RuleBroken):
        form.add_error(refused.field if refused.field in form.fields else None, refused.say(get_language()))
        return 409
    for name, messages in getattr(refused, "message_dict", {"": refused.messages}).items():
        form.add_error(name if name in form.fields else None, messages)
    return 422


@never_cache
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """Finds a report by its receipt number, and lists the signed-in person's own."""
    actor = actor_of(request)
    form = ReceiptForm(request.GET if "receipt" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("requests:report", receipt=form.cleaned_data["receipt"])
    own = Report.objects.all().of_reporter(actor).select_related("entry__published")[:PAGE]
    status = 422 if form.is_bound else 200
    return render(request, "requests/report_find.html", {"form": form, "own": own}, status=status)


@never_cache
@sensitive_post_parameters("secret")
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, receipt: str) -> HttpResponse:
    """Shows a report to its reporter and its officials; asks anyone else for the secret.

    The question is the same whether such a report exists or not.
    """
    receipt = following.read_receipt(receipt)
    if request.method == "POST":
        return _open_by_secret(request, receipt)
    seen = following.report_seen(request, receipt)
    if seen is None:
        return _ask_secret(request, receipt, SecretForm())
    return _follow_page(request, *seen, form=command_form("say_not_solved"))


def _open_by_secret(request: HttpRequest, receipt: str) -> HttpResponse:
    form = SecretForm(request.POST)
    if not form.is_valid():
        return _ask_secret(request, receipt, form, status=422)
    try:
        found = report_by_secret(receipt, form.cleaned_data["secret"], now=timezone.now())
    except TooMany as refused:
        form.add_error("secret", str(refused))
        return _ask_secret(request, receipt, form, status=429, wait=refused.wait)
    if found is None:
        form.add_error("secret", _("This secret does not belong to this receipt number. Please compare both."))
        return _ask_secret(request, receipt, form, status=403)
    following.remember(request, found)
    return redirect("requests:report", receipt=found.receipt)


def _ask_secret(
    request: HttpRequest, receipt: str, form: SecretForm, *, status: int = 200, wait: int | None = None
) -> HttpResponse:
    context = {"receipt": receipt, "form": form}
    return _wait(render(request, "requests/report_secret.html", context, status=status), wait)


def _follow_page(
    request: HttpRequest, found: Report, actor: Actor, *, form: NoteForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    lead = leading(found)
    missing = hindrance(found, "say_not_solved", today=timezone.localdate(now))
    context = {
        "report": found,
        "lead": lead,
        "merged": lead.pk != found.pk,
        "answered": following.answer_shown(lead),
        "timeline": following.timeline(found, official=False),
        "clocks": following.clocks_shown(lead, now=now),
        "form": form,
        "may_object": following.is_reporter(found, actor) and found.state == "feedback_sent" and missing is None,
        "last_day": last_day_to_object(lead),
        "on_desk": Report.objects.all().on_desk_of(actor).filter(pk=found.pk).exists(),
        "state": RULES.machine(MACHINE).state(lead.state),
    }
    return render(request, "requests/report_follow.html", context, status=status)


@require_POST
def report_not_solved(request: HttpRequest, receipt: str) -> HttpResponse:
    """Takes the reporter's word that the problem is not solved, within 14 days of the answer."""
    seen = following.report_seen(request, following.read_receipt(receipt))
    if seen is None:
        raise Http404
    found, actor = seen
    form = command_form("say_not_solved", request.POST)
    if not form.is_valid():
        return _follow_page(request, found, actor, form=form, status=422)
    report_command(found, "say_not_solved", actor=actor, now=timezone.now(), note=form.cleaned_data["note"])
    return redirect("requests:report", receipt=found.receipt)


# --- Officials -------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """Lists the reports of one's department or jurisdiction, the soonest due first."""
    actor = actor_of(request)
    offices = (Role.REPORT_HANDLER, Role.AUTHORITY_OFFICER, Role.AUDITOR)
    if not access.departments_with_role(actor.user, *offices).exists():
        reason = _("Reports are handled by the designated people of the provider and its data authority.")
        raise access.NotAllowed(access.Denied(reason, 30))
    show = "all" if request.GET.get("show") == "all" else "open"
    mine = Report.objects.all().on_desk_of(actor)
    found = mine if show == "all" else mine.unfinished()
    running = Clock.objects.running().filter(object_type=Report._meta.label_lower, object_id=OuterRef("pk"))
    due = Coalesce("due_at", Cast("due_on", DateTimeField()))
    soonest = running.annotate(due=due).order_by("due")
    rows = found.select_related("entry__published", "entry__provider").annotate(due=Subquery(soonest.values("due")[:1]))
    page = Paginator(rows.order_by("due", "submitted_at"), PAGE).get_page(request.GET.get("page"))
    address = reverse("requests:report_list")
    context = {
        "page": page,
        "now": timezone.now(),
        "tabs": [
            {"label": _("Unfinished"), "url": address, "current": show == "open", "count": mine.unfinished().count()},
            {"label": _("All"), "url": f"{address}?show=all", "current": show == "all", "count": mine.count()},
        ],
        "next_url": f"?show={show}&page={page.next_page_number()}" if page.has_next() else "",
        "previous_url": f"?show={show}&page={page.previous_page_number()}" if page.has_previous() else "",
    }
    return render(request, "requests/report_list.html", context)


def _on_desk(request: HttpRequest, receipt: str) -> tuple[Report, Actor]:
    actor = actor_of(request)
    found = Report.objects.all().on_desk_of(actor).select_related("entry__published", "entry__provider", "resource")
    return get_object_or_404(found, receipt=following.read_receipt(receipt)), actor


@never_cache
@login_required
@require_GET
def desk_report(request: HttpRequest, receipt: str) -> HttpResponse:
    """Shows a report to who handles it: what is claimed, the clocks, what can be done now and why not the rest."""
    found, actor = _on_desk(request, receipt)
    now = timezone.now()
    offered, refused = report_commands(actor, found, today=timezone.localdate(now))
    plain = [row for row in offered if row.name != "hold"]
    context: dict[str, Any] = {
        "report": found,
        "state": RULES.machine(MACHINE).state(found.state),
        "commands": [
            {"command": row, "url": reverse("requests:report_command", args=[found.receipt, row.name])} for row in plain
        ],
        "denied": [{"command": row, "reason": why.reason, "article": why.article} for row, why in refused],
        "may_hold": len(plain) < len(offered),
        "contact": found.contact if following.may_write_to(found, actor) else "",
        "timeline": following.timeline(found, official=True),
        "clocks": following.clocks_shown(found, now=now),
        "followers": found.merged.all(),
    }
    return render(request, "requests/report_desk.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def report_step(request: HttpRequest, receipt: str, command: str) -> HttpResponse:
    """Asks for what a command needs, and carries it out. `hold` needs nothing: one press of its button is enough."""
    found, actor = _on_desk(request, receipt)
    if command not in COMMANDS or command == "say_not_solved":
        raise Http404
    if request.method != "POST":
        access.require(actor, MACHINE, command, found)
    form = command_form(command, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _command_page(request, found, command, form)
    if not form.is_valid():
        return _command_page(request, found, command, form, status=422)
    try:
        report_command(found, command, actor=actor, now=timezone.now(), **form.cleaned_data)
    except RuleBroken as refused:
        found, actor = _on_desk(request, receipt)
        return _command_page(request, found, command, form, status=_tell(form, refused))
    return redirect("requests:desk_report", receipt=found.receipt)


def _command_page(
    request: HttpRequest, found: Report, command: str, form: NoteForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "report": found,
        "command": RULES.command(MACHINE, command),
        "form": form,
        "action": reverse("requests:report_command", args=[found.receipt, command]),
        "back": reverse("requests:desk_report", args=[found.receipt]),
    }
    return render(request, "requests/report_command.html", context, status=status)


urlpatterns = [
    path("catalogue/<path:code>/report/", report_new, name="report_new"),
    path("reports/", reports, name="reports"),
    path("reports/<str:receipt>/", report, name="report"),
    path("reports/<str:receipt>/not-solved/", report_not_solved, name="report_not_solved"),
    path("desk/reports/", report_list, name="report_list"),
    path("desk/reports/<str:receipt>/", desk_report, name="desk_report"),
    path("desk/reports/<str:receipt>/<slug:command>/", report_step, name="report_command"),
]
