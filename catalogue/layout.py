"""How an entry's attributes stand together: in the registrar's form and on the page of a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.models import DataElement, EntryVersion
from catalogue.services import CONTENT_FIELDS
from portal.language import label, say
from portal.law import RULES

LAW_FIELDS = {field.name: field for field in RULES.fields}


@dataclass(frozen=True, slots=True)
class Group:
    """A group of attributes under one heading."""

    title: str | Promise
    says: str | Promise
    names: tuple[str, ...]


GROUPS = (
    Group(
        gettext_lazy("What the data is"),
        gettext_lazy("Readers find and choose the data by these words."),
        ("title", "title_en", "abstract", "abstract_en", "keywords", "theme", "domain", "industry", "language"),
    ),
    Group(
        gettext_lazy("Library"),
        gettext_lazy("Base-library entries are the regional data authority's; theme and special ones have a lead."),
        ("library", "base_kind", "lead_department"),
    ),
    Group(
        gettext_lazy("Form, time and place"),
        "",
        ("format_class", "data_form", "update_frequency", "region", "covers_from", "covers_to"),
    ),
    Group(
        gettext_lazy("Opening to the public"),
        gettext_lazy("Unconditional unless a law says otherwise. A condition, or non-opening, states its legal basis."),
        (
            "open_class",
            "open_condition",
            "legal_basis",
            "evidence_kind",
            "evidence",
            "open_scope",
            "open_content",
            "use_requirements",
            "licence",
        ),
    ),
    Group(
        gettext_lazy("Sharing between departments"),
        gettext_lazy("Conditional sharing states its condition; it and non-sharing state their legal basis."),
        ("share_type", "share_condition", "share_basis"),
    ),
    Group(
        gettext_lazy("Security"),
        gettext_lazy("Nothing classified enters the catalogue; core and important data are never unconditional."),
        ("data_level", "classified"),
    ),
    Group(gettext_lazy("Upkeep"), "", ("contact", "next_check_on", "change_note")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute of a version as a page shows it."""

    name: str
    label: str
    value: str
    article: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions."""

    label: str
    before: str
    after: str


def label_of(name: str) -> str:
    """Returns the label of an attribute: the law table's, or the model's for what the table does not name."""
    if name in LAW_FIELDS:
        return say(LAW_FIELDS[name].label)
    return str(EntryVersion._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # never a reverse relation


def shown(version: EntryVersion, name: str) -> str:
    """Returns the value of an attribute in the reader's language."""
    value = getattr(version, name)
    field = EntryVersion._meta.get_field(name)
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if getattr(field, "choices", None):
        return label(name, value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def grouped(version: EntryVersion) -> list[tuple[Group, list[Row]]]:
    """Returns all attributes of a version under their headings."""
    return [
        (
            group,
            [
                Row(
                    name,
                    label_of(name),
                    shown(version, name),
                    LAW_FIELDS[name].required_by if name in LAW_FIELDS else None,
                )
                for name in group.names
                if name != "classified"
            ],
        )
        for group in GROUPS
    ]


def differences(before: EntryVersion, after: EntryVersion) -> list[Change]:
    """Returns what a version changes against the published one: attributes first, then data elements."""
    rows = [
        Change(label_of(name), shown(before, name), shown(after, name))
        for group in GROUPS
        for name in group.names
        if name in CONTENT_FIELDS and name not in ("evidence_kind", "evidence", "next_check_on")
    ]
    old = {element.name: element for element in before.elements.all()}
    new = {element.name: element for element in after.elements.all()}
    for name in dict.fromkeys([*old, *new]):
        title = _("Data element “%(name)s”") % {"name": name}
        rows.append(Change(title, describe(old.get(name)), describe(new.get(name))))
    return [row for row in rows if row.before != row.after]


def describe(element: DataElement | None) -> str:
    """Returns a data element in one line, or nothing for none."""
    if element is None:
        return ""
    parts: list[Any] = [element.name, element.meaning, label("element_type", element.type)]
    parts += [f"{element.length}" if element.length else "", element.unit]
    if element.sensitivity != "none":
        parts.append(label("sensitivity", element.sensitivity))
    if element.deidentification != "none":
        parts.append(label("deidentification", element.deidentification))
    if not element.is_open:
        parts.append(_("not open"))
    return " · ".join(str(part) for part in parts if part)
