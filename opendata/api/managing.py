"""What the registrar decides about a resource: reading settings, key columns, rules, reading again, retiring."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from opendata.api.base import PROBLEMS, RULE_PROBLEM, ResourceView
from opendata.api.serializers import JobSerializer
from opendata.choices import columns_vanished, latest_version, settings_change
from opendata.duties import require_attacher
from opendata.models import Resource
from opendata.permits import permit_for, sees_values
from opendata.quality import quality_of
from opendata.retiring import resource_retire
from opendata.services import resource_read_again
from portal.accounts.actors import actor_of


class SettingsSerializer(serializers.Serializer[Any]):
    """How files are read, what tells rows apart, what is checked; what is left out stays as it is."""

    settings = serializers.JSONField(
        required=False,
        help_text="encoding, delimiter, sheet, table, member, header, columns: {name: {type, apply, label, unit}}",
    )
    key_columns = serializers.ListField(child=serializers.CharField(), required=False)
    rules = serializers.JSONField(required=False, help_text="a list of {kind, column, value|values|pattern|other}")
    vanished = serializers.ListField(child=serializers.CharField(), read_only=True)


class RetireSerializer(serializers.Serializer[Any]):
    """Why the resource is retired, and what takes its place."""

    note = serializers.CharField(max_length=2000)
    successor = serializers.UUIDField(required=False, allow_null=True, default=None)


class RetiredSerializer(serializers.Serializer[Any]):
    """A retired resource."""

    resource = serializers.UUIDField()
    retired_at = serializers.DateTimeField()
    note = serializers.CharField()
    successor = serializers.UUIDField(allow_null=True)
    people_told = serializers.IntegerField()


class QualitySerializer(serializers.Serializer[Any]):
    """The five dimensions of Art. 15; a score is null where it cannot be judged."""

    version = serializers.IntegerField()
    score = serializers.IntegerField(allow_null=True)
    dimensions = serializers.ListField(child=serializers.DictField())


class ResourceSettings(ResourceView):
    """The settings of a resource."""

    @extend_schema(
        operation_id="resources_settings_show",
        summary="How a resource's files are read",
        responses={200: SettingsSerializer, **PROBLEMS},
    )
    def get(self, request: Request, pk: Any) -> Response:
        """Returns the settings; for registrars of the provider."""
        resource = self.resource(pk)
        require_attacher(actor_of(request), resource.entry)
        return Response(_settings(resource))

    @extend_schema(
        operation_id="resources_settings_change",
        summary="Change how a resource's files are read",
        request=SettingsSerializer,
        responses={200: SettingsSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def patch(self, request: Request, pk: Any) -> Response:
        """Replaces each part that is sent; it takes effect with the next reading."""
        resource = self.resource(pk)
        sent = SettingsSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        settings_change(resource, actor=actor_of(request), now=timezone.now(), **sent.validated_data)
        return Response(_settings(resource))


def _settings(resource: Resource) -> dict[str, Any]:
    return {
        "settings": resource.settings,
        "key_columns": resource.key_columns,
        "rules": resource.rules,
        "vanished": columns_vanished(resource, latest_version(resource)),
    }


class ReadAgain(ResourceView):
    """Reading the present file anew."""

    @extend_schema(
        summary="Read the present file again by the present settings",
        request=None,
        responses={202: JobSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any) -> Response:
        """Answers 202 with the job that reads the kept original."""
        job = resource_read_again(self.resource(pk), actor=actor_of(request), now=timezone.now())
        return Response(JobSerializer(job).data, status=202)


class Retire(ResourceView):
    """Retiring a resource (Art. 24)."""

    @extend_schema(
        summary="Retire a resource",
        request=RetireSerializer,
        responses={200: RetiredSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any) -> Response:
        """Retires it once its successor works, and tells its users."""
        actor, resource = actor_of(request), self.resource(pk)
        require_attacher(actor, resource.entry)
        sent = RetireSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        chosen = sent.validated_data["successor"]
        found = Resource.objects.all().visible_to(actor).select_related("entry__published", "current")
        successor = get_object_or_404(found, pk=chosen) if chosen else None
        note = sent.validated_data["note"]
        users = resource_retire(resource, actor=actor, now=timezone.now(), note=note, successor=successor)
        return Response(
            {
                "resource": resource.pk,
                "retired_at": resource.retired_at,
                "note": resource.retired_note,
                "successor": successor.pk if successor else None,
                "people_told": len(users.people),
            }
        )


class ResourceQuality(ResourceView):
    """The quality of what stands now."""

    @extend_schema(summary="The quality of a resource", responses={200: QualitySerializer, **PROBLEMS})
    def get(self, request: Request, pk: Any) -> Response:
        """Returns the five dimensions as they are judged today; nothing is judged while the entry is held."""
        resource, now = self.resource(pk), timezone.now()
        permit = permit_for(actor_of(request), resource, today=timezone.localdate(now))
        version = resource.current
        if version is None or resource.entry.availability == "suspended":
            return Response({"version": version.number if version else 0, "score": None, "dimensions": []})
        whole = sees_values(actor_of(request), resource, permit)
        return Response({"version": version.number, **quality_of(resource, version, now=now).told(whole=whole)})


urlpatterns = [
    path("resources/<uuid:pk>/settings/", ResourceSettings.as_view(), name="api_resource_settings"),
    path("resources/<uuid:pk>/read-again/", ReadAgain.as_view(), name="api_read_again"),
    path("resources/<uuid:pk>/retire/", Retire.as_view(), name="api_retire"),
    path("resources/<uuid:pk>/quality/", ResourceQuality.as_view(), name="api_quality"),
]
