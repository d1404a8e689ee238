"""An entry and a version in full, as the API shows them: every attribute of the law's field table, by its reader."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from catalogue.api.serializers import (
    CodedSerializer,
    ElementSerializer,
    LabelSerializer,
    ProviderSerializer,
    coded,
    place,
    said,
    state_of,
)
from catalogue.availability import COMMANDS
from catalogue.models import Entry, EntryVersion, Suspension
from portal.accounts import access
from portal.accounts.actors import Actor, actor_of
from portal.law import RULES, Command, Field
from portal.workflow.models import Clock

# The six things that Art. 27 demands of the open catalogue: scope, content, class, condition, form, frequency.
ART_27 = ("open_scope", "open_content", "open_class", "open_condition", "data_form", "update_frequency")
INTERNAL = ("secrecy_conclusion",)


class AttributeSerializer(serializers.Serializer[Any]):
    """One attribute: its label, its value, and the labels of a coded value."""

    label = LabelSerializer()  # type: ignore[assignment]  # the name of a member, not of the field
    value = serializers.JSONField()
    says = LabelSerializer(allow_null=True)
    article = serializers.IntegerField(allow_null=True, help_text="The article that demands it, if one does.")


class HistorySerializer(serializers.Serializer[Any]):
    """One published version."""

    number = serializers.IntegerField()
    state = CodedSerializer()
    published_at = serializers.DateTimeField()
    change_note = serializers.CharField(allow_blank=True)
    url = serializers.URLField()


class CommandOfferSerializer(serializers.Serializer[Any]):
    """A command that the actor may give now, or why not."""

    name = serializers.CharField()
    label = LabelSerializer()  # type: ignore[assignment]  # the name of a member, not of the field
    article = serializers.IntegerField()
    note = serializers.ChoiceField(choices=["none", "optional", "required"])
    allowed = serializers.BooleanField()
    reason = serializers.CharField(required=False)
    url = serializers.URLField()


class HoldSerializer(serializers.Serializer[Any]):
    """Why an entry gives out no data at present (Art. 30)."""

    reason = serializers.CharField()
    since = serializers.DateTimeField()


class AvailabilitySerializer(CodedSerializer):
    """Whether the entry's data is given out."""

    suspension = HoldSerializer(allow_null=True)


@extend_schema_serializer(component_name="Entry")
class EntryDetailSerializer(serializers.Serializer[Any]):
    """An entry in full (Art. 7, 27)."""

    code = serializers.CharField()
    title = serializers.CharField()
    title_en = serializers.CharField(allow_blank=True)
    abstract = serializers.CharField()
    abstract_en = serializers.CharField(allow_blank=True)
    provider = ProviderSerializer()
    availability = AvailabilitySerializer()
    version = serializers.IntegerField()
    published_at = serializers.DateTimeField(allow_null=True)
    first_published_at = serializers.DateTimeField(allow_null=True)
    open_catalogue = serializers.DictField(child=AttributeSerializer(), help_text="The six things of Art. 27.")
    attributes = serializers.DictField(child=AttributeSerializer(), help_text="Every attribute, by its name.")
    elements = ElementSerializer(many=True)
    secrecy_reviewed = serializers.BooleanField()
    history = HistorySerializer(many=True)
    commands = CommandOfferSerializer(many=True, help_text="What you may do with this entry now.")
    in_work = serializers.URLField(allow_null=True, help_text="The version in work, for its own officials.")
    url = serializers.URLField()
    page = serializers.URLField()


class ReviewSerializer(serializers.Serializer[Any]):
    """One step of a version's way."""

    command = serializers.CharField()
    label = LabelSerializer()  # type: ignore[assignment]  # the name of a member, not of the field
    by = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)


class ClockSerializer(serializers.Serializer[Any]):
    """A time limit of a review."""

    kind = serializers.CharField()
    label = LabelSerializer()  # type: ignore[assignment]  # the name of a member, not of the field
    statutory = serializers.BooleanField()
    article = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    due_on = serializers.DateField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="EntryVersion")
class VersionDetailSerializer(serializers.Serializer[Any]):
    """A version in full; reviews, clocks and commands are for its own officials."""

    entry = serializers.CharField()
    number = serializers.IntegerField()
    state = CodedSerializer()
    change_note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    published_at = serializers.DateTimeField(allow_null=True)
    attributes = serializers.DictField(child=AttributeSerializer())
    elements = ElementSerializer(many=True)
    evidence = serializers.JSONField(required=False)
    reviews = ReviewSerializer(many=True, required=False)
    clocks = ClockSerializer(many=True, required=False)
    commands = CommandOfferSerializer(many=True, required=False)
    url = serializers.URLField()


def attribute(version: EntryVersion, row: Field) -> dict[str, Any]:
    """Returns one attribute of a version with its labels."""
    value, says = _value(version, row)
    return {"label": said(row.label), "value": value, "says": says, "article": row.required_by}


def _value(version: EntryVersion, row: Field) -> tuple[Any, dict[str, str] | None]:
    if row.name == "code":
        return version.entry.code, None
    if row.name in ("provider", "provider_uscc", "lead_department"):
        department = version.lead_department if row.name == "lead_department" else version.entry.provider
        if department is None:
            return None, None
        if row.name == "provider_uscc":
            return department.uscc, None
        return department.code, {"zh": department.name, "en": department.name_en or department.name}
    if row.name == "region":
        found = place(version.region)
        return found.pop("value"), found
    value = getattr(version, row.name)
    if row.code_list is not None:
        found = coded(row.code_list, value) or {}
        return found.pop("value", ""), found or None
    return (value.isoformat() if hasattr(value, "isoformat") else value), None


def attributes(version: EntryVersion, *, inside: bool) -> dict[str, Any]:
    """Returns every attribute of the field table; the text of the secrecy review stays inside."""
    hidden = {"elements"} | (set() if inside else set(INTERNAL))
    return {row.name: attribute(version, row) for row in RULES.fields if row.name not in hidden}


def offers(actor: Actor, machine: str, obj: Any, commands: list[Command], urls: dict[str, str]) -> list[dict[str, Any]]:
    """Returns the commands with their permission, or the reason why not."""
    rows = []
    for command in commands:
        answer = access.can(actor, machine, command.name, obj)
        row = {
            "name": command.name,
            "label": said(command.label),
            "article": command.article,
            "note": command.note.value,
            "allowed": bool(answer),
            "url": urls[command.name],
        }
        rows.append(row if answer else row | {"reason": getattr(answer, "reason", "")})
    return rows


def entry_detail(entry: Entry, request: Request) -> dict[str, Any]:
    """Returns an entry in full; an unpublished one, which only its officials see, by its newest version."""
    actor = actor_of(request)
    inside = Entry.objects.own(actor).filter(pk=entry.pk).exists()
    version = entry.published or entry.versions.latest("number")
    rows = {name: attribute(version, RULES.field(name)) for name in ART_27}
    in_work = entry.versions.in_work().first() if inside else None
    return {
        "code": entry.code,
        "title": version.title,
        "title_en": version.title_en,
        "abstract": version.abstract,
        "abstract_en": version.abstract_en,
        "provider": ProviderSerializer(entry.provider).data,
        "availability": state_of("entry", entry.availability) | {"suspension": _suspension(entry)},
        "version": version.number,
        "published_at": version.published_at,
        "first_published_at": entry.first_published_at,
        "open_catalogue": rows,
        "attributes": attributes(version, inside=inside),
        "elements": ElementSerializer(version.elements.all(), many=True).data,
        "secrecy_reviewed": bool(version.secrecy_conclusion),
        "history": _history(entry, request),
        "commands": _entry_offers(entry, request) if inside else [],
        "in_work": _version_url(in_work, request) if in_work else None,
        "url": reverse("api_entry", [entry.code], request=request),
        "page": reverse("catalogue:detail", [entry.code], request=request),
    }


def _suspension(entry: Entry) -> dict[str, Any] | None:
    if entry.availability != "suspended":
        return None
    hold: Suspension | None = entry.suspensions.filter(lifted_at=None).first()
    return {"reason": hold.reason, "since": hold.at} if hold else None


def _history(entry: Entry, request: Request) -> list[dict[str, Any]]:
    shown = entry.versions.visible_to(actor_of(request)).exclude(published_at=None).order_by("-number")
    return [
        {
            "number": version.number,
            "state": state_of("entry_version", version.state),
            "published_at": version.published_at,
            "change_note": version.change_note,
            "url": reverse("api_version", [entry.code, version.number], request=request),
        }
        for version in shown
    ]


def _entry_offers(entry: Entry, request: Request) -> list[dict[str, Any]]:
    urls = {name: reverse("api_entry_command", [entry.code, name], request=request) for name in COMMANDS}
    rows = [RULES.command("entry", name) for name in COMMANDS]
    live = [row for row in rows if entry.availability in row.sources]
    return offers(actor_of(request), "entry", entry, live, urls)


def _version_url(version: EntryVersion, request: Request) -> str:
    return str(reverse("api_version", [version.entry.code, version.number], request=request))


def version_detail(version: EntryVersion, request: Request) -> dict[str, Any]:
    """Returns a version in full."""
    actor = actor_of(request)
    inside = EntryVersion.objects.own(actor).filter(pk=version.pk).exists()
    shown = {
        "entry": version.entry.code,
        "number": version.number,
        "state": state_of("entry_version", version.state),
        "change_note": version.change_note,
        "created_at": version.created_at,
        "published_at": version.published_at,
        "attributes": attributes(version, inside=inside),
        "elements": ElementSerializer(version.elements.all(), many=True).data,
        "url": _version_url(version, request),
    }
    if not inside:
        return shown
    rows = [row for row in RULES.machine("entry_version").from_state(version.state) if not row.by_system]
    urls = {
        row.name: reverse("api_version_command", [version.entry.code, version.number, row.name], request=request)
        for row in rows
    }
    return shown | {
        "evidence": {"kind": coded("evidence_kind", version.evidence_kind), "text": version.evidence},
        "reviews": [
            {
                "command": review.command,
                "label": said(RULES.command("entry_version", review.command).label),
                "by": review.by.get_full_name(),
                "at": review.at,
                "note": review.note,
            }
            for review in version.reviews.select_related("by")
        ],
        "clocks": [_clock(clock) for clock in Clock.objects.of(version)],
        "commands": offers(actor, "entry_version", version, rows, urls),
    }


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "kind": clock.kind,
        "label": said(clock.row.label),
        "statutory": clock.statutory,
        "article": clock.article,
        "started_at": clock.started_at,
        "due_on": clock.due_on,
        "stopped_at": clock.stopped_at,
    }
