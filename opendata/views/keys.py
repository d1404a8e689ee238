"""/keys/: a person's grants and API keys."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from opendata.forms import KeyForm
from opendata.keys import key_create, key_revoke
from opendata.models import APIKey, Grant
from portal.accounts.actors import actor_of
from portal.law import RuleBroken
from portal.problems import say_refusal


@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """Lists the grants a person holds and the keys made for them."""
    actor, now = actor_of(request), timezone.now()
    today = timezone.localdate(now)
    held = Grant.objects.all().held_by(actor).select_related("entry__published", "organisation")
    found = APIKey.objects.all().visible_to(actor).prefetch_related("grants__entry__published")
    context = {
        "grants": [(grant, grant.is_active(today)) for grant in held.prefetch_related("entry__resources")],
        "keys": [(key, key.is_good(now)) for key in found],
        "may_make": held.active(today).exists(),
    }
    return render(request, "opendata/keys.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def key_new(request: HttpRequest) -> HttpResponse:
    """Makes a key; the answer to the form shows the secret, this once, and is never cached."""
    actor, now = actor_of(request), timezone.now()
    grants = Grant.objects.all().held_by(actor).active(timezone.localdate(now)).select_related("entry__published")
    form = KeyForm(request.POST if request.method == "POST" else None, grants=grants)
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = key_create(
                actor=actor,
                name=form.cleaned_data["name"],
                grants=list(form.cleaned_data["grants"]),
                expires_at=form.expires_at(now),
                now=now,
            )
        except RuleBroken as broken:
            form.add_error(broken.field if broken.field in form.fields else None, say_refusal(broken))
        else:
            resources = [resource for grant in key.grants.all() for resource in grant.entry.resources.all()]
            context = {"key": key, "secret": secret, "resources": resources, "host": request.build_absolute_uri("/")}
            return render(request, "opendata/key_made.html", context, status=201)
    return render(request, "opendata/key_new.html", {"form": form, "any": grants.exists()}, status=_status(form))


@login_required
@require_POST
def key_revoke_page(request: HttpRequest, pk: Any) -> HttpResponse:
    """Ends one of the person's keys at once."""
    actor = actor_of(request)
    key = get_object_or_404(APIKey.objects.all().visible_to(actor), pk=pk)
    key_revoke(key, actor=actor, now=timezone.now())
    return redirect("opendata:keys")


def _status(form: KeyForm) -> int:
    """Answers 422 where the form was sent and is shown again with its errors."""
    return 422 if form.errors else 200


urlpatterns = [
    path("keys/", keys, name="keys"),
    path("keys/new/", key_new, name="key_new"),
    path("keys/<uuid:pk>/revoke/", key_revoke_page, name="key_revoke"),
]
