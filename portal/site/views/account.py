"""/account/: a person's own page: who they are here, what they asked for, what is theirs to do."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from opendata.models import Grant
from portal.accounts.actors import actor_of
from portal.accounts.models import DepartmentGroupObjectPermission, Identity, Organisation
from portal.law import RULES, Role
from requests_app.models import Application, Report


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Shows identity, organisations, applications, grants, reports and offices held."""
    actor = actor_of(request)
    held = DepartmentGroupObjectPermission.objects.filter(group__user=actor.user).select_related(
        "content_object", "permission"
    )
    context = {
        "identity": Identity.objects.filter(user=actor.user).first(),
        "organisations": Organisation.objects.filter(authorised_person=actor.user),
        "applications": Application.objects.all().of_applicant(actor)[:10],
        "reports": Report.objects.filter(reporter=actor.user).select_related("entry__published")[:10],
        "active_grants": Grant.objects.all().held_by(actor).active(timezone.localdate()).count(),
        "roles": [(row.content_object, RULES.role(Role(row.permission.codename)).label) for row in held],
    }
    return render(request, "site/account.html", context)


urlpatterns = [path("account/", home, name="home")]
