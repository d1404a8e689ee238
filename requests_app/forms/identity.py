"""Forms of identity checks. They check shape; the services check rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from portal.accounts.models import Jurisdiction
from portal.accounts.validators import validate_citizen_number, validate_uscc
from portal.language import code_choices
from portal.law import RULES, Note


class PlaceField(forms.ModelChoiceField):
    """Which authority checks: the places that have one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Jurisdiction.objects.filter(departments__is_authority=True).distinct(),
            label=gettext_lazy("Checked by the data authority of"),
            empty_label=None,
            **kwargs,
        )


class CompactField(forms.CharField):
    """A code that people write with blanks and in small letters."""

    def to_python(self, value: Any) -> str:
        """Returns the code without blanks, in capitals."""
        return "".join((super().to_python(value) or "").split()).upper()


class IdentityForm(forms.Form):
    """A natural person's name and identity number."""

    real_name = forms.CharField(
        label=gettext_lazy("Name on the identity card"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    number = CompactField(
        label=gettext_lazy("Citizen identity number"),
        max_length=24,
        validators=[validate_citizen_number],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "18 characters. It is kept sealed; only the officer who checks it can open it, and each look is recorded."
        ),
    )
    jurisdiction = PlaceField()


class OrganisationForm(forms.Form):
    """An organisation and the power of attorney of the person who acts for it."""

    name = forms.CharField(label=gettext_lazy("Name of the organisation"), max_length=160)
    uscc = CompactField(
        label=gettext_lazy("Unified social credit code"),
        max_length=24,
        validators=[validate_uscc],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("18 characters, as on the licence; the last one checks the others."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=lambda: code_choices("identity_kind", without=("natural_person",))
    )
    authorisation = forms.CharField(
        label=gettext_lazy("Power of attorney"),
        max_length=200,
        help_text=gettext_lazy("Number and date of the paper by which the organisation lets you act for it."),
    )
    jurisdiction = PlaceField()


class DecisionForm(forms.Form):
    """The officer's reason."""

    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is shown to those concerned and kept in the record."),
    )

    def __init__(self, *args: Any, command: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = RULES.command("identity", command).note == Note.REQUIRED
