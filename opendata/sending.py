"""Sends a resource's file, for the page and the API alike: permit, file, citation, validators, isolation headers."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from pathlib import PurePath

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _

from opendata import draw, drawfiles
from opendata.models import Resource
from opendata.rows import QueryError
from portal.accounts.actors import Actor


def download_response(request: HttpRequest, resource: Resource, *, actor: Actor, now: dt.datetime) -> HttpResponseBase:
    """Returns the file in the format that `?format=` asks for; 304 where the reader already has this very version.

    Raises NotAllowed (403), QueryError for an unknown format and ExportRefused (422), OverQuota (429),
    DeadlineExceeded and EngineBusy: each face tells them in its own way.
    """
    fmt = request.GET.get("format", "original")
    if fmt not in drawfiles.FORMATS:
        known = ", ".join(drawfiles.FORMATS)
        message = _("“%(format)s” is not offered. Choose one of: %(known)s.") % {"format": fmt[:40], "known": known}
        raise QueryError(message, "format")
    version = draw.version_asked(resource, request.GET.get("version"))
    permit = draw.permit_required(actor, resource, today=timezone.localdate(now), version=version)
    unchanged: list[HttpResponseBase | None] = []

    def leaves(found: drawfiles.Download) -> bool:
        unchanged.append(get_conditional_response(request, etag=quote_etag(found.etag)))
        return unchanged[0] is None and request.method != "HEAD"

    bom = request.GET.get("bom") in {"1", "true"}
    found = drawfiles.download(permit, fmt, actor=actor, now=now, bom=bom, leaves=leaves)
    if unchanged[0] is not None:
        return unchanged[0]
    etag = quote_etag(found.etag)
    name = PurePath(found.filename).name
    response = FileResponse(found.path.open("rb"), as_attachment=True, filename=name, content_type=found.media_type)
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store" if permit.grant or permit.own else "no-cache"
    response["X-Data-Citation"] = urllib.parse.quote(
        draw.citation(resource, obtained_on=timezone.localdate(now), version=version), safe=" ,.:;()"
    )
    return response
