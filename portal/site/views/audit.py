"""/audit/: the record of acts, for the auditors of each jurisdiction. Read only (Art. 35, 38)."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from portal.accounts import access
from portal.accounts.actors import Actor, actor_of
from portal.accounts.models import Jurisdiction
from portal.audit.models import Event
from portal.audit.querysets import EventQuerySet
from portal.law import Role

PAGE = 50


class EventFilter(forms.Form):
    """What an auditor looks for."""

    q = forms.CharField(label=_("Person, object or act"), required=False, max_length=120)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


def visible_events(actor: Actor) -> EventQuerySet:
    """Returns the events an auditor sees: those of their jurisdiction; at the region's authority, all of them."""
    served = access.departments_with_role(actor.user, Role.AUDITOR)
    codes = list(served.values_list("jurisdiction_id", flat=True))
    if not codes:
        return Event.objects.none()
    if Jurisdiction.objects.filter(code__in=codes, parent=None).exists():
        return Event.objects.all()
    return Event.objects.all().in_jurisdictions(codes)


@login_required
def events(request: HttpRequest) -> HttpResponse:
    """Lists events, newest first, a page at a time by the id of the last one seen."""
    actor = actor_of(request)
    if not access.departments_with_role(actor.user, Role.AUDITOR).exists():
        raise Http404
    found = visible_events(actor)
    form = EventFilter(request.GET or None)
    if form.is_bound and form.is_valid():
        found = found.between(form.cleaned_data["first"], form.cleaned_data["last"])
        if form.cleaned_data["q"]:
            found = found.search(form.cleaned_data["q"])
    before = request.GET.get("before", "")
    if before.isdecimal():
        found = found.filter(pk__lt=int(before[:18]))
    rows = list(found[: PAGE + 1])
    context = {
        "form": form,
        "rows": rows[:PAGE],
        "next_before": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    return render(request, "site/audit.html", context)


@login_required
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one event whole, with the others about the same object."""
    shown = get_object_or_404(visible_events(actor_of(request)), pk=pk)
    same = visible_events(actor_of(request)).filter(object_type=shown.object_type, object_id=shown.object_id)
    return render(request, "site/audit_event.html", {"event": shown, "same": same[:100]})


urlpatterns = [path("audit/", events, name="list"), path("audit/<int:pk>/", event, name="event")]
