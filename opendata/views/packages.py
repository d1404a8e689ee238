"""The whole entry as one ZIP, from its page."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from opendata.draw import OverQuota
from opendata.exports import ExportRefused
from opendata.packages import NotYet, entry_of
from opendata.packagesending import package_response
from opendata.rows import DeadlineExceeded, EngineBusy
from portal.accounts.access import NotAllowed
from portal.accounts.actors import actor_of
from portal.problems import refusal

BUSY_SECONDS = 2
LOOK_AGAIN_SECONDS = 5


@require_safe
def entry_zip(request: HttpRequest, code: str) -> HttpResponseBase:
    """Sends the package; a refusal says why, by which article; large tables are waited for on a page that reloads."""
    actor = actor_of(request)
    entry = entry_of(actor, code)
    try:
        return package_response(request, entry, actor=actor, now=timezone.now())
    except NotAllowed as refused:
        return refusal(request, 403, str(refused.reason), article=refused.article)
    except (ExportRefused, DeadlineExceeded) as refused:
        return refusal(request, 422, str(refused))
    except OverQuota as refused:
        return _again(refusal(request, 429, str(refused), article=45), "Retry-After", refused.seconds)
    except EngineBusy as refused:
        return _again(refusal(request, 503, str(refused)), "Retry-After", BUSY_SECONDS)
    except NotYet as later:
        page = render(request, "opendata/package_waiting.html", {"entry": entry, "exports": later.exports}, status=202)
        page["Cache-Control"] = "private, no-store"
        return _again(page, "Refresh", LOOK_AGAIN_SECONDS)


def _again(response: HttpResponse, header: str, seconds: float) -> HttpResponse:
    response[header] = str(math.ceil(seconds))
    return response


urlpatterns = [path("catalogue/<path:code>/download.zip", entry_zip, name="entry_zip")]
