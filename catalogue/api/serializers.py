"""The shapes of the catalogue's API. They check form; the services check the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from catalogue.models import DataElement, Entry, EntryVersion
from catalogue.services import CONTENT_FIELDS, ELEMENT_FIELDS, LONGEST_TEXT, MOST_ELEMENTS
from portal.accounts.models import Department, Jurisdiction
from portal.law import RULES, CodeList, Text


def coded(list_name: str, value: str) -> dict[str, str] | None:
    """Returns a code with both its labels, or None for an empty one."""
    return {"value": value, **said(RULES.label(list_name, value))} if value else None


def said(text: Text) -> dict[str, str]:
    """Returns a text of the law in both languages."""
    return {"zh": text.zh, "en": text.en}


def state_of(machine: str, state: str) -> dict[str, str]:
    """Returns a state with both its labels."""
    return {"value": state, **said(RULES.machine(machine).state(state).label)}


def place(region: Jurisdiction) -> dict[str, str]:
    """Returns a region with both its names."""
    return {"value": region.code, "zh": region.name, "en": region.name_en or region.name}


class LabelSerializer(serializers.Serializer[Any]):
    """A text in Chinese and in English."""

    zh = serializers.CharField()
    en = serializers.CharField()


class CodedSerializer(LabelSerializer):
    """A code with its label in Chinese and in English."""

    value = serializers.CharField()


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """A department, as every catalogue names it (Art. 2, 6)."""

    kind = serializers.SerializerMethodField()
    jurisdiction = serializers.SerializerMethodField()
    entries = serializers.IntegerField(source="public_entries", read_only=True, help_text="In the open catalogue.")
    url = serializers.HyperlinkedIdentityField(view_name="api_department", lookup_field="code")

    class Meta:
        model = Department
        fields = [
            "code",
            "name",
            "name_en",
            "kind",
            "jurisdiction",
            "uscc",
            "is_authority",
            "chief_data_officer",
            "phone",
            "email",
            "duties",
            "entries",
            "url",
        ]

    @extend_schema_field(CodedSerializer)
    def get_kind(self, department: Department) -> dict[str, str] | None:
        """Returns government or public service."""
        return coded("department_kind", department.kind)

    @extend_schema_field(CodedSerializer)
    def get_jurisdiction(self, department: Department) -> dict[str, str]:
        """Returns where it belongs."""
        return place(department.jurisdiction)


class ProviderSerializer(serializers.ModelSerializer[Department]):
    """A department, in short."""

    jurisdiction = serializers.CharField(source="jurisdiction_id", read_only=True)

    class Meta:
        model = Department
        fields = ["code", "name", "name_en", "jurisdiction"]


CARD_CODES = ("domain", "open_class", "format_class", "update_frequency", "library")


class EntryCardSerializer(serializers.Serializer[Any]):
    """An entry in a list: what a reader chooses by."""

    code = serializers.CharField()
    title = serializers.CharField(source="published.title")
    title_en = serializers.CharField(source="published.title_en")
    abstract = serializers.CharField(source="published.abstract")
    provider = ProviderSerializer()
    domain = CodedSerializer()
    open_class = CodedSerializer()
    format_class = CodedSerializer()
    update_frequency = CodedSerializer()
    library = CodedSerializer()
    region = CodedSerializer()
    availability = CodedSerializer()
    first_published_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(source="published.published_at")
    url = serializers.URLField()
    page = serializers.URLField()

    def to_representation(self, entry: Entry) -> dict[str, Any]:
        """Returns the card of a published entry; it reads only what `for_cards` has loaded."""
        version = entry.published
        if version is None:
            raise ValueError(f"{entry.code} is not published; lists begin at open_to_public()")
        request = self.context["request"]
        when = self.fields["published_at"]
        return {
            "code": entry.code,
            "title": version.title,
            "title_en": version.title_en,
            "abstract": version.abstract,
            "provider": ProviderSerializer(entry.provider).data,
            **{name: coded(name, getattr(version, name)) for name in CARD_CODES},
            "region": place(version.region),
            "availability": state_of("entry", entry.availability),
            "first_published_at": when.to_representation(entry.first_published_at),
            "published_at": when.to_representation(version.published_at),
            "url": reverse("api_entry", [entry.code], request=request),
            "page": reverse("catalogue:detail", [entry.code], request=request),
        }


class OptionSerializer(serializers.Serializer[Any]):
    """One value of a facet."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of a member, not of the field
    count = serializers.IntegerField()
    selected = serializers.BooleanField()


class FacetSerializer(serializers.Serializer[Any]):
    """One filter with the count of each value under the other filters."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the name of a member, not of the field
    options = OptionSerializer(many=True)


class CodeItemSerializer(CodedSerializer):
    """One code of a list."""

    note = LabelSerializer(allow_null=True)


class CodeListSerializer(serializers.Serializer[Any]):
    """A code list of the law table."""

    name = serializers.CharField()
    label = LabelSerializer()  # type: ignore[assignment]  # the name of a member, not of the field
    items = CodeItemSerializer(many=True)

    def to_representation(self, codes: CodeList) -> dict[str, Any]:
        """Returns the list with the labels of its codes."""
        items = [
            {"value": code.value, **said(code.label), "note": said(code.note) if code.note else None}
            for code in codes.items
        ]
        return {"name": codes.name, "label": said(codes.label), "items": items}


# --- What is sent in -------------------------------------------------------------------------------------------------


class CodeRelatedField(serializers.SlugRelatedField[Any]):
    """Names a row by its code; what cannot be a code names nothing."""

    def __init__(self, queryset: models.QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(slug_field="code", queryset=queryset, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Returns the row, or refuses."""
        if not isinstance(data, str) or not data.isascii() or not data.isprintable():
            self.fail("invalid")
        return super().to_internal_value(data)


class Strict(serializers.Serializer[Any]):
    """Refuses members that it does not know, so that nobody believes to have set what cannot be set."""

    def to_internal_value(self, data: Any) -> Any:
        """Checks the names, then the values."""
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = {str(name): [_("This field cannot be set.")] for name in data if name not in known}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class ElementSerializer(Strict, serializers.ModelSerializer[DataElement]):
    """A data element (Art. 7, 13)."""

    class Meta:
        model = DataElement
        fields = list(ELEMENT_FIELDS)


def _lenient(name: str) -> dict[str, Any]:
    """Lets an attribute be missing or empty here, so that the service refuses it with its article (Art. 7)."""
    field = EntryVersion._meta.get_field(name)
    options: dict[str, Any] = {"required": False}
    if isinstance(field, models.CharField | models.TextField):
        options["allow_blank"] = True
        if isinstance(field, models.TextField):
            options["max_length"] = LONGEST_TEXT
    return options


class VersionWriteSerializer(Strict, serializers.ModelSerializer[EntryVersion]):
    """The content of a draft: every field of the catalogue that a registrar sets, and its data elements."""

    region = CodeRelatedField(Jurisdiction.objects.all(), required=False)
    lead_department = CodeRelatedField(Department.objects.all(), required=False, allow_null=True)
    elements = serializers.ListField(child=ElementSerializer(), required=False, max_length=MOST_ELEMENTS)

    class Meta:
        model = EntryVersion
        fields = [*CONTENT_FIELDS, "change_note", "elements"]
        extra_kwargs = {
            name: _lenient(name)
            for name in (*CONTENT_FIELDS, "change_note")
            if name not in ("region", "lead_department")
        }


class RegisterSerializer(VersionWriteSerializer):
    """A new entry: whose it is, its code, and its first draft."""

    provider = CodeRelatedField(Department.objects.all())
    code = serializers.CharField(max_length=64)

    class Meta(VersionWriteSerializer.Meta):
        fields = ["provider", "code", *VersionWriteSerializer.Meta.fields]


class CommandSerializer(Strict):
    """What goes with a command: the reason where its row asks for one, the finding of the secrecy review."""

    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)
    conclusion = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)


class NoteSerializer(Strict):
    """The reason of a command on an entry's availability."""

    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)


class VersionRowSerializer(serializers.Serializer[Any]):
    """A version in a list."""

    entry = serializers.CharField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    provider = ProviderSerializer()
    state = CodedSerializer()
    change_note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField()

    def to_representation(self, version: EntryVersion) -> dict[str, Any]:
        """Returns the row; it reads only what the view has loaded."""
        return {
            "entry": version.entry.code,
            "number": version.number,
            "title": version.title,
            "provider": ProviderSerializer(version.entry.provider).data,
            "state": state_of("entry_version", version.state),
            "change_note": version.change_note,
            "created_at": version.created_at,
            "published_at": version.published_at,
            "url": reverse("api_version", [version.entry.code, version.number], request=self.context["request"]),
        }
