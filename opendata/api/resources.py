"""`/api/v1/resources/<uuid>/`: what a resource is, its rows, queries on it, its files, and its own OpenAPI document."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponseBase
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from opendata import draw
from opendata.api import rows
from opendata.api.base import PROBLEMS, ROW_PROBLEMS, RULE_PROBLEM, ResourceView
from opendata.api.errors import Unprocessable, told
from opendata.api.exports import ExportSerializer, accepted
from opendata.api.serializers import ResourceSerializer
from opendata.drawfiles import FORMATS
from opendata.permits import permit_for
from opendata.rows import EVERYTHING, fragment
from opendata.sending import download_response
from portal.accounts.actors import actor_of

__all__ = ["PROBLEMS", "ROW_PROBLEMS", "RULE_PROBLEM", "ResourceView", "urlpatterns"]


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


class Downloads(ResourceView):
    """The data as a file, in the format asked for."""

    @extend_schema(
        summary="The data as a file",
        parameters=[
            OpenApiParameter(
                "format",
                str,
                enum=list(FORMATS),
                description="`original` are the bytes uploaded; `geojson` only where there is a geometry column.",
            ),
            OpenApiParameter("version", int, description="The number of a published version; else the current one."),
            OpenApiParameter("bom", bool, description="CSV with a byte order mark, for Excel."),
        ],
        responses={
            (200, "application/octet-stream"): bytes,
            (206, "application/octet-stream"): bytes,
            202: OpenApiResponse(ExportSerializer, "A large file: a worker makes it; `Location` says where to follow."),
            416: OpenApiResponse(None, "`Range` begins beyond the end; `Content-Range` says the size."),
            **ROW_PROBLEMS,
        },
    )
    def get(self, request: Request, pk: Any) -> HttpResponseBase:
        """Returns the file or the part that `Range` asks for; 304 where the client already has this very version."""
        resource = self.resource(pk)
        now, actor = timezone.now(), actor_of(request)
        with told():
            return download_response(request, resource, actor=actor, now=now, later=partial(accepted, request))


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
    path("resources/<uuid:pk>/rows/", rows.Rows.as_view(), name="api_rows"),
    path("resources/<uuid:pk>/query/", rows.Queries.as_view(), name="api_query"),
    path("resources/<uuid:pk>/download/", Downloads.as_view(), name="api_download"),
    path("resources/<uuid:pk>/openapi.json", ResourceOpenAPI.as_view(), name="api_resource_openapi"),
]
