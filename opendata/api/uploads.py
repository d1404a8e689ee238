"""Attaching resources and uploading files for them, by the same services as the pages."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.models import Entry
from opendata.api.resources import PROBLEMS, RULE_PROBLEM
from opendata.api.serializers import JobSerializer, ResourceNewSerializer, ResourceSerializer, UploadSerializer
from opendata.models import IngestJob, Resource
from opendata.permits import permit_for
from opendata.services import resource_create, upload_receive
from portal.accounts.actors import actor_of


class EntryResources(APIView):
    """The resources of an entry."""

    @extend_schema(
        operation_id="entries_resources_list",
        summary="The resources of an entry",
        responses={200: ResourceSerializer(many=True), 404: PROBLEMS[404]},
    )
    def get(self, request: Request, code: str) -> Response:
        """Returns the entry's visible resources in their order; of each, whether its data may be drawn, or why not."""
        actor, today = actor_of(request), timezone.localdate()
        entry = get_object_or_404(Entry.objects.all().visible_to(actor), code=code)
        found = Resource.objects.all().visible_to(actor).filter(entry=entry)
        shown = []
        for resource in found.select_related("entry__provider__jurisdiction", "entry__published", "current"):
            context = {"request": request, "permit": permit_for(actor, resource, today=today), "today": today}
            shown.append(ResourceSerializer(resource, context=context).data)
        return Response(shown)

    @extend_schema(
        summary="Attach a resource to an entry",
        request=ResourceNewSerializer,
        responses={201: ResourceSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, code: str) -> Response:
        """Attaches an empty resource; upload a file for it next."""
        actor, now = actor_of(request), timezone.now()
        entry = get_object_or_404(Entry.objects.all().visible_to(actor), code=code)
        sent = ResourceNewSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        resource = resource_create(entry=entry, actor=actor, now=now, **sent.validated_data)
        today = timezone.localdate(now)
        context = {"request": request, "permit": permit_for(actor, resource, today=today), "today": today}
        return Response(ResourceSerializer(resource, context=context).data, status=201)


class ResourceUploads(APIView):
    """Files for a resource."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        summary="Upload a file for a resource",
        request={"multipart/form-data": UploadSerializer},
        responses={202: JobSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any) -> Response:
        """Takes the file into quarantine and answers 202 with the job that will read it."""
        actor = actor_of(request)
        resource = get_object_or_404(Resource.objects.all().visible_to(actor), pk=pk)
        sent = UploadSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        file = sent.validated_data["file"]
        job = upload_receive(
            resource=resource,
            actor=actor,
            filename=file.name,
            chunks=file.chunks(),
            now=timezone.now(),
            overrides=sent.validated_data.get("overrides"),
        )
        return Response(JobSerializer(job).data, status=202)


class Job(APIView):
    """One upload on its way in."""

    @extend_schema(summary="The progress of an upload", responses={200: JobSerializer, **PROBLEMS})
    def get(self, request: Request, pk: Any) -> Response:
        """Returns stage, progress and, at the end, the findings with line, column, found and expected."""
        job = get_object_or_404(IngestJob.objects.all().visible_to(actor_of(request)), pk=pk)
        return Response(JobSerializer(job).data)


urlpatterns = [
    path("entries/<path:code>/resources/", EntryResources.as_view(), name="api_entry_resources"),
    path("resources/<uuid:pk>/uploads/", ResourceUploads.as_view(), name="api_uploads"),
    path("jobs/<uuid:pk>/", Job.as_view(), name="api_job"),
]
