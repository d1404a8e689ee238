"""`/api/v1/entries/<code>/download.zip`: the whole entry as one ZIP."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase, JsonResponse
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from opendata.api.base import ROW_PROBLEMS
from opendata.api.errors import told
from opendata.api.rows import OwnNegotiation
from opendata.packages import NotYet, entry_of
from opendata.packagesending import ZIP_TYPE, package_response
from portal.accounts.actors import actor_of

LOOK_AGAIN_SECONDS = 5


class TableInMakingSerializer(serializers.Serializer[Any]):
    """One table of a package that a worker is making, and how far it is in percent."""

    export = serializers.UUIDField(source="pk")
    resource = serializers.UUIDField(source="version.resource_id")
    progress = serializers.IntegerField()


class PackageWaitingSerializer(serializers.Serializer[Any]):
    """Why the package is not there yet; the same address gives it when `Retry-After` and the tables are through."""

    waiting_for = TableInMakingSerializer(many=True)


class EntryPackage(APIView):
    """The whole entry as one ZIP."""

    content_negotiation_class = OwnNegotiation

    @extend_schema(
        operation_id="entries_package",
        summary="The whole entry as one ZIP",
        description=(
            "The tables that the asker may draw now as CSV, a Data Package 2.0 descriptor, licence, citation with the "
            "date obtained, and checksums. What may not be drawn is named in its README with the reason."
        ),
        parameters=[OpenApiParameter("original", bool, description="The uploaded files too, below `original/`.")],
        responses={(200, ZIP_TYPE): bytes, 202: PackageWaitingSerializer, **ROW_PROBLEMS},
    )
    def get(self, request: Request, code: str) -> HttpResponseBase:
        """Returns the package; 202 while workers make the large tables in it."""
        actor = actor_of(request)
        entry = entry_of(actor, code)
        try:
            with told():
                return package_response(request._request, entry, actor=actor, now=timezone.now())
        except NotYet as later:
            body = PackageWaitingSerializer({"waiting_for": later.exports}).data
            headers = {"Retry-After": str(LOOK_AGAIN_SECONDS), "Cache-Control": "private, no-store"}
            return JsonResponse(body, status=202, headers=headers)


urlpatterns = [path("entries/<path:code>/download.zip", EntryPackage.as_view(), name="api_entry_zip")]
