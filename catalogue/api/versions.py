"""`/api/v1/entries/<code>/versions/`: a version's content and its way to publication (Art. 7, 10, 12, 36)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.api.details import VersionDetailSerializer, version_detail
from catalogue.api.entries import visible_entry
from catalogue.api.schema import COMMAND_EXAMPLES, PAGING, RULE_EXAMPLE, Unprocessable, problems
from catalogue.api.serializers import CommandSerializer, VersionRowSerializer, VersionWriteSerializer
from catalogue.models import EntryVersion
from catalogue.services import MACHINE, version_command, version_open, version_update
from portal.accounts.actors import actor_of
from portal.law import RULES
from portal.pagination import CursorPagination

BY_PEOPLE = {row.name for row in RULES.machine(MACHINE).commands if not row.by_system}
STATES = [state.name for state in RULES.machine(MACHINE).states]


def visible_version(request: Request, code: str, number: int) -> EntryVersion:
    """Returns the version that the actor sees, or answers 404."""
    entry = visible_entry(request, code)
    versions = EntryVersion.objects.visible_to(actor_of(request)).filter(entry=entry)
    related = ("entry__published", "entry__provider__jurisdiction", "region", "lead_department")
    return get_object_or_404(versions.select_related(*related), number=number)


class NewestFirst(CursorPagination):
    """Pages of versions, the newest first."""

    ordering = "-created_at"


class VersionQueue(APIView):
    """The versions of my departments, by state: what a registrar or a reviewer works on."""

    @extend_schema(
        operation_id="versions_list",
        summary="Versions of your departments",
        description="For officials; anyone else gets an empty list.",
        parameters=[OpenApiParameter("state", str, enum=STATES, many=True), *PAGING],
        responses={200: VersionRowSerializer(many=True), **problems(404, 422)},
    )
    def get(self, request: Request) -> Response:
        """Returns one page of the versions."""
        wanted = request.query_params.getlist("state")
        if wrong := [state for state in wanted if state not in STATES]:
            raise Unprocessable({"state": wrong})
        versions = EntryVersion.objects.own(actor_of(request)).select_related("entry__provider")
        if wanted:
            versions = versions.filter(state__in=wanted)
        pages = NewestFirst()
        page: list[Any] | None = pages.paginate_queryset(versions, request, view=self)
        return pages.get_paginated_response(VersionRowSerializer(page, many=True, context={"request": request}).data)


class VersionList(APIView):
    """The versions of one entry."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(
        operation_id="entry_versions_list",
        summary="Versions of an entry",
        description="Published and superseded ones for everyone; drafts and reviews for the entry's own officials.",
        responses={200: VersionRowSerializer(many=True), **problems(404)},
    )
    def get(self, request: Request, code: str) -> Response:
        """Returns the versions that the actor sees, the newest first."""
        versions = visible_entry(request, code).versions.visible_to(actor_of(request)).order_by("-number")
        rows = versions.select_related("entry__provider")
        return Response(VersionRowSerializer(rows, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="entry_versions_open",
        summary="Open a new version as a draft",
        description="It is copied from the published version, which stands until the new one is published.",
        request=None,
        responses={201: VersionDetailSerializer, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, code: str) -> Response:
        """Opens the draft and returns it."""
        version = version_open(visible_entry(request, code), actor=actor_of(request), now=timezone.now())
        return Response(version_detail(version, request), status=201)


class VersionDetail(APIView):
    """One version."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(
        operation_id="entry_versions_retrieve",
        summary="One version of an entry",
        responses={200: VersionDetailSerializer, **problems(404)},
    )
    def get(self, request: Request, code: str, number: int) -> Response:
        """Returns the version."""
        return Response(version_detail(visible_version(request, code, number), request))

    @extend_schema(
        operation_id="entry_versions_update",
        summary="Change a draft",
        description="Only the members that are sent change; `elements`, where sent, replaces all data elements.",
        request=VersionWriteSerializer,
        responses={200: VersionDetailSerializer, **problems(400, 401, 403, 404, 409)},
        examples=[RULE_EXAMPLE],
    )
    def patch(self, request: Request, code: str, number: int) -> Response:
        """Changes the draft and returns it."""
        version = visible_version(request, code, number)
        sent = VersionWriteSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        fields = dict(sent.validated_data)
        elements = fields.pop("elements", None)
        actor = actor_of(request)
        version_update(version, actor=actor, fields=fields, elements=elements, now=timezone.now())
        return Response(version_detail(version, request))


class VersionCommand(APIView):
    """Submit, approve, return, publish, discard."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(
        operation_id="entry_versions_command",
        summary="Give a review command on a version",
        description=(
            "Registrar: `submit`, `discard`. Reviewer: `department_approve`, `department_return`. Secrecy reviewer: "
            "`secrecy_approve` (needs `conclusion`), `secrecy_return`. Officer of the authority: `publish`, "
            "`authority_return`. Returns need `note`."
        ),
        parameters=[OpenApiParameter("command", str, OpenApiParameter.PATH, enum=sorted(BY_PEOPLE))],
        request=CommandSerializer,
        responses={200: VersionDetailSerializer, **problems(400, 401, 403, 404, 409)},
        examples=[*COMMAND_EXAMPLES, RULE_EXAMPLE],
    )
    def post(self, request: Request, code: str, number: int, command: str) -> Response:
        """Carries out the command and returns the version."""
        version = visible_version(request, code, number)
        if command not in BY_PEOPLE:
            raise Http404
        sent = CommandSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        version_command(version, command, actor=actor_of(request), now=timezone.now(), **sent.validated_data)
        return Response(version_detail(version, request))
