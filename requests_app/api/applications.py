"""`/api/v1/applications/`: apply for data, follow, correct and decide; the same commands as the pages (Art. 29, 45)."""

from __future__ import annotations

from typing import Any

import django_filters
from allauth.core import ratelimit
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.models import Entry
from opendata.api.resources import PROBLEMS
from opendata.api.serializers import ProblemSerializer
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor, actor_of
from portal.accounts.models import Organisation
from portal.law import RuleBroken
from portal.pagination import CursorPagination
from requests_app import casefile
from requests_app.api.application_shapes import (
    ApplicationIn,
    ApplicationOut,
    ApplicationRow,
    AttachmentOut,
    CommandIn,
    ContentIn,
)
from requests_app.models import Application, ApplicationLine
from requests_app.querysets import ApplicationQuerySet
from requests_app.services.applications import application_create, application_update
from requests_app.services.attachments import attachment_add
from requests_app.services.commands import HANDLERS, Given, application_command

CASE_PROBLEMS = PROBLEMS | {
    400: OpenApiResponse(ProblemSerializer, "A value is malformed; `errors` names the field."),
    404: OpenApiResponse(ProblemSerializer, "No such application, or not visible to you."),
    409: OpenApiResponse(
        ProblemSerializer, "A rule stands against it, with the article: a wrong state, a missing fact."
    ),
}


class ApplicationFilter(django_filters.FilterSet):
    """Narrows the list of applications."""

    entry = django_filters.CharFilter(field_name="lines__entry__code", distinct=True)

    class Meta:
        model = Application
        fields = ("state", "entry")


class Newest(CursorPagination):
    """The newest application first."""

    ordering = "-created_at"


def _entries(actor: Actor, codes: list[str]) -> list[Entry]:
    visible = Entry.objects.all().visible_to(actor).filter(code__in=codes)
    found = list(visible.select_related("published", "provider__jurisdiction"))
    unknown = sorted(set(codes) - {entry.code for entry in found})
    if unknown:
        raise serializers.ValidationError({"entries": [_("No such entry: %(codes)s.") % {"codes": ", ".join(unknown)}]})
    return found


def _seen(request: Request, receipt: str) -> tuple[Application, Actor]:
    actor = actor_of(request)
    return get_object_or_404(Application.objects.all().visible_to(actor), receipt=receipt), actor


def _told(application: Application, actor: Actor, status: int = 200) -> Response:
    context = {"actor": actor, "now": timezone.now(), "lines": casefile.lines_of(application)}
    return Response(ApplicationOut(application, context=context).data, status=status)


EXAMPLE = {
    "entries": ["3065/0001"],
    "scenario": "research",
    "purpose": "研究城市空气质量的季节变化，成果公开发表。",
    "starts_on": "2026-12-01",
    "ends_on": "2027-11-30",
    "safeguards": "专人专机，加密存储，期满销毁。",
}


@method_decorator(never_cache, name="dispatch")
class Applications(ListAPIView[Application]):
    """The applications one may see; applying."""

    serializer_class = ApplicationRow
    queryset = Application.objects.none()
    filterset_class = ApplicationFilter
    pagination_class = Newest

    def get_queryset(self) -> ApplicationQuerySet:
        """Returns one's own applications and those of one's office."""
        lines = Prefetch("lines", ApplicationLine.objects.select_related("entry"))
        return Application.objects.all().visible_to(actor_of(self.request)).prefetch_related(lines)

    @extend_schema(summary="My applications, and those that my department or authority handles")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Returns a page of applications."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        summary="Begin an application",
        description="Makes a draft with its receipt number. It is sent by `submit`, once the identity is verified.",
        request=ApplicationIn,
        responses={201: ApplicationOut, **CASE_PROBLEMS},
        examples=[OpenApiExample("research", request_only=True, value=EXAMPLE)],
    )
    def post(self, request: Request) -> Response:
        """Makes a draft for the signed-in person; API keys draw data and apply for nothing."""
        actor = actor_of(request)
        sent = ApplicationIn(data=request.data)
        sent.is_valid(raise_exception=True)
        data = dict(sent.validated_data)
        organisation = None
        if wanted := data.pop("organisation"):
            organisation = get_object_or_404(Organisation.objects.all().visible_to(actor), pk=wanted)
        entries = _entries(actor, data.pop("entries"))
        application = application_create(
            actor=actor, entries=entries, fields=data, organisation=organisation, now=timezone.now()
        )
        response = _told(application, actor, 201)
        response["Location"] = request.build_absolute_uri(f"/api/v1/applications/{application.receipt}/")
        return response


@method_decorator(never_cache, name="dispatch")
class ApplicationDetail(APIView):
    """One application, for its applicant and for who handles it."""

    @extend_schema(summary="One application", responses={200: ApplicationOut, **CASE_PROBLEMS})
    def get(self, request: Request, receipt: str) -> Response:
        """Returns the case with its lines, clocks, timeline and what can be done now."""
        return _told(*_seen(request, receipt))

    @extend_schema(
        summary="Change a draft or a returned application",
        request=ContentIn,
        responses={200: ApplicationOut, **CASE_PROBLEMS},
        examples=[
            OpenApiExample("safeguards", request_only=True, value={"safeguards": "存储于本单位机房，双人管理。"})
        ],
    )
    def patch(self, request: Request, receipt: str) -> Response:
        """Changes the given fields and leaves the others."""
        application, actor = _seen(request, receipt)
        sent = ContentIn(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        data = dict(sent.validated_data)
        codes = data.pop("entries", None)
        entries = _entries(actor, codes) if codes is not None else None
        application_update(application, actor=actor, fields=data, entries=entries, now=timezone.now())
        return _told(application, actor)


@method_decorator(never_cache, name="dispatch")
class ApplicationFiles(APIView):
    """The files of an application."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="application_attach",
        summary="Attach a file",
        request={
            "multipart/form-data": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
        },
        responses={201: AttachmentOut, **CASE_PROBLEMS},
    )
    def post(self, request: Request, receipt: str) -> Response:
        """Attaches one file of at most 20 MB to a draft or a returned application."""
        application, actor = _seen(request, receipt)
        file = request.FILES.get("file")
        if file is None:
            raise serializers.ValidationError({"file": [_("Choose at least one file.")]})
        made = attachment_add(
            application, actor=actor, filename=file.name or "", chunks=file.chunks(), now=timezone.now()
        )
        return Response(AttachmentOut(made).data, status=201)


@method_decorator(never_cache, name="dispatch")
class ApplicationCommands(APIView):
    """What applicants and officials do on an application: each command of the law table that a person gives."""

    @extend_schema(
        operation_id="application_command",
        summary="A command on an application",
        description=(
            "`return` takes `defects`; `approve` and `refuse` take `entry` where there are several; `refuse` also "
            "`reason`, `basis` and `note`; `settle` also `decision`; `sign` takes `password` and a signed-in session."
        ),
        parameters=[OpenApiParameter("command", str, OpenApiParameter.PATH, enum=sorted(HANDLERS))],
        request=CommandIn,
        responses={200: ApplicationOut, **CASE_PROBLEMS},
        examples=[
            OpenApiExample("approve", request_only=True, value={"entry": "3065/0001", "note": "用途明确，措施可行。"}),
            OpenApiExample(
                "refuse",
                request_only=True,
                value={
                    "entry": "3065/0001",
                    "reason": "safeguards_insufficient",
                    "basis": "《中华人民共和国数据安全法》第二十七条",
                    "note": "未说明存储地点和访问控制。",
                },
            ),
            OpenApiExample(
                "return", request_only=True, value={"defects": [{"field": "safeguards", "text": "请写明存储地点。"}]}
            ),
        ],
    )
    def post(self, request: Request, receipt: str, command: str) -> Response:
        """Carries out the command and returns the case as it is then."""
        if command not in HANDLERS:
            raise Http404
        if command == "sign" and request.auth is not None:
            reason = _("An agreement is signed by a person who has signed in, never by a key.")
            raise NotAllowed(Denied(reason, 45))
        application, actor = _seen(request, receipt)
        sent = CommandIn(data=request.data)
        sent.is_valid(raise_exception=True)
        if command == "sign" and not ratelimit.consume(
            request._request, action="reauthenticate", user=request._request.user
        ):
            raise Throttled(wait=60, detail=_("Too many tries. Please wait a few minutes."))
        given = self._given(application, dict(sent.validated_data))
        return _told(application_command(application, command, actor=actor, now=timezone.now(), given=given), actor)

    @staticmethod
    def _given(application: Application, data: dict[str, Any]) -> Given:
        line = None
        if code := data.pop("entry", ""):
            line = application.lines.select_related("application", "entry").filter(entry__code=code).first()
            if line is None:
                raise RuleBroken(_("This entry is not part of this application."), 29, field="entry")
            line.application = application
        return Given(line=line, **data)


urlpatterns = [
    path("applications/", Applications.as_view(), name="api_applications"),
    path("applications/<str:receipt>/", ApplicationDetail.as_view(), name="api_application"),
    path("applications/<str:receipt>/files/", ApplicationFiles.as_view(), name="api_application_files"),
    path("applications/<str:receipt>/<slug:command>/", ApplicationCommands.as_view(), name="api_application_command"),
]
