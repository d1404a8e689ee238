"""The quality of a resource in the five dimensions of Art. 15, each with its reasons, and one score (docs/adr/0013).

Computed when it is shown: timeliness depends on the day, consistency on what the entry declares by now. What needs the
rows themselves was measured when the version was made (`opendata.accuracy`). A dimension that cannot be judged has no
score and takes no part in the whole; none is invented. Scores are rounded down: 100 means that nothing was found.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.models import DataElement, EntryVersion
from opendata.models import Resource, ResourceVersion

WEIGHTS = {"completeness": 25, "validity": 25, "timeliness": 20, "consistency": 15, "accuracy": 15}
# The days within which a new version is due; other frequencies promise no day.
PERIODS = {
    "real_time": 1,
    "daily": 1,
    "weekly": 7,
    "monthly": 31,
    "quarterly": 92,
    "half_yearly": 184,
    "yearly": 366,
}
GRACE_DAYS = 1
WORTHLESS_AFTER = 3
FITTING = {
    "text": {"text"},
    "code": {"text"},
    "integer": {"integer"},
    "decimal": {"decimal", "float", "integer"},
    "boolean": {"boolean"},
    "date": {"date"},
    "time": {"time"},
    "datetime": {"timestamp"},
    "geometry": {"geometry"},
}
ODD_CELLS = frozenset({"mixed_numbers", "mixed_dates", "mixed_moments", "ambiguous_dates"})
SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence that explains a score; `inside` ones give figures of single columns, for who may draw the data."""

    text: str
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the five: its score from 0 to 100, or None where it cannot be judged, and why."""

    key: str
    label: str
    score: int | None
    reasons: list[Reason]
    figures: dict[str, int] = field(default_factory=dict)

    def reasons_for(self, *, whole: bool) -> list[str]:
        """Returns the sentences for this reader."""
        return [reason.text for reason in self.reasons if whole or not reason.inside]


@dataclass(frozen=True, slots=True)
class Quality:
    """The five dimensions and the weighted mean of those that could be judged."""

    dimensions: list[Dimension]

    @property
    def score(self) -> int | None:
        """The weighted mean, rounded down; None where nothing could be judged."""
        judged = [(WEIGHTS[one.key], one.score) for one in self.dimensions if one.score is not None]
        weight = sum(part for part, _score in judged)
        return sum(part * score for part, score in judged) // weight if weight else None

    def told(self, *, whole: bool) -> dict[str, Any]:
        """Returns the JSON of the API; figures of single columns only for who may draw all of the data."""
        return {
            "score": self.score,
            "dimensions": [
                {
                    "dimension": one.key,
                    "weight": WEIGHTS[one.key],
                    "score": one.score,
                    "reasons": one.reasons_for(whole=whole),
                    "figures": one.figures,
                }
                for one in self.dimensions
            ],
        }


def quality_of(resource: Resource, version: ResourceVersion, *, now: dt.datetime) -> Quality:
    """Returns the quality of a version as it is judged today against what its entry declares."""
    standing = resource.entry.published
    elements = list(standing.elements.all()) if standing else []
    names = {str(column["name"]) for column in version.columns}
    missing = [one for one in elements if one.is_open and one.name not in names | _elsewhere(resource)]
    return Quality(
        [
            _completeness(version, missing),
            _validity(version),
            _timeliness(resource, standing, now),
            _consistency(version, elements, missing),
            _accuracy(version.quality.get("checks", [])),
        ]
    )


def _elsewhere(resource: Resource) -> set[str]:
    """Returns the columns of the entry's other resources: a data element may be in any of them."""
    others = ResourceVersion.objects.filter(current_of__entry=resource.entry_id).exclude(resource=resource)
    return {str(column["name"]) for columns in others.values_list("columns", flat=True) for column in columns}


def _percent(share: float) -> int:
    return math.floor(100 * max(0.0, min(1.0, share)) + 1e-9)


def _names(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:8])
    return shown + (" …" if len(names) > 8 else "")


def _completeness(version: ResourceVersion, missing: Sequence[DataElement]) -> Dimension:
    """Judges how many cells hold a value; a data element without a column counts as a column without a value."""
    label, columns = _("Completeness"), version.columns
    cells = version.rows * (len(columns) + len(missing))
    nulls = sum(int(column.get("nulls", 0)) for column in columns)
    absent = version.rows * len(missing)
    figures = {"cells": cells, "without_value": nulls, "missing_elements": len(missing)}
    if not cells:
        return Dimension("completeness", label, None, [Reason(_("There are no cells to judge."))], figures)
    told = {"nulls": f"{nulls:,}", "cells": f"{cells - absent:,}"}
    reasons = [
        Reason(_("%(nulls)s of %(cells)s cells hold no value.") % told if nulls else _("Every cell holds a value."))
    ]
    if missing:
        named = _names([one.name for one in missing])
        reasons.append(Reason(_("Declared data elements have no column: %(names)s.") % {"names": named}))
    worst = sorted((one for one in columns if one.get("nulls")), key=lambda one: -int(one["nulls"]))[:3]
    for column in worst:
        told = {"column": column["name"], "nulls": f"{column['nulls']:,}"}
        reasons.append(Reason(_("Column “%(column)s”: %(nulls)s cells hold no value.") % told, inside=True))
    return Dimension("completeness", label, _percent(1 - (nulls + absent) / cells), reasons, figures)


def _validity(version: ResourceVersion) -> Dimension:
    """Judges how much could be read as what it should be: rows taken, cells of the column's kind, codes that check."""
    rows, refused = version.rows, version.refused_rows
    bad: dict[str, int] = {}
    reasons = [Reason(_("Every row of the file could be read."))]
    if refused:
        told = {"refused": f"{refused:,}", "all": f"{rows + refused:,}"}
        reasons = [Reason(_("%(refused)s of %(all)s rows could not be read and were set aside.") % told)]
    for finding in version.findings:
        if finding["code"] in ODD_CELLS and finding.get("column_name"):
            count = int(finding.get("params", {}).get("count") or 0)
            bad[finding["column_name"]] = count
            told = {"column": finding["column_name"], "count": f"{count:,}"}
            text = _("Column “%(column)s” was kept as text because %(count)s cells are not like the others.") % told
            reasons.append(Reason(text, inside=True))
    codes = version.quality.get("codes", [])
    for code in codes:
        bad[code["column"]] = bad.get(code["column"], 0) + code["wrong"]
        told = {"column": code["column"], "wrong": f"{code['wrong']:,}", "checked": f"{code['checked']:,}"}
        if code["wrong"]:
            text = _("Column “%(column)s”: %(wrong)s of %(checked)s codes fail their checksum.") % told
        else:
            text = _("Column “%(column)s”: all %(checked)s codes pass their checksum.") % told
        reasons.append(Reason(text + _rows(code["rows"]), inside=True))
    if bad:
        count = sum(bad.values())
        reasons.insert(1, Reason(_("%(count)s cells are not what their column holds.") % {"count": f"{count:,}"}))
    figures = {"rows": rows, "refused_rows": refused, "invalid_cells": sum(bad.values())}
    if not rows or not version.columns:
        return Dimension("validity", _("Validity"), None, reasons, figures)
    lost = sum(min(1.0, count / rows) for count in bad.values()) / len(version.columns)
    return Dimension("validity", _("Validity"), _percent(rows / (rows + refused) * (1 - lost)), reasons, figures)


def _rows(rows: Sequence[int]) -> str:
    """Returns where the first of them are, to be put behind a sentence."""
    if not rows:
        return ""
    return " " + _("First in rows %(rows)s.") % {"rows": ", ".join(map(str, rows[:SHOWN_ROWS]))}


def _timeliness(resource: Resource, standing: EntryVersion | None, now: dt.datetime) -> Dimension:
    """Judges the age of the newest published version against the update frequency that the entry promises."""
    label, latest = _("Timeliness"), resource.current
    period = PERIODS.get(standing.update_frequency) if standing else None
    if standing is None or latest is None or latest.published_at is None:
        return Dimension("timeliness", label, None, [Reason(_("Nothing is promised or nothing is published yet."))])
    told: dict[str, Any] = {"frequency": standing.get_update_frequency_display()}
    if resource.retired_at is not None:
        return Dimension("timeliness", label, None, [Reason(_("The resource is retired and no longer updated."))])
    if period is None:
        reason = _("The entry promises no regular update (%(frequency)s), so its age is not judged.") % told
        return Dimension("timeliness", label, None, [Reason(reason)])
    age = (timezone.localdate(now) - timezone.localdate(latest.published_at)).days
    late = age - period - GRACE_DAYS
    score = 100 if late <= 0 else _percent(1 - late / ((WORTHLESS_AFTER - 1) * period))
    told |= {"date": timezone.localdate(latest.published_at).isoformat(), "age": age}
    text = _("The newest version is of %(date)s, %(age)s days old; promised is: %(frequency)s.") % told
    return Dimension("timeliness", label, score, [Reason(text)], {"age_days": age, "period_days": period})


def _consistency(
    version: ResourceVersion, elements: Sequence[DataElement], missing: Sequence[DataElement]
) -> Dimension:
    """Judges whether columns and declared data elements are the same, by name and kind."""
    label = _("Consistency")
    if not elements:
        return Dimension(
            "consistency", label, None, [Reason(_("The entry declares no data elements to compare with."))]
        )
    declared = {one.name: one for one in elements}
    kinds = {str(column["name"]): str(column["type"]) for column in version.columns}
    same = [name for name in kinds if name in declared]
    other = [name for name in same if not _fits(declared[name].type, kinds[name])]
    undeclared = [name for name in kinds if name not in declared]
    whole = len(kinds) + len(missing)
    figures = {
        "columns": len(kinds),
        "as_declared": len(same) - len(other),
        "other_kind": len(other),
        "undeclared": len(undeclared),
        "missing_elements": len(missing),
    }
    reasons = []
    for text, names in (
        (_("Columns are not declared: %(names)s."), undeclared),
        (_("Declared data elements have no column: %(names)s."), [one.name for one in missing]),
        (_("Columns are of another kind than declared: %(names)s."), other),
    ):
        if names:
            reasons.append(Reason(text % {"names": _names(names)}))
    if not reasons:
        reasons.append(Reason(_("Columns and declared data elements agree in name and kind.")))
    share = (len(same) - len(other) / 2) / whole if whole else 0.0
    return Dimension("consistency", label, _percent(share), reasons, figures)


def _fits(declared: str, kind: str) -> bool:
    return kind in FITTING.get(declared, {kind})


def _accuracy(checks: Iterable[Mapping[str, Any]]) -> Dimension:
    """Judges how many cells keep the rules that the publisher declared."""
    shares: list[float] = []
    reasons: list[Reason] = []
    violations = 0
    for check in checks:
        rule = rule_text(check)
        if check["state"] != "checked":
            why = {
                "column_missing": _("a column it names is not there"),
                "not_comparable": _("cells of this kind cannot be compared with it"),
                "too_long": _("it took too long"),
            }[check["state"]]
            told = {"rule": rule, "why": why}
            reasons.append(Reason(_("Not checked: %(rule)s – %(why)s.") % told, inside=True))
            continue
        count, checked = int(check["violations"]), int(check["checked"])
        violations += count
        shares.append(1 - count / checked if checked else 1.0)
        if count:
            told = {"rule": rule, "count": f"{count:,}", "checked": f"{checked:,}"}
            text = _("Broken by %(count)s of %(checked)s cells: %(rule)s.") % told
            reasons.append(Reason(text + _rows(check["rows"]), inside=True))
    if not shares:
        reasons.insert(0, Reason(_("No rules of accuracy are declared that could be checked.")))
        return Dimension("accuracy", _("Accuracy"), None, reasons)
    kept = {"kept": sum(share == 1 for share in shares), "all": len(shares)}
    reasons.insert(0, Reason(_("%(kept)s of %(all)s declared rules are kept everywhere.") % kept))
    figures = {"rules": len(shares), "violations": violations}
    return Dimension("accuracy", _("Accuracy"), _percent(sum(shares) / len(shares)), reasons, figures)


def rule_text(rule: Mapping[str, Any]) -> str:
    """Returns a declared rule as a sentence without its full stop."""
    sentences = {
        "min": _("“%(column)s” is at least %(value)s"),
        "max": _("“%(column)s” is at most %(value)s"),
        "one_of": _("“%(column)s” is one of: %(values)s"),
        "pattern": _("“%(column)s” is written like %(pattern)s"),
        "unique": _("“%(column)s” is different in every row"),
        "not_blank": _("“%(column)s” is never empty"),
        "at_most": _("“%(column)s” is at most “%(other)s”"),
    }
    told = {**rule, "values": _names(rule["values"])} if "values" in rule else rule
    return sentences[rule["kind"]] % told
