"""Forms of applications. They check shape; the services check rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Entry
from portal.accounts.actors import Actor
from portal.accounts.models import Organisation
from portal.language import code_choices, say
from portal.law import RULES, Note
from requests_app.models import Application, ApplicationLine
from requests_app.services.attachments import MOST_FILES
from requests_app.services.commands import Given
from requests_app.services.reviews import DEFECT_FIELDS, LONGEST_ITEM

LONGEST_TEXT = 5000
MOST_OTHERS = 30

# A defect's field, said to people.
PART_LABELS = {
    "scenario": gettext_lazy("Scenario"),
    "purpose": gettext_lazy("Purpose"),
    "term": gettext_lazy("Term of use"),
    "safeguards": gettext_lazy("Safeguards"),
    "attachments": gettext_lazy("Attachments"),
    "identity": gettext_lazy("Identity"),
    "other": gettext_lazy("Other"),
}


class FilesInput(forms.FileInput):
    """A file field that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, or none."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Returns the uploaded files; the service counts and measures them."""
        given = data if isinstance(data, list | tuple) else [data]
        return [file for file in given if file]


def _day(**attributes: str) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **attributes})


class ApplicationForm(forms.Form):
    """An application: which data, for whom, what for, until when, how protected."""

    entries = forms.MultipleChoiceField(
        label=gettext_lazy("Data applied for"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("You may apply for several entries at once; each is decided on its own."),
    )
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("On whose behalf"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=gettext_lazy("My own (natural person)"),
        help_text=gettext_lazy("Organisations appear here once you have registered them."),
    )
    scenario = forms.ChoiceField(label=gettext_lazy("Scenario"), choices=lambda: code_choices("scenario"))
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "What you will do with the data, and what comes of it. It becomes part of the agreement."
        ),
    )
    starts_on = forms.DateField(label=gettext_lazy("Use from"), widget=_day())
    ends_on = forms.DateField(label=gettext_lazy("Use until"), widget=_day())
    safeguards = forms.CharField(
        label=gettext_lazy("Safeguards"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Who reaches the data, where it is stored, how it is protected and destroyed."),
    )
    attachments = FilesField(
        label=gettext_lazy("Attachments"),
        required=False,
        help_text=gettext_lazy("At most ten files of 20 MB each. Only those who handle the case see them."),
    )

    def __init__(
        self,
        *args: Any,
        actor: Actor,
        entries: list[Entry],
        application: Application | None = None,
        submitting: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self._offer_entries(entries, application)
        if application is None:
            own = Organisation.objects.filter(authorised_person=actor.user).exclude(state="rejected")
            chosen = self.fields["organisation"]
            assert isinstance(chosen, forms.ModelChoiceField)
            chosen.queryset = own
        else:
            del self.fields["organisation"]
        for name in ("purpose", "safeguards"):  # shown as needed; only what is sent as a draft may leave them empty
            self.fields[name].required = submitting or not self.is_bound

    def _offer_entries(self, entries: list[Entry], application: Application | None) -> None:
        if application is not None and application.state != "draft":
            del self.fields["entries"]
            return
        others = (
            Entry.objects.all()
            .visible_to(self.actor)
            .filter(provider__in=[entry.provider_id for entry in entries], availability="live")
            .exclude(published__open_class="unconditional")
            .exclude(pk__in=[entry.pk for entry in entries])
            .exclude(published=None)
            .select_related("published")
            .order_by("code")[:MOST_OTHERS]
        )
        chosen = self.fields["entries"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [(entry.code, f"{entry} · {entry.code}") for entry in [*entries, *others]]
        self.initial.setdefault("entries", [entry.code for entry in entries])

    def clean(self) -> dict[str, Any]:
        """Refuses a term that ends before it begins."""
        given = super().clean() or {}
        first, last = given.get("starts_on"), given.get("ends_on")
        if first and last and last <= first:
            self.add_error("ends_on", _("The last day of use must come after the first."))
        if len(given.get("attachments") or []) > MOST_FILES:
            self.add_error("attachments", _("At most %(n)s files.") % {"n": MOST_FILES})
        return given

    @property
    def content(self) -> dict[str, Any]:
        """Returns the fields that the service sets."""
        names = ("scenario", "purpose", "starts_on", "ends_on", "safeguards")
        return {name: self.cleaned_data[name] for name in names}

    def chosen_entries(self) -> list[Entry] | None:
        """Returns the entries chosen among those the actor sees; None where they cannot be changed."""
        if "entries" not in self.fields:
            return None
        visible = Entry.objects.all().visible_to(self.actor).select_related("published", "provider__jurisdiction")
        return list(visible.filter(code__in=self.cleaned_data["entries"]))


def first_term(today: dt.date) -> dict[str, dt.date]:
    """Returns the term that a new form proposes: from today on, for a year."""
    return {"starts_on": today, "ends_on": today + dt.timedelta(days=365)}


class AttachmentForm(forms.Form):
    """Files to add to an application."""

    attachments = FilesField(label=gettext_lazy("Attachments"), required=True)

    def clean_attachments(self) -> list[UploadedFile]:
        """Refuses an empty choice."""
        files: list[UploadedFile] = self.cleaned_data["attachments"]
        if not files:
            raise forms.ValidationError(_("Choose at least one file."))
        return files


# --- Commands: each form turns into what the service is given -----------------------------------------------------


class CommandForm(forms.Form):
    """A command that asks for nothing."""

    def __init__(self, *args: Any, command: str, lines: list[ApplicationLine], line: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {str(one.pk): one for one in lines}
        if "line" in self.fields:
            chosen = self.fields["line"]
            assert isinstance(chosen, forms.ChoiceField)
            chosen.choices = [(pk, f"{one.entry} · {one.entry.code}") for pk, one in self.lines.items()]
            chosen.initial = line or next(iter(self.lines), "")
            if len(self.lines) == 1:
                chosen.widget = forms.HiddenInput()
        if "note" in self.fields:
            self.fields["note"].required = RULES.command("application", command).note == Note.REQUIRED

    def given(self) -> Given:
        """Returns what the person stated."""
        return Given()


class NoteForm(CommandForm):
    """A command with a written reason."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("It is shown to those concerned and kept in the record."),
    )

    def given(self) -> Given:
        """Returns the reason."""
        return Given(note=self.cleaned_data["note"])


class LineForm(NoteForm):
    """A decision on one entry."""

    line = forms.ChoiceField(label=gettext_lazy("Data"))
    field_order = ["line", "decision", "reason", "basis", "note"]

    def given(self) -> Given:
        """Returns the line, the reason, and where they are asked for the decision and its basis."""
        data = self.cleaned_data
        return Given(
            note=data["note"],
            line=self.lines[data["line"]],
            decision=data.get("decision", ""),
            reason=data.get("reason", ""),
            basis=data.get("basis", ""),
        )


def reason_choices() -> list[tuple[str, str]]:
    """Returns the reasons for a refusal with the hint at their basis, in the language of the request."""
    codes = RULES.codes("refusal_reason").items
    named = [(code.value, f"{say(code.label)}（{say(code.note)}）" if code.note else say(code.label)) for code in codes]
    return [("", "—"), *named]


class RefuseForm(LineForm):
    """A refusal: reason from the list, legal basis, explanation; none may be missing (Art. 29)."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason from the list"), choices=reason_choices)
    basis = forms.CharField(
        label=gettext_lazy("Legal basis"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The law or regulation by name, and its article."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = _("Explanation")


class SettleForm(RefuseForm):
    """The authority's settlement; reason and basis are needed where it refuses."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("approve", gettext_lazy("Open the data")), ("refuse", gettext_lazy("Do not open"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = self.fields["basis"].required = False


class ReturnForm(CommandForm):
    """The defects, item by item: what stays empty is in order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in DEFECT_FIELDS:
            self.fields[f"defect_{name}"] = forms.CharField(
                label=PART_LABELS[name],
                max_length=LONGEST_ITEM,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def given(self) -> Given:
        """Returns the items that were filled in."""
        items = [{"field": name, "text": self.cleaned_data[f"defect_{name}"]} for name in DEFECT_FIELDS]
        return Given(defects=[item for item in items if item["text"]])


class SignForm(CommandForm):
    """The applicant's signature: the password again, and the word that the text was read."""

    read = forms.BooleanField(label=gettext_lazy("I have read the agreement and will keep it."))
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=gettext_lazy("Type the password of your account again; this is your signature."),
    )

    def given(self) -> Given:
        """Returns the password."""
        return Given(password=self.cleaned_data["password"])


FORMS: dict[str, type[CommandForm]] = {
    "submit": CommandForm,
    "return": ReturnForm,
    "approve": LineForm,
    "refuse": RefuseForm,
    "settle": SettleForm,
    "sign": SignForm,
}


def command_form(command: str, lines: list[ApplicationLine], *, data: Any = None, line: str = "") -> CommandForm:
    """Returns the form of a command; the law's row says whether its reason may be left out."""
    return FORMS.get(command, NoteForm)(data, command=command, lines=lines, line=line)
