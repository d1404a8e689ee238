"""`/api/v1/uploads/`: uploads that may be interrupted, by the tus protocol 1.0.0 (https://tus.io/protocols).

The core with the extensions creation, expiration, checksum and termination. No kept library serves it with Django
without holding a piece in memory (docs/adr/0014-resumable-uploads.md); the protocol is small, and here it is whole.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opendata import uploads
from opendata.api.base import PROBLEMS, RULE_PROBLEM
from opendata.models import Resource, Upload
from opendata.storage import TooLarge
from portal.accounts.actors import actor_of
from portal.limits import PIECES

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
# A sender who is silent for so long is gone: its thread and its lock are freed, and what came is kept.
SILENCE_SECONDS = 60
NUMBER = re.compile(r"[0-9]{1,15}")
METADATA_KEY = re.compile(r"[!-+\--~]+")
MOST_METADATA = 16 * 1024
HEADERS = [OpenApiParameter("Tus-Resumable", str, "header", required=True, enum=[VERSION])]


class Refused(APIException):
    """An answer of the protocol that is not a success."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status_code = status


class NoParser(BaseParser):
    """Takes any body and reads none of it: the views read pieces themselves."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """Returns nothing."""
        return {}


class UploadStateSerializer(serializers.ModelSerializer[Upload]):
    """An upload on its way; `job` reads the file once all of it has come, `page` shows that."""

    page = serializers.SerializerMethodField()

    class Meta:
        model = Upload
        fields = ["id", "resource", "filename", "size", "offset", "expires_at", "job", "page"]

    def get_page(self, upload: Upload) -> str | None:
        """Returns the address of the page that shows the reading."""
        return reverse("opendata:job", args=[upload.job_id]) if upload.job_id else None


def metadata(header: str) -> dict[str, str]:
    """Reads `Upload-Metadata`: pairs of a key and its value in base64, between commas. Raises Refused (400)."""
    found: dict[str, str] = {}
    if len(header) > MOST_METADATA:
        raise Refused(400, _("Upload-Metadata is too long."))
    for pair in header.split(",") if header.strip() else ():
        key, _space, value = pair.strip().partition(" ")
        if not METADATA_KEY.fullmatch(key) or key in found:
            raise Refused(400, _("Upload-Metadata must name each key once."))
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refused(400, _("Upload-Metadata must hold UTF-8 text in base64.")) from error
    return found


def _told(upload: Upload) -> str:
    """Returns the metadata of an upload as its sender gave it."""
    given = {"filename": upload.filename, "resource": str(upload.resource_id)}
    if upload.overrides:
        given["overrides"] = json.dumps(upload.overrides, ensure_ascii=False)
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in given.items())


def _number(request: Request, name: str) -> int:
    """Returns a header that must be a whole number. Raises Refused (400)."""
    value = str(request.headers.get(name, ""))
    if not NUMBER.fullmatch(value):
        raise Refused(400, _("The header %(name)s must be a whole number of bytes.") % {"name": name})
    return int(value)


def _length(request: Request) -> int:
    """Returns how many bytes the body has. Raises Refused (411): a body of unknown size would be read as none."""
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise Refused(411, _("Content-Length is needed."))
    value = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(value) if NUMBER.fullmatch(value) else 0


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns what stands against a piece into the protocol's answers."""
    try:
        yield
    except uploads.Busy as error:
        raise Refused(423, _("This upload is being written to by another request.")) from error
    except uploads.WrongOffset as error:
        raise Refused(409, _("The piece does not begin where the upload ends.")) from error
    except uploads.Expired as error:
        raise Refused(410, _("This upload was left for too long; please begin again.")) from error
    except uploads.WrongChecksum as error:
        raise Refused(460, _("The piece was damaged on its way.")) from error
    except uploads.NoRoom as error:
        raise Refused(507, str(error)) from error
    except TooLarge as error:
        raise Refused(413, _("More was sent than the upload's announced length.")) from error


@contextmanager
def _impatient(request: HttpRequest) -> Iterator[None]:
    """Lets reading the body end when the sender is silent; gunicorn alone would wait for ever."""
    peer = request.META.get("gunicorn.socket")
    if not isinstance(peer, socket.socket):
        yield
        return
    before = peer.gettimeout()
    peer.settimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        peer.settimeout(before)


class TusView(APIView):
    """What every answer of the protocol has in common: its version, and no cache."""

    parser_classes = [NoParser]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Takes the method that a client behind a narrow proxy names in a header; on POST only, for CSRF's sake."""
        named = request.headers.get("X-HTTP-Method-Override", "").upper()
        if request.method == "POST" and named in {"PATCH", "DELETE"}:
            request.method = named
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses other versions of the protocol (412)."""
        super().initial(request, *args, **kwargs)
        if request.method not in {"OPTIONS", "GET"} and request.headers.get("Tus-Resumable") != VERSION:
            raise Refused(412, _("This server speaks tus %(version)s.") % {"version": VERSION})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Adds the headers that every answer carries."""
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        if response.status_code == 412:
            response["Tus-Version"] = VERSION
        return super().finalize_response(request, response, *args, **kwargs)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Says what this server can do."""
        told = {
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(settings.UPLOAD_MAX_BYTES),
            "Tus-Checksum-Algorithm": ",".join(uploads.HASHES),
        }
        return Response(status=204, headers=told)


class Uploads(TusView):
    """Beginning an upload."""

    @extend_schema(
        operation_id="uploads_create",
        summary="Begin an upload that may be interrupted (tus 1.0.0)",
        parameters=[
            *HEADERS,
            OpenApiParameter("Upload-Length", int, "header", required=True, description="The file's size in bytes."),
            OpenApiParameter(
                "Upload-Metadata",
                str,
                "header",
                required=True,
                description="`filename` and `resource` (its id), and `overrides` (JSON) if wanted; values in base64.",
            ),
        ],
        request=None,
        responses={
            201: OpenApiResponse(description="Begun; `Location` is where the pieces go."),
            **PROBLEMS,
            409: RULE_PROBLEM,
            413: OpenApiResponse(description="Larger than `Tus-Max-Size`."),
            507: OpenApiResponse(description="There is no room for it."),
        },
    )
    def post(self, request: Request) -> Response:
        """Returns where the pieces go; a file without bytes is whole at once."""
        actor, now = actor_of(request), timezone.now()
        size, given = _number(request, "Upload-Length"), metadata(str(request.headers.get("Upload-Metadata", "")))
        if size > settings.UPLOAD_MAX_BYTES:
            most = settings.UPLOAD_MAX_BYTES // 1024**2
            raise Refused(413, _("This is more than can be sent here: at most %(n)s MB.") % {"n": most})
        resource = get_object_or_404(Resource.objects.all().visible_to(actor), pk=_uuid(given.get("resource", "")))
        with _refusals():
            upload = uploads.upload_create(
                resource=resource,
                actor=actor,
                filename=given.get("filename", ""),
                size=size,
                now=now,
                overrides=_overrides(given.get("overrides", "")),
            )
            if not size:
                uploads.upload_finish(upload, actor=actor, now=now)
        told = {"Location": reverse("api_tus_upload", args=[upload.pk]), "Upload-Expires": _expires(upload)}
        return Response(status=201, headers=told)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused(400, _("Upload-Metadata must name the resource.")) from error


def _overrides(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text) if text else None
    except ValueError as error:
        raise Refused(400, _("The overrides are not JSON.")) from error
    if found is not None and not isinstance(found, dict):
        raise Refused(400, _("The overrides are not JSON."))
    return found


def _expires(upload: Upload) -> str:
    return http_date(upload.expires_at.timestamp())


class UploadPieces(TusView):
    """One upload: how far it is, its pieces, its end."""

    def upload(self, request: Request, pk: Any) -> Upload:
        """Returns the sender's own upload or answers 404."""
        found = Upload.objects.all().visible_to(actor_of(request))
        return get_object_or_404(found.select_related("resource__entry__provider"), pk=pk)

    @extend_schema(
        operation_id="uploads_state",
        summary="How far an upload is",
        responses={200: UploadStateSerializer, 404: PROBLEMS[404]},
    )
    def get(self, request: Request, pk: Any) -> Response:
        """Returns the state for people's pages; `HEAD` says the same in the protocol's headers."""
        return Response(UploadStateSerializer(self.upload(request, pk)).data)

    def head(self, request: Request, pk: Any) -> Response:
        """Says where to go on."""
        upload = self.upload(request, pk)
        if upload.job_id is None and upload.expires_at <= timezone.now():
            raise Refused(410, _("This upload was left for too long; please begin again."))
        told = {
            "Upload-Offset": str(upload.offset),
            "Upload-Length": str(upload.size),
            "Upload-Metadata": _told(upload),
            "Upload-Expires": _expires(upload),
        }
        return Response(status=200, headers=told)

    @extend_schema(
        operation_id="uploads_piece",
        summary="Send the next piece of an upload",
        parameters=[
            *HEADERS,
            OpenApiParameter("Upload-Offset", int, "header", required=True, description="Where the piece begins."),
            OpenApiParameter("Upload-Checksum", str, "header", description="`sha1` or `sha256` and its base64."),
        ],
        request={PIECES: bytes},
        responses={
            204: OpenApiResponse(description="Kept; `Upload-Offset` says how much has come in all."),
            **PROBLEMS,
            409: OpenApiResponse(description="The piece does not begin where the upload ends."),
            410: OpenApiResponse(description="Left for too long."),
            413: OpenApiResponse(description="More than was announced."),
            415: OpenApiResponse(description=f"Not {PIECES}."),
            423: OpenApiResponse(description="Another request is writing to it."),
            460: OpenApiResponse(description="The checksum does not match; nothing of the piece was kept."),
            507: OpenApiResponse(description="The disk is full; what was synced before is kept."),
        },
    )
    def patch(self, request: Request, pk: Any) -> Response:
        """Takes a piece from the wire to the disk; the last one hands the file over to be read."""
        actor, now = actor_of(request), timezone.now()
        upload = self.upload(request, pk)
        if request._request.content_type != PIECES:
            raise Refused(415, _("A piece must be sent as %(type)s.") % {"type": PIECES})
        offset, length, checksum = _number(request, "Upload-Offset"), _length(request), _checksum(request)
        with _refusals(), _impatient(request._request):
            uploads.upload_write(
                upload, request._request, length=length, offset=offset, actor=actor, now=now, checksum=checksum
            )
        with _refusals():
            if upload.offset == upload.size:
                uploads.upload_finish(upload, actor=actor, now=timezone.now())
        return Response(status=204, headers={"Upload-Offset": str(upload.offset), "Upload-Expires": _expires(upload)})

    @extend_schema(
        operation_id="uploads_cancel",
        summary="Cancel an upload",
        parameters=HEADERS,
        responses={
            204: None,
            404: PROBLEMS[404],
            409: OpenApiResponse(description="It is whole already, and being read."),
            423: OpenApiResponse(description="A request is writing to it."),
        },
    )
    def delete(self, request: Request, pk: Any) -> Response:
        """Removes what has come."""
        with _refusals():
            uploads.upload_drop(self.upload(request, pk), now=timezone.now())
        return Response(status=204)


def _checksum(request: Request) -> uploads.Checksum | None:
    sent = request.headers.get("Upload-Checksum")
    if sent is None:
        return None
    try:
        return uploads.Checksum.read(str(sent))
    except ValueError as error:
        raise Refused(400, _("The checksum must be sha1 or sha256, in base64.")) from error


urlpatterns = [
    path("uploads/", Uploads.as_view(), name="api_tus"),
    path("uploads/<uuid:pk>/", UploadPieces.as_view(), name="api_tus_upload"),
]
