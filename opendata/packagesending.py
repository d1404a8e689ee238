"""Sends a whole entry as one ZIP, for the page and the API alike."""

from __future__ import annotations

import datetime as dt
import urllib.parse

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from catalogue.models import Entry
from opendata.draw import citation
from opendata.packages import package_draw, package_plan
from opendata.packagetexts import package_archive
from portal.accounts.actors import Actor

ZIP_TYPE = "application/zip"


def package_response(request: HttpRequest, entry: Entry, *, actor: Actor, now: dt.datetime) -> HttpResponseBase:
    """Returns the package, with the uploaded files in it where `?original=1` asks for them; HEAD makes nothing.

    Its length is not known beforehand, so it has none and no ranges. Raises NotAllowed (403), OverQuota (429),
    DeadlineExceeded and ExportRefused (422), EngineBusy (503), NotYet (202): each face tells them in its own way.
    """
    today = timezone.localdate(now)
    original = request.GET.get("original") in {"1", "true"}
    plan = package_plan(actor, entry, today=today, original=original)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=ZIP_TYPE)
    else:
        contents = package_draw(plan, actor=actor, now=now, today=today)
        site = request.build_absolute_uri("/").rstrip("/")
        response = StreamingHttpResponse(package_archive(contents, site=site), content_type=ZIP_TYPE)
    name = f"{entry.code.replace('/', '-')}-{today.isoformat()}.zip"
    first = plan.wanted[0].permit
    cited = citation(first.resource, obtained_on=today, version=first.version)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Data-Citation"] = urllib.parse.quote(cited, safe=" ,.:;()")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store" if plan.private else "no-cache"
    response["Accept-Ranges"] = "none"
    return response
