"""Says in plain sentences what changed between two versions, and what a version waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from opendata.models import ResourceVersion
from opendata.showing import type_label

SHOWN_EXAMPLES = 20
SHOWN_COLUMNS = 12


@dataclass(frozen=True, slots=True)
class Examples:
    """A table of rows that one version has and the other has not."""

    title: str
    headers: list[str]
    rows: list[list[str | None]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed since an earlier version, for one reader; examples only for who may draw both versions."""

    against: int
    columns: list[str]
    rows: list[str]
    per_column: list[tuple[str, int]] = field(default_factory=list)
    examples: list[Examples] = field(default_factory=list)


def difference(version: ResourceVersion, *, inside: bool) -> Difference | None:
    """Returns the difference of a version from the one that stood when it was made; None for the first.

    `inside` readers may draw the data of both: only they see figures of columns and examples of values.
    """
    told = version.diff
    if not told.get("against"):
        return None
    rows = told["rows"]
    per_column = sorted(rows.get("per_column", {}).items(), key=lambda one: (-one[1], one[0]))
    return Difference(
        against=int(told["against"]),
        columns=column_sentences(told["columns"]),
        rows=row_sentences(rows),
        per_column=per_column if inside else [],
        examples=_examples(rows.get("examples", {})) if inside else [],
    )


def column_sentences(found: Mapping[str, Any]) -> list[str]:
    """Returns one sentence for each change of the columns."""
    lines = [
        _("New column “%(name)s” (%(type)s).") % {"name": one["name"], "type": type_label(one["type"])}
        for one in found["added"]
    ]
    lines += [
        _("The column “%(name)s” (%(type)s) is gone.") % {"name": one["name"], "type": type_label(one["type"])}
        for one in found["removed"]
    ]
    lines += [
        _("Perhaps “%(old)s” is now called “%(new)s”: both are of one kind and at one place.")
        % {"old": one["from"], "new": one["to"]}
        for one in found["renamed"]
    ]
    lines += [
        _("The column “%(name)s” was %(old)s and is now %(new)s.")
        % {"name": one["name"], "old": type_label(one["from"]), "new": type_label(one["to"])}
        for one in found["retyped"]
    ]
    lines += [
        _("The column “%(name)s” moved from place %(old)s to place %(new)s.")
        % {"name": one["name"], "old": one["from"], "new": one["to"]}
        for one in found["moved"]
    ]
    return lines


def row_sentences(rows: Mapping[str, Any]) -> list[str]:
    """Returns what is known of the rows, and why no more is known."""
    if rows["state"] == "too_long":
        return [_("The rows could not be compared in the time and memory there is; nothing is said of them.")]
    if rows["state"] == "nothing_in_common":
        return [_("The two versions have no column in common, so their rows cannot be compared.")]
    lines = []
    if rows.get("key_problem") == "missing":
        lines.append(_("A key column is not in both versions, so whole rows were compared."))
    if rows.get("key_problem") == "not_unique":
        lines.append(_("The key columns do not tell all rows apart, so whole rows were compared."))
    numbers = {key: f"{rows.get(key, 0):,}" for key in ("added", "removed", "changed", "same")}
    if rows["by"] == "key":
        lines.append(
            _("%(added)s rows are new, %(removed)s are gone, %(changed)s changed, %(same)s are as before.") % numbers
        )
    else:
        lines.append(
            _("%(added)s rows are new, %(removed)s are gone, %(same)s are as before; a changed row counts as both.")
            % numbers
        )
    return lines


def _examples(found: Mapping[str, Any]) -> list[Examples]:
    tables = []
    for kind, title in (("added", _("New rows")), ("removed", _("Rows that are gone"))):
        if rows := found.get(kind, [])[:SHOWN_EXAMPLES]:
            names = list(rows[0]["cells"])[:SHOWN_COLUMNS]
            cells = [[str(row["row"]), *(row["cells"].get(name) for name in names)] for row in rows]
            tables.append(Examples(title, [_("Row"), *names], cells))
    if rows := found.get("changed", [])[:SHOWN_EXAMPLES]:
        keys = list(rows[0]["key"])
        cells = [
            [*(row["key"].get(name) for name in keys), name, was, now]
            for row in rows
            for name, (was, now) in list(row["cells"].items())[:SHOWN_COLUMNS]
        ]
        headers = [*keys, _("Column"), _("was"), _("is now")]
        tables.append(Examples(_("Changed cells"), headers, cells))
    return tables


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that a version waits for: what is asked, of whom, and the button that answers it."""

    reason: str
    title: str
    text: str
    button: str
    article: int
    publisher: bool


def holds(version: ResourceVersion) -> list[Hold]:
    """Returns what a waiting version waits for, in the order in which a person looks at it."""
    refused = {"refused": f"{version.refused_rows:,}", "all": f"{version.rows + version.refused_rows:,}"}
    known = {
        "schema_changed": Hold(
            "schema_changed",
            _("The columns have changed"),
            _("Programs that read this data may break. Look at the changes below and confirm them, or discard."),
            _("Confirm the changed columns"),
            11,
            True,
        ),
        "rows_refused": Hold(
            "rows_refused",
            _("Some rows could not be read"),
            _("%(refused)s of %(all)s rows were set aside. Publish without them, or correct the file and upload again.")
            % refused,
            _("Publish without these rows"),
            15,
            True,
        ),
        "personal_data": Hold(
            "personal_data",
            _("Personal data was found"),
            _("The secrecy reviewer decides whether this version may be opened; nothing opens before."),
            "",
            36,
            False,
        ),
    }
    return [known[reason] for reason in known if reason in version.held_for]
