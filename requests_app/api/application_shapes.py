"""What the API takes and tells about applications."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from portal.accounts.actors import Actor
from portal.language import code_choices, say
from portal.law import RULES
from requests_app import casefile
from requests_app.forms.applications import LONGEST_TEXT
from requests_app.models import Application, ApplicationLine, Attachment, Review
from requests_app.services.applications import CONTENT_FIELDS
from requests_app.services.reviews import DECISIONS, DEFECT_FIELDS, LONGEST_ITEM
from requests_app.services.steps import MACHINE


class ContentIn(serializers.Serializer[Any]):
    """What an application states."""

    scenario = serializers.ChoiceField(choices=code_choices("scenario"))
    purpose = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    safeguards = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")
    entries = serializers.ListField(
        child=serializers.CharField(max_length=64), min_length=1, help_text="Codes of entries, such as 3065/0001."
    )


class ApplicationIn(ContentIn):
    """A new application; it is a draft until `submit`."""

    organisation = serializers.UUIDField(required=False, allow_null=True, default=None)


class DefectIn(serializers.Serializer[Any]):
    """One defect of a return."""

    field = serializers.ChoiceField(choices=DEFECT_FIELDS)
    text = serializers.CharField(max_length=LONGEST_ITEM)


class CommandIn(serializers.Serializer[Any]):
    """What a command may need; each takes its own part of it."""

    note = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")
    entry = serializers.CharField(
        max_length=64, required=False, help_text="The entry that is decided on; needed where there are several."
    )
    decision = serializers.ChoiceField(choices=DECISIONS, required=False, default="")
    reason = serializers.ChoiceField(choices=code_choices("refusal_reason"), required=False, default="")
    basis = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")
    defects = DefectIn(many=True, required=False, default=list)
    password = serializers.CharField(
        max_length=200, required=False, default="", trim_whitespace=False, write_only=True, help_text="For `sign` only."
    )


class ReviewOut(serializers.ModelSerializer[Review]):
    """One side's decision."""

    class Meta:
        model = Review
        fields = ("side", "round", "decision", "reason", "basis", "note", "at")


class LineOut(serializers.ModelSerializer[ApplicationLine]):
    """One entry asked for, with both sides' decisions."""

    entry = serializers.CharField(source="entry.code")
    title = serializers.CharField(source="entry.__str__")
    reviews = ReviewOut(many=True)

    class Meta:
        model = ApplicationLine
        fields = ("entry", "title", "outcome", "reviews")


class AttachmentOut(serializers.ModelSerializer[Attachment]):
    """An attached file."""

    size = serializers.IntegerField(source="blob.size")
    sha256 = serializers.CharField(source="blob_id")

    class Meta:
        model = Attachment
        fields = ("id", "filename", "size", "sha256", "added_at")


class ApplicationRow(serializers.ModelSerializer[Application]):
    """An application in a list."""

    entries = serializers.SerializerMethodField()
    state_label = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = ("receipt", "state", "state_label", "entries", "organisation", "created_at", "submitted_at")

    def get_entries(self, application: Application) -> list[str]:
        """Returns the codes of the entries asked for."""
        return [line.entry.code for line in application.lines.all()]

    def get_state_label(self, application: Application) -> str:
        """Says the state in the reader's language."""
        return say(RULES.machine(MACHINE).state(application.state).label)


class ClockOut(serializers.Serializer[Any]):
    """A time limit of the case."""

    kind = serializers.CharField()
    state = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    statutory = serializers.BooleanField()
    article = serializers.IntegerField()


class AgreementOut(serializers.Serializer[Any]):
    """The agreement: its text, the text's SHA-256, and when each side signed."""

    number = serializers.CharField()
    text = serializers.CharField()
    sha256 = serializers.CharField()
    applicant_signed_at = serializers.DateTimeField(allow_null=True)
    authority_signed_at = serializers.DateTimeField(allow_null=True)


class ApplicationOut(ApplicationRow):
    """An application as its applicant and the officials see it."""

    lines = serializers.SerializerMethodField()
    clocks = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    commands = serializers.SerializerMethodField()
    wanted = serializers.SerializerMethodField()
    agreement = serializers.SerializerMethodField()
    attachments = AttachmentOut(many=True)

    class Meta(ApplicationRow.Meta):
        fields = (  # type: ignore[assignment]  # a longer tuple
            *ApplicationRow.Meta.fields,
            *CONTENT_FIELDS,
            "round",
            "decided_at",
            "lines",
            "clocks",
            "timeline",
            "commands",
            "wanted",
            "agreement",
            "attachments",
        )

    def get_lines(self, application: Application) -> list[dict[str, Any]]:
        """Returns the lines with their reviews."""
        return list(LineOut(self.context["lines"], many=True).data)

    def get_clocks(self, application: Application) -> list[dict[str, Any]]:
        """Returns the newest clock of each kind."""
        shown = casefile.clocks_shown(application, now=self.context["now"])
        rows = [
            {
                "kind": row["kind"].name,
                "state": row["state"],
                "due_on": row["count"].due_on,
                "statutory": row["kind"].statutory,
                "article": row["kind"].article,
            }
            for row in shown
        ]
        return list(ClockOut(rows, many=True).data)

    def get_timeline(self, application: Application) -> list[dict[str, Any]]:
        """Returns the steps, oldest first."""
        actor: Actor = self.context["actor"]
        official = actor.user is None or not application.is_applicant(actor.user)
        steps = casefile.timeline(application, official=official)
        return [
            {**step, "title": say(step["title"]), "who": str(step["who"]), "at": step["at"].isoformat()}
            for step in steps
        ]

    def get_commands(self, application: Application) -> list[str]:
        """Returns the commands that the reader may give now, on the whole or on one of its entries."""
        lines, actor = self.context["lines"], self.context["actor"]
        offered, _denied = casefile.commands_shown(application, lines, actor)
        on_lines = {row.name for line in lines for row in casefile.line_commands(line, actor)}
        return [*(row["command"].name for row in offered), *sorted(on_lines)]

    def get_wanted(self, application: Application) -> list[str]:
        """Returns what the applicant is to correct or answer now."""
        found = casefile.last_return(application)
        return [] if found is None else [*map(str, found["items"]), *([found["note"]] if found["note"] else [])]

    def get_agreement(self, application: Application) -> dict[str, Any] | None:
        """Returns the agreement, once there is one."""
        found = getattr(application, "agreement", None)
        return None if found is None else dict(AgreementOut(found).data)
