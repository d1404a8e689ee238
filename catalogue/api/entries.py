"""`/api/v1/entries/`: the unified open catalogue, its entries, and the registrar's and officers' commands on them."""

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

from catalogue.api.details import EntryDetailSerializer, VersionDetailSerializer, entry_detail, version_detail
from catalogue.api.schema import (
    FILTERS,
    LIST_EXAMPLE,
    PAGING,
    REGISTER_EXAMPLE,
    RULE_EXAMPLE,
    Unprocessable,
    problems,
)
from catalogue.api.serializers import EntryCardSerializer, FacetSerializer, NoteSerializer, RegisterSerializer
from catalogue.availability import COMMANDS, entry_command
from catalogue.filters import EntryFilter, entries_matching, facets
from catalogue.models import Entry
from catalogue.services import entry_create
from portal.accounts.actors import actor_of
from portal.pagination import CursorPagination


class EntryPagination(CursorPagination):
    """Pages of the catalogue: best first for words, newest first without."""

    def __init__(self, found: EntryFilter) -> None:
        self.ordering = found.ordering
        self.count = found.qs.count()

    def get_paginated_response(self, data: Any) -> Response:
        """Returns the page, with the number of all matches."""
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"count": self.count, **links, "results": data})


def matching(request: Request) -> EntryFilter:
    """Returns the public entries that the query asks for; a value that is not right is 422 by its parameter."""
    found = EntryFilter(request.query_params, queryset=Entry.objects.open_to_public().for_cards())
    if not found.is_valid():
        raise Unprocessable(found.problems())
    return entries_matching(Entry.objects.open_to_public().for_cards(), request.query_params)


def visible_entry(request: Request, code: str) -> Entry:
    """Returns the entry of this code that the actor sees, or answers 404."""
    entries = Entry.objects.visible_to(actor_of(request)).with_code(code)
    related = ("published__region", "published__lead_department", "provider__jurisdiction")
    return get_object_or_404(entries.select_related(*related))


class EntryList(APIView):
    """The open catalogue (Art. 27), and the registering of an entry (Art. 7, 12)."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(
        operation_id="entries_list",
        summary="Search the open catalogue",
        description="Published entries of all three classes. Best match first for words, newest first without.",
        parameters=[*FILTERS, *PAGING],
        responses={200: EntryCardSerializer(many=True), **problems(404, 422)},
        examples=[LIST_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Returns one page of the entries that match."""
        found = matching(request)
        pages = EntryPagination(found)
        page: list[Any] | None = pages.paginate_queryset(found.qs, request, view=self)
        return pages.get_paginated_response(EntryCardSerializer(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="entries_register",
        summary="Register an entry as a draft",
        description="For a designated registrar of the providing department. Nothing is public before publication.",
        request=RegisterSerializer,
        responses={201: VersionDetailSerializer, **problems(400, 401, 403, 409)},
        examples=[REGISTER_EXAMPLE, RULE_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Registers the entry and returns its first version."""
        sent = RegisterSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        fields = dict(sent.validated_data)
        version = entry_create(
            actor=actor_of(request),
            provider=fields.pop("provider"),
            code=fields.pop("code"),
            elements=fields.pop("elements", ()),
            fields=fields,
            now=timezone.now(),
        )
        return Response(version_detail(version, request), status=201)


class EntryFacets(APIView):
    """The values of each filter with their counts under the others."""

    @extend_schema(
        operation_id="entries_facets",
        summary="Count the catalogue by each filter",
        parameters=FILTERS,
        responses={200: FacetSerializer(many=True), **problems(422)},
    )
    def get(self, request: Request) -> Response:
        """Returns the facets; they count what the list would show."""
        found = matching(request)
        counted = facets(Entry.objects.open_to_public(), found.data)
        return Response(FacetSerializer(counted, many=True).data)


class EntryDetail(APIView):
    """One entry in full."""

    @extend_schema(
        operation_id="entries_retrieve",
        summary="One entry",
        description=(
            "Scope, content, class, conditions, data form and frequency with the change history (Art. 27), every "
            "attribute with its labels, the data elements, availability, and the commands that you may give."
        ),
        responses={200: EntryDetailSerializer, **problems(404)},
    )
    def get(self, request: Request, code: str) -> Response:
        """Returns the entry."""
        return Response(entry_detail(visible_entry(request, code), request))


class EntryCommand(APIView):
    """Suspend, agree to resume, withdraw (Art. 30)."""

    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(
        operation_id="entries_command",
        summary="Suspend, resume or withdraw an entry",
        description="`suspend` takes hold at the next request; `agree_resume` needs both sides; `withdraw` is final.",
        parameters=[OpenApiParameter("command", str, OpenApiParameter.PATH, enum=COMMANDS)],
        request=NoteSerializer,
        responses={200: EntryDetailSerializer, **problems(400, 401, 403, 404, 409)},
    )
    def post(self, request: Request, code: str, command: str) -> Response:
        """Carries out the command and returns the entry."""
        entry = visible_entry(request, code)
        if command not in COMMANDS:
            raise Http404
        sent = NoteSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        entry_command(entry, command, actor=actor_of(request), now=timezone.now(), note=sent.validated_data["note"])
        return Response(entry_detail(entry, request))
