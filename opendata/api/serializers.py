"""The shapes of the open-data API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from opendata.draw import citation, scope_of
from opendata.drawfiles import FORMATS
from opendata.formats import formats_of
from opendata.models import APIKey, Grant, IngestJob, Resource, ResourceVersion
from opendata.permits import Permit
from opendata.rows import EVERYTHING


class ProblemSerializer(serializers.Serializer[Any]):
    """An RFC 9457 problem document, with the article of the Measures where one applies."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    article = serializers.IntegerField(required=False)
    errors = serializers.DictField(required=False)  # type: ignore[assignment]  # RFC 9457 extension member


class PageSerializer(serializers.Serializer[Any]):
    """One page of rows."""

    resource = serializers.UUIDField()
    version = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.DictField())
    rows = serializers.ListField(child=serializers.DictField())
    cursor = serializers.CharField(allow_null=True)
    next = serializers.URLField(allow_null=True)
    count = serializers.IntegerField(allow_null=True)
    count_is = serializers.ChoiceField(choices=["exact", "estimated"], allow_null=True)
    citation = serializers.CharField()


class AggregateSerializer(serializers.Serializer[Any]):
    """One figure of each group; `as` names it, else it is called `pm25__avg`."""

    op = serializers.ChoiceField(choices=["count", "sum", "avg", "min", "max", "distinct"])
    column = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Adds `as`, which Python keeps for itself."""
        return super().get_fields() | {"as": serializers.CharField(required=False)}


class QuerySerializer(serializers.Serializer[Any]):
    """A query as a JSON tree."""

    select = serializers.ListField(child=serializers.CharField(), required=False)
    where = serializers.JSONField(required=False)
    sort = serializers.ListField(child=serializers.CharField(), required=False)
    limit = serializers.IntegerField(required=False)
    offset = serializers.IntegerField(required=False)
    cursor = serializers.CharField(required=False)
    count = serializers.ChoiceField(choices=["none", "exact", "estimated"], required=False)
    group_by = serializers.ListField(child=serializers.CharField(), required=False)
    aggregates = serializers.ListField(child=AggregateSerializer(), required=False)
    having = serializers.JSONField(required=False)
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4, required=False)


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    """A resource: columns and figures are public; whether the data may be drawn is said with its reason."""

    entry = serializers.CharField(source="entry.code")
    version = serializers.IntegerField(source="current.number", allow_null=True, default=None)
    rows = serializers.IntegerField(source="current.rows", allow_null=True, default=None)
    updated_at = serializers.DateTimeField(source="current.published_at", allow_null=True, default=None)
    sha256 = serializers.CharField(source="current.original_id", allow_null=True, default=None)
    columns = serializers.SerializerMethodField()
    may_draw = serializers.SerializerMethodField()
    denied = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()
    citation = serializers.SerializerMethodField()
    retired = serializers.SerializerMethodField()

    class Meta:
        model = Resource
        fields = [
            "id",
            "entry",
            "title",
            "title_en",
            "description",
            "version",
            "rows",
            "updated_at",
            "sha256",
            "columns",
            "may_draw",
            "denied",
            "links",
            "citation",
            "retired",
        ]

    def get_columns(self, resource: Resource) -> list[dict[str, Any]]:
        """Returns name, type and label of each column; figures tell of data and need a permit that is not narrowed."""
        if resource.current is None:
            return []
        shown = {"name", "type", "label"}
        permit = self.context["permit"]
        if isinstance(permit, Permit) and scope_of(permit) == EVERYTHING:
            shown |= {"nulls", "distinct", "min", "max"}
        return [{key: column[key] for key in column if key in shown} for column in resource.current.columns]

    def get_may_draw(self, resource: Resource) -> bool:
        """Says whether the asker may draw the data now."""
        return bool(self.context["permit"])

    @extend_schema_field(ProblemSerializer)
    def get_denied(self, resource: Resource) -> dict[str, Any] | None:
        """Returns why not, with the article, or nothing."""
        permit = self.context["permit"]
        return None if permit else {"detail": permit.reason, "article": permit.article}

    def get_links(self, resource: Resource) -> dict[str, str]:
        """Returns the addresses of rows, query, documentation and files."""
        request = self.context["request"]
        found = {
            name: reverse(f"api_{view}", [resource.pk], request=request)
            for name, view in (
                ("rows", "rows"),
                ("query", "query"),
                ("openapi", "resource_openapi"),
                ("versions", "resource_versions"),
                ("quality", "quality"),
            )
        }
        base = reverse("api_download", [resource.pk], request=request)
        formats = formats_of(resource.current, self.context["permit"]) if resource.current else FORMATS
        return found | {f"download_{fmt}": f"{base}?format={fmt}" for fmt in formats}

    def get_citation(self, resource: Resource) -> str:
        """Returns how to cite the data, obtained today."""
        return citation(resource, obtained_on=self.context["today"])

    def get_retired(self, resource: Resource) -> dict[str, Any] | None:
        """Returns since when and why the resource is no longer updated, and where its successor is (Art. 24)."""
        if resource.retired_at is None:
            return None
        request, successor = self.context["request"], resource.successor_id
        url = reverse("api_resource", [successor], request=request) if successor else None
        return {"at": resource.retired_at, "note": resource.retired_note, "successor": url}


class GrantSerializer(serializers.ModelSerializer[Grant]):
    """A grant as its holder and the provider see it."""

    entry = serializers.CharField(source="entry.code")
    resources = serializers.PrimaryKeyRelatedField[Resource](source="entry.resources", many=True, read_only=True)

    class Meta:
        model = Grant
        fields = ["id", "entry", "resources", "state", "agreement", "starts_on", "ends_on", "columns", "daily_rows"]


class KeySerializer(serializers.ModelSerializer[APIKey]):
    """A key, never the secret: that is told once, when it is made."""

    grants = serializers.PrimaryKeyRelatedField(many=True, queryset=Grant.objects.none())

    def get_fields(self) -> dict[str, Any]:
        """Lets a key name only the grants that its maker holds; another's grant is unknown to it."""
        fields = super().get_fields()
        if "grants" in self.context:
            fields["grants"] = serializers.PrimaryKeyRelatedField(many=True, queryset=self.context["grants"])
        return fields

    class Meta:
        model = APIKey
        fields = ["id", "name", "start", "grants", "created_at", "expires_at", "revoked_at", "last_used_at"]
        read_only_fields = ["id", "start", "created_at", "revoked_at", "last_used_at"]


class JobSerializer(serializers.ModelSerializer[IngestJob]):
    """An upload on its way in; at its end the number of its version, and what that waits for."""

    version = serializers.SerializerMethodField()

    class Meta:
        model = IngestJob
        fields = [
            "id",
            "resource",
            "state",
            "stage",
            "progress",
            "filename",
            "size",
            "findings",
            "version",
            "created_at",
        ]

    def get_version(self, job: IngestJob) -> dict[str, Any] | None:
        """Returns number, state and the reasons why it waits, once there is a version."""
        made = ResourceVersion.objects.filter(job=job).only("number", "state", "held_for").first()
        return {"number": made.number, "state": made.state, "held_for": made.held_for} if made else None


class KeyMadeSerializer(KeySerializer):
    """A key just made, with the secret that is never told again."""

    secret = serializers.CharField(read_only=True)

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "secret"]


class GrantCommandSerializer(serializers.Serializer[Any]):
    """A command's written reason."""

    note = serializers.CharField(required=False, default="", allow_blank=True)


class ResourceNewSerializer(serializers.ModelSerializer[Resource]):
    """What is asked for to attach a resource."""

    class Meta:
        model = Resource
        fields = ["title", "title_en", "description"]


class UploadSerializer(serializers.Serializer[Any]):
    """A file for a resource; `overrides` are settings of reading, which are kept with the resource."""

    file = serializers.FileField()
    overrides = serializers.JSONField(required=False)
