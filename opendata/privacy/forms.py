"""Forms of personal data: a decision, and a plan of de-identification by column. The services check the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opendata.models import PersonalDataDecision, Resource, ResourceVersion
from opendata.privacy.plan import DEEDS, K_DEFAULT, K_MOST, L_DEFAULT, L_MOST, LONGEST_END, WIDEST

MOST_COLUMNS = 300
DEED_LABELS = {
    "keep": gettext_lazy("keep as it is"),
    "drop": gettext_lazy("drop"),
    "mask": gettext_lazy("mask: keep the first n and last m characters"),
    "range": gettext_lazy("ranges of width n"),
    "month": gettext_lazy("month"),
    "quarter": gettext_lazy("quarter"),
    "year": gettext_lazy("year"),
    "prefecture": gettext_lazy("region code: prefecture only"),
    "prefix": gettext_lazy("the first n characters"),
    "sum": gettext_lazy("sum over the group"),
    "avg": gettext_lazy("mean over the group"),
    "pseudonymise": gettext_lazy("pseudonym (no anonymisation)"),
}
ROLE_LABELS = [
    ("", gettext_lazy("neither")),
    ("quasi", gettext_lazy("quasi-identifier")),
    ("sensitive", gettext_lazy("sensitive")),
]


class DecisionForm(forms.Form):
    """One of the three decisions, the reason, and the law for data that is lawfully public."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=PersonalDataDecision.DECISIONS, widget=forms.RadioSelect
    )
    basis = forms.CharField(
        label=gettext_lazy("Legal basis"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Needed for personal data that the law makes public: the law and its article."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("It is kept in the record. Write no personal data here."),
    )


class DeedForm(forms.Form):
    """What is done to one column, with at most two numbers, and the column's role."""

    do = forms.ChoiceField(label=gettext_lazy("What is done"), choices=[])
    n = forms.IntegerField(label="n", required=False, min_value=0, max_value=WIDEST)
    m = forms.IntegerField(label="m", required=False, min_value=0, max_value=LONGEST_END)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLE_LABELS, required=False)

    def __init__(self, *args: Any, column: Mapping[str, Any], found: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.column, self.found = column, found
        offered = [name for name, types in DEEDS.items() if types is None or column["type"] in types]
        if found:
            offered.remove("keep")
        chosen = self.fields["do"]
        if isinstance(chosen, forms.ChoiceField):
            chosen.choices = [(name, DEED_LABELS[name]) for name in offered]
        self.initial.setdefault("do", "drop" if found else "keep")

    def told(self) -> dict[str, Any]:
        """Returns the column's part of the plan."""
        given = self.cleaned_data
        told: dict[str, Any] = {"do": given["do"]}
        if given["do"] == "range":
            return told | {"width": given["n"] or 0}
        if given["do"] in ("mask", "prefix"):
            return told | {"first": given["n"] or 0, "last": given["m"] or 0}
        return told


class PlanForm(forms.Form):
    """What holds for the whole table: thresholds, suppression, grouping, and where the result goes."""

    k = forms.IntegerField(
        label=gettext_lazy("k: rows in the smallest class, at least"), min_value=2, max_value=K_MOST, initial=K_DEFAULT
    )
    l = forms.IntegerField(  # noqa: E741 — l-diversity is called so
        label=gettext_lazy("l: different sensitive values in a class, at least"),
        min_value=1,
        max_value=L_MOST,
        initial=L_DEFAULT,
    )
    suppress = forms.BooleanField(
        label=gettext_lazy("Leave out the rows of classes that miss k or l; their number stands on the record"),
        required=False,
    )
    group = forms.BooleanField(
        label=gettext_lazy("Group the rows by the quasi-identifiers, with their number, sums and means"), required=False
    )
    target = forms.ModelChoiceField(
        label=gettext_lazy("The result becomes a version of"),
        queryset=Resource.objects.none(),
        required=False,
        empty_label=gettext_lazy("a new resource, named below"),
    )
    title = forms.CharField(label=gettext_lazy("Name of the new resource"), max_length=200, required=False)

    def __init__(self, *args: Any, source: ResourceVersion, found: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["target"]
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = Resource.objects.filter(entry=source.resource.entry, retired_at=None)
        held = set(found)
        data = self.data if self.is_bound else None
        self.columns = [
            DeedForm(data, prefix=f"c{place}", column=column, found=column["name"] in held)
            for place, column in enumerate(source.columns[:MOST_COLUMNS])
        ]

    def is_valid(self) -> bool:
        """Says whether the whole and each column are well-formed."""
        whole = super().is_valid()
        return all([one.is_valid() for one in self.columns]) and whole  # noqa: C419 — each column tells its errors

    def told(self) -> dict[str, Any]:
        """Returns the arguments of `deidentification_begin`."""
        given = self.cleaned_data
        roles = {one.column["name"]: one.cleaned_data["role"] for one in self.columns}
        return {
            "plan": {
                "columns": {one.column["name"]: one.told() for one in self.columns},
                "suppress": given["suppress"],
                "group": given["group"],
            },
            "quasi": [name for name, role in roles.items() if role == "quasi"],
            "sensitive": [name for name, role in roles.items() if role == "sensitive"],
            "k": given["k"],
            "l": given["l"],
            "target": given["target"],
            "title": given["title"],
        }


class NoteForm(forms.Form):
    """The note of a decision on a record."""

    note = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


def deed_label(told: Mapping[str, Any]) -> str:
    """Says what is done to a column, with its numbers."""
    label = str(DEED_LABELS.get(told.get("do", ""), told.get("do", "")))
    numbers = [
        _("%(name)s = %(value)s") % {"name": name, "value": told[key]}
        for name, key in (("n", "width"), ("n", "first"), ("m", "last"))
        if told.get(key)
    ]
    return " · ".join([label, *numbers])
