"""`/api/v1/resources/<uuid>/versions/`: the immutable versions, what changed in each, and what they wait for."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from opendata import draw
from opendata.api.base import PROBLEMS, RULE_PROBLEM, ResourceView
from opendata.formats import formats_of
from opendata.models import Resource, ResourceVersion
from opendata.permits import is_own, permit_for, sees_values, version_visible
from opendata.quality import quality_of
from opendata.refusedrows import refused_response
from opendata.versions import CONFIRMED_BY_PUBLISHER, hold_lift, version_discard
from portal.accounts.actors import actor_of

PAGE = 100
FIGURES = ("nulls", "distinct", "min", "max")
VALUES = ("examples", "per_column")


class VersionSerializer(serializers.ModelSerializer[ResourceVersion]):
    """A version in a list; `version` goes into `?version=` of rows, query and download."""

    version = serializers.IntegerField(source="number")
    sha256 = serializers.CharField(source="original_id")
    url = serializers.SerializerMethodField()

    class Meta:
        model = ResourceVersion
        fields = ["version", "state", "held_for", "rows", "refused_rows", "sha256", "published_at", "url"]

    def get_url(self, version: ResourceVersion) -> str:
        """Returns the permanent address."""
        args = [version.resource_id, version.number]
        return reverse("api_resource_version", args, request=self.context["request"])


class VersionListSerializer(serializers.Serializer[Any]):
    """A page of versions, the newest first."""

    resource = serializers.UUIDField()
    latest = serializers.IntegerField(allow_null=True)
    versions = VersionSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class VersionDetailSerializer(VersionSerializer):
    """A version with its schema, its profile as far as it is the asker's, what changed, and how to draw and cite it."""

    columns = serializers.SerializerMethodField()
    diff = serializers.SerializerMethodField()
    quality = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()
    citation = serializers.SerializerMethodField()

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "columns", "diff", "quality", "links", "citation"]

    def get_columns(self, version: ResourceVersion) -> list[dict[str, Any]]:
        """Returns name, type, label and unit; figures only where the data is the asker's to draw."""
        shown = {"name", "type", "label", "unit", *(FIGURES if self.context["inside"] else ())}
        return [{key: column[key] for key in column if key in shown} for column in version.columns]

    def get_diff(self, version: ResourceVersion) -> dict[str, Any] | None:
        """Returns what changed since the version that stood before; values only for who may draw both."""
        if self.context["held"] or not version.diff.get("against"):
            return None
        rows = dict(version.diff["rows"])
        if not self.context["inside"]:
            rows = {key: value for key, value in rows.items() if key not in VALUES}
        return {**version.diff, "rows": rows}

    def get_quality(self, version: ResourceVersion) -> dict[str, Any] | None:
        """Returns the five dimensions of Art. 15 as they are judged today."""
        if self.context["held"] or version.state != "published":
            return None
        resource: Resource = self.context["resource"]
        return quality_of(resource, version, now=self.context["now"]).told(whole=self.context["inside"])

    def get_links(self, version: ResourceVersion) -> dict[str, str]:
        """Returns the addresses that draw this very version."""
        request, pk = self.context["request"], version.resource_id
        rows, files = (reverse(f"api_{name}", [pk], request=request) for name in ("rows", "download"))
        page = reverse("opendata:version", [pk, version.number], request=request)
        found = {"page": page, "rows": f"{rows}?version={version.number}"}
        return found | {
            f"download_{fmt}": f"{files}?format={fmt}&version={version.number}" for fmt in formats_of(version)
        }

    def get_citation(self, version: ResourceVersion) -> str:
        """Returns how to cite the version, obtained today (Art. 32)."""
        today = timezone.localdate(self.context["now"])
        return draw.citation(self.context["resource"], obtained_on=today, version=version)


class ConfirmSerializer(serializers.Serializer[Any]):
    """What is confirmed, and why."""

    reason = serializers.ChoiceField(choices=sorted(CONFIRMED_BY_PUBLISHER))
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class DiscardSerializer(serializers.Serializer[Any]):
    """Why it is discarded."""

    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class VersionView(ResourceView):
    """What the views of one version share."""

    def found(self, pk: Any, number: int) -> tuple[Resource, ResourceVersion]:
        """Returns the resource and the version, both among what the actor sees, or answers 404."""
        resource = self.resource(pk)
        return resource, version_visible(actor_of(self.request), resource, number)

    def told(self, request: Request, resource: Resource, version: ResourceVersion) -> dict[str, Any]:
        """Returns the version as this asker may see it."""
        actor, now = actor_of(request), timezone.now()
        held = resource.entry.availability == "suspended"
        permit = permit_for(actor, resource, today=timezone.localdate(now), version=version)
        inside = sees_values(actor, resource, permit) and not held
        context = {"request": request, "resource": resource, "inside": inside, "held": held, "now": now}
        return dict(VersionDetailSerializer(version, context=context).data)


class Versions(ResourceView):
    """The versions of a resource."""

    @extend_schema(
        operation_id="resources_versions",
        summary="The versions of a resource",
        description="The newest first, a hundred at a time; each is immutable. Officials see those that wait as well.",
        parameters=[OpenApiParameter("before", int, description="Only versions of a smaller number.")],
        responses={200: VersionListSerializer, **PROBLEMS},
    )
    def get(self, request: Request, pk: Any) -> Response:
        """Returns a page of versions, with the number of the one that stands now."""
        resource = self.resource(pk)
        found = resource.versions.visible_to(actor_of(request)).defer("columns", "reading", "findings")
        before = request.GET.get("before", "")
        if before.isascii() and before.isdecimal():
            found = found.filter(number__lt=min(int(before[:10]), 10**9))
        page = list(found.order_by("-number")[: PAGE + 1])
        following = None
        if len(page) > PAGE:
            following = f"{request.build_absolute_uri(request.path)}?before={page[PAGE - 1].number}"
        context = {"request": request}
        return Response(
            {
                "resource": resource.pk,
                "latest": resource.current.number if resource.current else None,
                "versions": VersionSerializer(page[:PAGE], many=True, context=context).data,
                "next": following,
            }
        )


class Version(VersionView):
    """One version, for good."""

    @extend_schema(
        operation_id="resources_version",
        summary="One version of a resource",
        responses={200: VersionDetailSerializer, **PROBLEMS},
    )
    def get(self, request: Request, pk: Any, number: int) -> Response:
        """Returns schema, figures, what changed, quality, addresses and citation."""
        return Response(self.told(request, *self.found(pk, number)))


class VersionConfirm(VersionView):
    """Confirming what a version waits for."""

    @extend_schema(
        summary="Confirm a changed schema or refused rows",
        request=ConfirmSerializer,
        responses={200: VersionDetailSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any, number: int) -> Response:
        """Confirms one reason; the version is published with the last one."""
        resource, version = self.found(pk, number)
        sent = ConfirmSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        hold_lift(version, actor=actor_of(request), now=timezone.now(), **sent.validated_data)
        resource.refresh_from_db()
        return Response(self.told(request, resource, version))


class VersionDiscard(VersionView):
    """Giving a waiting version up."""

    @extend_schema(
        summary="Discard a version that waits",
        request=DiscardSerializer,
        responses={200: VersionDetailSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any, number: int) -> Response:
        """Discards the version; what readers see stays as it is."""
        resource, version = self.found(pk, number)
        sent = DiscardSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        version_discard(version, actor=actor_of(request), now=timezone.now(), **sent.validated_data)
        return Response(self.told(request, resource, version))


class VersionRefused(VersionView):
    """The rows of a version's file that could not be read."""

    @extend_schema(
        summary="The rows that could not be read, as CSV",
        responses={(200, "text/csv"): bytes, **PROBLEMS},
    )
    def get(self, request: Request, pk: Any, number: int) -> HttpResponseBase:
        """Returns line, reason and text of each; only for the people of the data's own department."""
        resource, version = self.found(pk, number)
        if version.refused is None or not is_own(actor_of(request), resource):
            raise Http404
        return refused_response(version)


urlpatterns = [
    path("resources/<uuid:pk>/versions/", Versions.as_view(), name="api_resource_versions"),
    path("resources/<uuid:pk>/versions/<int:number>/", Version.as_view(), name="api_resource_version"),
    path(
        "resources/<uuid:pk>/versions/<int:number>/confirm/",
        VersionConfirm.as_view(),
        name="api_resource_version_confirm",
    ),
    path(
        "resources/<uuid:pk>/versions/<int:number>/discard/",
        VersionDiscard.as_view(),
        name="api_resource_version_discard",
    ),
    path(
        "resources/<uuid:pk>/versions/<int:number>/refused/",
        VersionRefused.as_view(),
        name="api_resource_version_refused",
    ),
]
