"""Forms of the desk: an entry's attributes, its data elements, and what goes with a command.

They check shape and say at each field which article asks for it; the services check the rules again and alone decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalogue.codes import is_code
from catalogue.layout import GROUPS, LAW_FIELDS, label_of
from catalogue.models import DataElement, EntryVersion
from catalogue.services import CONTENT_FIELDS, ELEMENT_FIELDS, LONGEST_TEXT, MOST_ELEMENTS
from portal.accounts.models import Department
from portal.accounts.querysets import DepartmentQuerySet
from portal.language import say
from portal.law import RULES, Command, Note, RuleBroken, rules

EXTRA_ROWS = 3
MORE_ROWS = 5
NAMES = [name for group in GROUPS for name in group.names]
OWN_HELP = {
    "title_en": gettext_lazy("Shown to those who read English; may stay empty."),
    "abstract_en": gettext_lazy("Shown to those who read English; may stay empty."),
    "classified": gettext_lazy("Such data cannot be registered here; the box is there so that you ask yourself."),
    "evidence_kind": gettext_lazy("Only where non-open data is opened: what allows it (Art. 26)."),
    "evidence": gettext_lazy("Number, date and keeper of the record or of the consent."),
    "change_note": gettext_lazy("One sentence for the public change history (Art. 27)."),
    "next_check_on": gettext_lazy("Left empty, it is a year after publication."),
}


def with_article(message: str, article: int | None) -> str:
    """Returns a refusal with its article, as it stands at a field."""
    return message + _(" (Art. %(number)s)") % {"number": article} if article else message


def refusal_text(broken: RuleBroken) -> str:
    """Returns a broken rule in the reader's language, with its article."""
    return with_article(broken.say(get_language()), broken.article)


def take_errors(form: forms.Form, raised: RuleBroken | ValidationError, elements: list[str] | None = None) -> None:
    """Puts what a service refused at the fields of a form; what is wrong with data elements goes to `elements`."""
    if isinstance(raised, RuleBroken):
        found = {raised.field or "": [refusal_text(raised)]}
    elif hasattr(raised, "error_dict"):
        found = raised.message_dict
    else:
        found = {"": list(raised.messages)}
    for name, messages in found.items():
        if name == "elements" and elements is not None:
            elements += messages
        else:
            form.add_error(name if name in form.fields else None, messages)


class VersionForm(forms.Form):
    """The attributes of a draft, in groups, with the labels and the help of the law's field table."""

    def __init__(self, *args: Any, version: EntryVersion | None = None, **kwargs: Any) -> None:
        if version is not None:
            kwargs["initial"] = model_to_dict(version, NAMES) | dict(kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.published = version.entry.published if version is not None else None
        self.fields.update(fields_for_model(EntryVersion, [*CONTENT_FIELDS, "change_note"]))
        for name, field in self.fields.items():
            self._dress(name, field)

    @staticmethod
    def _dress(name: str, field: forms.Field) -> None:
        if name not in NAMES:
            return
        row = LAW_FIELDS.get(name)
        field.label = label_of(name)
        field.help_text = str(OWN_HELP.get(name, ""))
        if row is not None and name not in OWN_HELP:
            field.help_text = with_article(say(row.meaning), row.required_by)
        if field.required and row is not None and row.required_by:
            missing = _("Please fill this in.")
            field.error_messages["required"] = with_article(missing, row.required_by)
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs |= {"rows": 3, "maxlength": LONGEST_TEXT}
        if isinstance(field, forms.DateField):
            field.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    @property
    def groups(self) -> Iterable[tuple[Any, list[forms.BoundField]]]:
        """Yields the headings with their fields, for the template."""
        for group in GROUPS:
            yield group, [self[name] for name in group.names]

    def content(self) -> dict[str, Any]:
        """Returns the cleaned attributes as the services take them."""
        return {name: self.cleaned_data[name] for name in NAMES}

    def clean(self) -> dict[str, Any]:
        """Tells every broken rule at its field at once, so that a registrar does not meet them one by one."""
        data = super().clean() or {}
        given = {name: data.get(name) for name in NAMES}
        text = {name: str(value or "") for name, value in given.items()}
        before = self.published.open_class if self.published else None
        self._ask(rules.not_classified, bool(given["classified"]))
        self._ask(rules.basis_present, text["open_class"], text["open_condition"], text["legal_basis"])
        self._ask(rules.share_basis_present, text["share_type"], text["share_condition"], text["share_basis"])
        self._ask(rules.level_allows, text["data_level"], text["open_class"])
        self._ask(rules.reclassification, before, text["open_class"], text["evidence_kind"], text["evidence"])
        for row in rules.attributes_missing(given, elements=1):
            if row.name in self.fields and row.when is not None and row.name not in self.errors:
                self.add_error(row.name, with_article(_("Please fill this in."), row.required_by))
        return data

    def _ask(self, rule: Callable[..., None], *values: Any) -> None:
        try:
            rule(*values)
        except RuleBroken as broken:
            if broken.field is None or broken.field not in self.errors:
                self.add_error(broken.field, refusal_text(broken))


class RegisterForm(VersionForm):
    """A new entry: whose it is and its code come first."""

    provider = forms.ModelChoiceField(label=gettext_lazy("Provider"), queryset=Department.objects.none())
    code = forms.CharField(max_length=64)

    def __init__(self, *args: Any, departments: DepartmentQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        provider = self.fields["provider"]
        if isinstance(provider, forms.ModelChoiceField):
            provider.queryset = departments
            provider.help_text = say(LAW_FIELDS["provider"].meaning)
        if departments.count() == 1:
            self.initial.setdefault("provider", departments[0].pk)
        self.fields["code"].label = say(LAW_FIELDS["code"].label)
        self.fields["code"].help_text = " ".join([say(LAW_FIELDS["code"].meaning), _("For example 3065/0001.")])

    def clean_code(self) -> str:
        """Returns the code, or says how it is made."""
        code = str(self.cleaned_data["code"])
        if not is_code(code):
            raise ValidationError(
                _("The code is a class code, “/” and a sequence number, in digits and letters: 3065/0001.")
            )
        return code


class ElementForm(forms.Form):
    """One data element."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = fields_for_model(DataElement, ELEMENT_FIELDS) | self.fields


class ElementFormSet(forms.BaseFormSet):
    """The data elements of a version; rows left empty are passed over, marked ones dropped."""

    def initial_form_count(self) -> int:
        """Counts no sent row as one that must be there: emptying a row takes the element out."""
        return 0 if self.is_bound else super().initial_form_count()

    def rows(self) -> list[dict[str, Any]]:
        """Returns the elements in order, as the services take them."""
        return [
            {name: form.cleaned_data[name] for name in ELEMENT_FIELDS}
            for form in self.forms
            if form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE")
        ]


def elements_formset(
    data: Mapping[str, Any] | None = None, *, rows: list[dict[str, Any]] | None = None, extra: int = EXTRA_ROWS
) -> ElementFormSet:
    """Returns the formset: bound to what was sent, or showing these rows and some empty ones."""
    made: Any = forms.formset_factory(
        ElementForm,
        formset=ElementFormSet,
        extra=extra,
        can_delete=True,
        max_num=MOST_ELEMENTS,
        absolute_max=MOST_ELEMENTS + MORE_ROWS,
        validate_max=True,
    )
    formset: ElementFormSet = (
        made(data, prefix="elements") if data is not None else made(initial=rows, prefix="elements")
    )
    return formset


def sent_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the rows of elements as they were typed, unchecked, to show them again with more empty ones."""
    total = str(data.get("elements-TOTAL_FORMS", "0"))
    count = min(int(total), MOST_ELEMENTS) if total.isascii() and total.isdigit() and len(total) < 5 else 0
    rows = [{name: data.get(f"elements-{number}-{name}", "") for name in ELEMENT_FIELDS} for number in range(count)]
    for number, row in enumerate(rows):
        row["is_open"] = bool(data.get(f"elements-{number}-is_open"))
    return [row for row in rows if row["name"] or row["meaning"]]


class CommandForm(forms.Form):
    """What a command asks for: a reason where its row takes one, and the finding of the secrecy review (Art. 36)."""

    note = forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It is shown to those concerned and kept in the record."),
    )
    conclusion = forms.CharField(
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=gettext_lazy("Conclusion of the secrecy review"),
        help_text=gettext_lazy("What was checked, what was found, and that the data may be opened."),
    )

    def __init__(self, *args: Any, command: Command, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if command.name != "secrecy_approve":
            del self.fields["conclusion"]
        else:
            self.order_fields(["conclusion", "note"])
        if command.note == Note.NONE:
            del self.fields["note"]
        else:
            note = self.fields["note"]
            note.required = command.note == Note.REQUIRED
            if not note.required:
                note.label = _("Remark")
            note.error_messages["required"] = with_article(_("Write the reason: this step needs one."), command.article)


def command_of(machine: str, name: str) -> Command | None:
    """Returns a command that people give, or None for any other word in an address."""
    found = {row.name: row for row in RULES.machine(machine).commands if not row.by_system}
    return found.get(name)
