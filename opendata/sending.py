"""Sends a resource's file, for the page and the API alike: permit, file, citation, validators, isolation headers.

Parts are sent as Range asks (RFC 9110, 14). Behind nginx (ACCEL_PREFIX) the portal decides, counts and names the file,
and nginx sends it, parts included. docs/downloads.md tells it to those who download and those who run a portal.
"""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Callable
from pathlib import Path, PurePath

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, quote_etag
from django.utils.translation import gettext as _

from opendata import draw, drawfiles, storage
from opendata.models import Export, Resource
from opendata.permits import Permit
from opendata.ranges import NotSatisfiable, Part, PartResponse, range_asked, still_the_same
from opendata.rows import QueryError
from portal.accounts.actors import Actor

Later = Callable[[Export], HttpResponseBase]


class _Answer:
    """What one request gets of one file: decided once its validators are known, before anything is counted."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.ready: HttpResponseBase | None = None
        self.part: tuple[int, int] | None = None
        self.size = self.modified = 0
        self.etag = ""

    def leaves(self, found: drawfiles.Download) -> drawfiles.Leaving:
        """Reads the conditions and the range, and says how much of the file leaves."""
        stat = found.path.stat()
        self.size, self.modified, self.etag = stat.st_size, int(stat.st_mtime), quote_etag(found.etag)
        self.ready = get_conditional_response(self.request, etag=self.etag, last_modified=self.modified)
        if self.ready is not None or self.request.method == "HEAD":
            return "nothing"
        headers = self.request.headers
        if "Range" in headers and still_the_same(headers.get("If-Range"), self.etag, self.modified):
            try:
                self.part = range_asked(headers["Range"], self.size)
            except NotSatisfiable:
                self.ready = HttpResponse(status=416, headers={"Content-Range": f"bytes */{self.size}"})
                return "nothing"
        return "rest" if self.part is not None and self.part[0] else "file"

    def response(self, found: drawfiles.Download) -> HttpResponseBase:
        """Returns the answer: what the conditions say, headers alone, or the file or its part."""
        if self.ready is not None:
            return self.ready
        address = accel_address(found.path)
        if address:
            return HttpResponse(headers={"X-Accel-Redirect": address, "Content-Type": found.media_type})
        if self.request.method == "HEAD":
            return HttpResponse(headers={"Content-Length": str(self.size), "Content-Type": found.media_type})
        start, length = self.part or (0, self.size)
        answer = PartResponse(Part(found.path, start, length), content_type=found.media_type)
        answer["Content-Length"] = str(length)
        if self.part is not None:
            answer.status_code = 206
            answer["Content-Range"] = f"bytes {start}-{start + length - 1}/{self.size}"
        return answer


def download_response(
    request: HttpRequest, resource: Resource, *, actor: Actor, now: dt.datetime, later: Later
) -> HttpResponseBase:
    """Returns the file in the format that `?format=` asks for, or the part of it that Range asks for.

    304 and 412 answer conditions, 416 a range beyond the end; `later` answers for what a worker has to make first.
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
    bom = request.GET.get("bom") in {"1", "true"}
    answer = _Answer(request)
    try:
        found = drawfiles.download(permit, fmt, actor=actor, now=now, bom=bom, leaves=answer.leaves)
    except drawfiles.NotYet as waiting:
        response = later(waiting.export)
        response["Cache-Control"] = "no-store"
        return response
    response = answer.response(found)
    _isolate(response, permit)
    response["ETag"] = answer.etag
    response["Last-Modified"] = http_date(answer.modified)
    if "X-Accel-Redirect" not in response:  # else nginx says so itself
        response["Accept-Ranges"] = "bytes"
    if response.status_code in {200, 206}:
        name = content_disposition_header(as_attachment=True, filename=PurePath(found.filename).name)
        response["Content-Disposition"] = name or "attachment"
        citation = draw.citation(resource, obtained_on=timezone.localdate(now), version=version)
        response["X-Data-Citation"] = urllib.parse.quote(citation, safe=" ,.:;()")
    return response


def _isolate(response: HttpResponseBase, permit: Permit) -> None:
    """Keeps what others wrote from acting as this site: saved and never shown, run by nothing, embedded nowhere.

    Cross-Origin-Resource-Policy is `same-origin`: what a session may draw is not loaded into another site's page as
    picture or script, where side channels could read it. Links and programs are not touched by it.
    """
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store" if permit.grant or permit.own else "no-cache"


def accel_address(path: Path) -> str:
    """Returns the internal address at which nginx finds the file (deploy/nginx.conf), "" where nginx is not told."""
    if not settings.ACCEL_PREFIX:
        return ""
    for name, root in (("files", storage.local_root()), ("exports", Path(settings.EXPORT_DIR))):
        if path.is_relative_to(root):
            return urllib.parse.quote(f"{settings.ACCEL_PREFIX}{name}/{path.relative_to(root).as_posix()}")
    return ""
