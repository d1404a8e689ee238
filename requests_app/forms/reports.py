"""Forms of citizen reports. They check shape; the services check rules."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import Entry
from opendata.models import Resource
from portal.accounts.actors import Actor
from portal.language import code_choices, say
from portal.law import RULES, Note
from requests_app.receipts import receipt_looks_right, receipt_read
from requests_app.services.report_intake import MAX_TEXT, MIN_TEXT

FORM_SALT = "requests.report.form"
COLUMNS_LIST = "report-columns"


def new_token() -> str:
    """Returns the signed id of the report that this form may become, so that a form sent twice makes one report."""
    return signing.dumps(str(uuid.uuid4()), salt=FORM_SALT)


def kind_choices() -> list[tuple[str, str]]:
    """Returns the kinds of report, each with what it means, in the language of the request."""
    codes = RULES.codes("report_kind").items
    return [(code.value, f"{say(code.label)} – {say(code.note)}" if code.note else say(code.label)) for code in codes]


class ReportForm(forms.Form):
    """What is wrong, where, and, if one likes, how to answer."""

    kind = forms.ChoiceField(label=gettext_lazy("What is it about?"), widget=forms.RadioSelect, choices=kind_choices)
    text = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        min_length=MIN_TEXT,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "Say what you saw, and what you think is right. Please write no identity numbers or other private data."
        ),
    )
    resource = forms.ModelChoiceField(
        label=gettext_lazy("In which resource?"),
        queryset=Resource.objects.none(),
        required=False,
        empty_label=gettext_lazy("The entry as a whole"),
    )
    column = forms.CharField(
        label=gettext_lazy("Column"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The name of the column, as the resource's page shows it."),
        widget=forms.TextInput(attrs={"list": COLUMNS_LIST, "autocomplete": "off"}),
    )
    row = forms.CharField(
        label=gettext_lazy("Row"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The row's number, or a word by which it is found."),
    )
    contact = forms.CharField(
        label=gettext_lazy("How can we reach you?"),
        max_length=160,
        required=False,
        help_text=gettext_lazy(
            "Not needed: the receipt number and the secret show the answer. If you give an e-mail address, it is sent "
            "there too. Only the people who handle the report see it."
        ),
    )
    website = forms.CharField(
        label=gettext_lazy("Please leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, entry: Entry, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = Resource.objects.all().visible_to(actor).filter(entry=entry).select_related("current")
        self.resources = list(found)
        self.fields["resource"].queryset = found  # type: ignore[attr-defined]  # a ModelChoiceField

    def columns(self) -> list[str]:
        """Returns the column names to choose from: of the chosen resource, or of all of them."""
        chosen = str(self["resource"].value() or "")
        named = [one for one in self.resources if str(one.pk) == chosen] or self.resources
        return [str(column["name"]) for one in named if one.current for column in one.current.columns]

    def clean_website(self) -> str:
        """Refuses what only a machine fills in."""
        value: str = self.cleaned_data["website"]
        if value:
            raise forms.ValidationError(_("Leave this field empty; it is there to stop automatic mass reports."))
        return value

    def clean_token(self) -> uuid.UUID:
        """Returns the report's id; a form that was not ours, or is older than a day, is filled in anew."""
        try:
            return uuid.UUID(signing.loads(self.cleaned_data["token"], salt=FORM_SALT, max_age=24 * 3600))
        except (signing.BadSignature, ValueError) as error:
            raise forms.ValidationError(_("The form has expired. Please send it again.")) from error


class SecretForm(forms.Form):
    """The secret that was shown with the receipt number."""

    secret = forms.CharField(
        label=gettext_lazy("Secret"),
        max_length=80,
        help_text=gettext_lazy("Twenty letters and digits, shown once when the report was received."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )


class ReceiptForm(forms.Form):
    """A receipt number, to find the report's page."""

    receipt = forms.CharField(
        label=gettext_lazy("Receipt number"),
        max_length=40,
        help_text=gettext_lazy("Such as FK-20260225-7KQ2MX."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )

    def clean_receipt(self) -> str:
        """Returns the number as it is kept; a slip of the pen is told at once."""
        receipt = receipt_read(self.cleaned_data["receipt"])
        if not receipt_looks_right(receipt):
            raise forms.ValidationError(
                _("This is not a receipt number of a report; please compare it letter by letter.")
            )
        return receipt


class NoteForm(forms.Form):
    """The reason or explanation of a step."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("It is shown to those concerned and kept in the record."),
    )


class MergeForm(NoteForm):
    """The report that leads, and the reason."""

    into = forms.CharField(
        label=gettext_lazy("Receipt number of the leading report"),
        max_length=40,
        help_text=gettext_lazy("Another report on the same entry, which is being handled."),
    )
    field_order = ["into", "note"]


class OutcomeForm(NoteForm):
    """One of the four outcomes, and the answer."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), widget=forms.RadioSelect, choices=lambda: code_choices("report_outcome")
    )
    field_order = ["outcome", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = _("Answer to the reporter")


def form_of(command: str) -> type[NoteForm]:
    """Returns the form that a command asks for."""
    asked: dict[str, type[NoteForm]] = {"merge": MergeForm, "propose_outcome": OutcomeForm}
    return asked.get(command, NoteForm)


def command_form(command: str, data: Any = None) -> NoteForm:
    """Returns the form of a command; where the law's row demands a reason, the form does too."""
    form = form_of(command)(data)
    form.fields["note"].required = RULES.command("report", command).note == Note.REQUIRED
    return form
