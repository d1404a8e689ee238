"""`/api/v1/exports/<uuid>/`: a file that a worker makes for download, and how far it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opendata.api.base import PROBLEMS
from opendata.fileexports import export_shown, is_there, problem_of
from opendata.linking import file_url
from opendata.models import Export
from portal.accounts.actors import actor_of


class ExportLinksSerializer(serializers.Serializer[Any]):
    """Where to ask again, where to look, and where the file is once it is ready."""

    self = serializers.URLField()
    page = serializers.URLField()
    file = serializers.URLField(allow_null=True)


class ExportSerializer(serializers.ModelSerializer[Export]):
    """A file on its way: state, progress in percent, and addresses; `links.file` is null until it is ready."""

    state = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="version.number", read_only=True)
    resource = serializers.UUIDField(source="version.resource_id", read_only=True)
    rows = serializers.IntegerField(source="rows_done", read_only=True)
    problem = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = ["id", "resource", "version", "format", "state", "progress", "rows", "size", "problem", "links"]

    @extend_schema_field(serializers.ChoiceField([*(code for code, _label in Export.STATES), "swept"]))
    def get_state(self, row: Export) -> str:
        """Returns the state; `swept` is a file that was ready and is made again when its download is asked for."""
        return "swept" if row.state == "ready" and not is_there(row) else row.state

    def get_progress(self, row: Export) -> int:
        """Returns how far it is, in percent."""
        return row.progress

    def get_problem(self, row: Export) -> str:
        """Returns why it could not be made, or nothing."""
        return problem_of(row)

    @extend_schema_field(ExportLinksSerializer)
    def get_links(self, row: Export) -> dict[str, str | None]:
        """Returns the addresses."""
        request: HttpRequest = self.context["request"]
        return {
            "self": request.build_absolute_uri(f"/api/v1/exports/{row.pk}/"),
            "page": request.build_absolute_uri(f"/exports/{row.pk}/"),
            "file": request.build_absolute_uri(file_url(row, name="api_download")) if is_there(row) else None,
        }


class Exports(APIView):
    """A file being made for download."""

    @extend_schema(
        operation_id="exports_retrieve",
        summary="A file being made for download",
        responses={200: ExportSerializer, **PROBLEMS},
    )
    def get(self, request: Request, pk: Any) -> Response:
        """Returns how far the file is; the permit is asked again each time."""
        row, _permit = export_shown(actor_of(request), pk, today=timezone.localdate())
        return Response(ExportSerializer(row, context={"request": request}).data, headers={"Cache-Control": "no-store"})


def accepted(request: HttpRequest, row: Export) -> HttpResponseBase:
    """Answers 202 to who asked for a large file: where to follow its making."""
    body = ExportSerializer(row, context={"request": request}).data
    response = JsonResponse(body, status=202, json_dumps_params={"ensure_ascii": False})
    response["Location"] = body["links"]["self"]
    response["Retry-After"] = "5"
    return response


urlpatterns = [path("exports/<uuid:pk>/", Exports.as_view(), name="api_export")]
