"""`/api/v1/resources/<uuid>/`: what a resource is, its rows, queries on it, its files, and its own OpenAPI document."""

from __future__ import annotations

import urllib.parse
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opendata import draw
from opendata.api.errors import Unprocessable, told
from opendata.api.parsers import RawJSONParser
from opendata.api.serializers import PageSerializer, ProblemSerializer, QuerySerializer, ResourceSerializer
from opendata.drawfiles import FORMATS
from opendata.models import Resource
from opendata.permits import permit_for
from opendata.rows import EVERYTHING, Page, dumps, fragment, parse_body, query_from_json, query_from_string, records
from opendata.sending import download_response
from portal.accounts.actors import actor_of

PROBLEMS = {
    401: OpenApiResponse(ProblemSerializer, "The key is unknown, expired or revoked."),
    403: OpenApiResponse(ProblemSerializer, "Known but denied, with the reason and the article."),
    404: OpenApiResponse(ProblemSerializer, "No such resource, or not visible."),
}
RULE_PROBLEM = OpenApiResponse(ProblemSerializer, "A rule stands against it, with the article.")
ROW_PROBLEMS = PROBLEMS | {
    422: OpenApiResponse(ProblemSerializer, "The query is not understood; `errors` names the parameter."),
    429: OpenApiResponse(ProblemSerializer, "The grant's rows for today are used up."),
}


class ResourceView(APIView):
    """What the views of one resource share: it is looked up among what the actor sees."""

    def resource(self, pk: Any) -> Resource:
        """Returns the visible resource or answers 404."""
        actor = actor_of(self.request)
        found = Resource.objects.all().visible_to(actor)
        related = found.select_related("entry__provider__jurisdiction", "entry__published", "current")
        return get_object_or_404(related, pk=pk)


class ResourceDetail(ResourceView):
    """A resource with its columns, its figures and its addresses."""

    @extend_schema(summary="One resource", responses={200: ResourceSerializer, 404: PROBLEMS[404]})
    def get(self, request: Request, pk: Any) -> Response:
        """Returns the resource; columns are public, the data is as the open class says."""
        resource = self.resource(pk)
        permit = permit_for(actor_of(request), resource, today=timezone.localdate())
        return Response(
            ResourceSerializer(
                resource, context={"request": request, "permit": permit, "today": timezone.localdate()}
            ).data
        )


class Rows(ResourceView):
    """Rows by a query string, in the `column__operator` grammar."""

    @extend_schema(
        summary="Rows by a query string",
        description=(
            "Filters are `column__operator=value` with the operators exact, ne, in, gt, gte, lt, lte, contains, "
            "startswith, isnull and range. Each resource documents its own columns at `…/openapi.json`."
        ),
        parameters=[
            OpenApiParameter("select", str, description="Columns, separated by commas."),
            OpenApiParameter("sort", str, description="Columns, separated by commas; `-` means descending."),
            OpenApiParameter("limit", int, description="Rows on a page, at most 10,000."),
            OpenApiParameter("cursor", str, description="The `cursor` of the page before."),
            OpenApiParameter("count", str, enum=["none", "exact"], description="Whether to count all matching rows."),
        ],
        responses={200: PageSerializer, **ROW_PROBLEMS},
        examples=[
            OpenApiExample(
                "page", value={"rows": [{"station": "01A", "pm25": 35.5}], "cursor": None, "next": None, "count": 1}
            )
        ],
    )
    def get(self, request: Request, pk: Any) -> HttpResponseBase:
        """Returns one page of rows; ETag is made from the version and the query."""
        resource = self.resource(pk)
        now, actor = timezone.now(), actor_of(request)
        permit = draw.permit_required(actor, resource, today=timezone.localdate(now))
        pairs = urllib.parse.parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
        with told():
            page = draw.rows_page(
                permit,
                lambda columns, scope: query_from_string(pairs, columns, scope=scope, ignore=("format",)),
                actor=actor,
                now=now,
            )
        following = None
        if page.next_cursor:
            kept = [(name, value) for name, value in pairs if name != "cursor"]
            following = request.build_absolute_uri(
                f"{request.path}?{urllib.parse.urlencode([*kept, ('cursor', page.next_cursor)])}"
            )
        return answer(permit, page, following)


class Queries(ResourceView):
    """Rows by a JSON tree: select, where, sort, limit, cursor, count."""

    parser_classes = [RawJSONParser]

    @extend_schema(
        summary="Rows by a JSON query",
        request=QuerySerializer,
        responses={200: PageSerializer, **ROW_PROBLEMS},
        examples=[
            OpenApiExample(
                "and-or",
                request_only=True,
                value={
                    "select": ["station", "pm25"],
                    "where": {"and": [{"column": "pm25", "op": "gt", "value": 75}]},
                    "sort": ["-pm25"],
                    "limit": 10,
                },
            )
        ],
    )
    def post(self, request: Request, pk: Any) -> HttpResponseBase:
        """Returns one page of rows."""
        resource = self.resource(pk)
        now, actor = timezone.now(), actor_of(request)
        permit = draw.permit_required(actor, resource, today=timezone.localdate(now))
        with told():
            body = parse_body(request.data["body"])  # type: ignore[call-overload]  # what RawJSONParser makes
            page = draw.rows_page(
                permit, lambda columns, scope: query_from_json(body, columns, scope=scope), actor=actor, now=now
            )
        return answer(permit, page, None)


def answer(permit: draw.Permit, page: Page, following: str | None) -> HttpResponse:
    """Returns a page of rows as JSON; exact decimals stay exact."""
    content = {
        "resource": str(permit.resource.pk),
        "version": permit.version.number,
        "columns": [{"name": column.name, "type": column.type.value} for column in page.columns],
        "rows": list(records(page.columns, page.rows)),
        "cursor": page.next_cursor,
        "next": following,
        "count": page.total,
        "citation": draw.citation(permit.resource, obtained_on=timezone.localdate()),
    }
    response = HttpResponse(dumps(content), content_type="application/json")
    response["Cache-Control"] = "private, no-store" if permit.grant or permit.own else "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


class Downloads(ResourceView):
    """The data as a file, in the format asked for."""

    @extend_schema(
        summary="The data as a file",
        parameters=[
            OpenApiParameter("format", str, enum=list(FORMATS), description="`original` are the bytes uploaded."),
            OpenApiParameter("bom", bool, description="CSV with a byte order mark, for Excel."),
        ],
        responses={(200, "application/octet-stream"): bytes, **ROW_PROBLEMS},
    )
    def get(self, request: Request, pk: Any) -> HttpResponseBase:
        """Returns the file; 304 where the client already has this very version."""
        resource = self.resource(pk)
        with told():
            return download_response(request, resource, actor=actor_of(request), now=timezone.now())


class ResourceOpenAPI(ResourceView):
    """The resource's own OpenAPI 3.1 document: its columns, operators and real examples."""

    @extend_schema(
        operation_id="resources_openapi",
        summary="The resource's own OpenAPI document",
        responses={(200, "application/json"): dict, 404: PROBLEMS[404], 422: ROW_PROBLEMS[422]},
    )
    def get(self, request: Request, pk: Any) -> Response:
        """Returns the document; it names the columns, which are public, and no data beyond the profile's examples."""
        resource = self.resource(pk)
        permit = permit_for(actor_of(request), resource, today=timezone.localdate())
        version = resource.current
        if version is None:
            raise Unprocessable({"resource": [_("This resource has no published data yet.")]})
        shown = draw.columns_of(draw.Permit(resource, version))
        examples: dict[str, Any] = {}
        if isinstance(permit, draw.Permit):
            scope = draw.scope_of(permit)
            shown = tuple(one for one in shown if scope.columns is None or one.name in scope.columns)
            if scope == EVERYTHING:
                examples = {one["name"]: one["examples"][0] for one in version.columns if one.get("examples")}
        base = f"/api/v1/resources/{resource.pk}"
        return Response(fragment(shown, base, title=str(resource), version=str(version.number), examples=examples))


urlpatterns = [
    path("resources/<uuid:pk>/", ResourceDetail.as_view(), name="api_resource"),
    path("resources/<uuid:pk>/rows/", Rows.as_view(), name="api_rows"),
    path("resources/<uuid:pk>/query/", Queries.as_view(), name="api_query"),
    path("resources/<uuid:pk>/download/", Downloads.as_view(), name="api_download"),
    path("resources/<uuid:pk>/openapi.json", ResourceOpenAPI.as_view(), name="api_resource_openapi"),
]
