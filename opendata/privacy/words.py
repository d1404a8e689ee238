"""What detectors and records hold as codes, in the reader's words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opendata.models import Deidentification
from opendata.privacy.forms import ROLE_LABELS, deed_label
from opendata.privacy.gate import Hit

KINDS = {
    "identity_number": gettext_lazy("identity numbers"),
    "mobile": gettext_lazy("mobile numbers"),
    "landline": gettext_lazy("landline numbers"),
    "bank_card": gettext_lazy("bank card numbers"),
    "plate": gettext_lazy("number plates"),
    "passport": gettext_lazy("passport numbers"),
    "email": gettext_lazy("e-mail addresses"),
    "name_with_address": gettext_lazy("names with addresses"),
}
PROBLEMS = {
    "nothing_left": gettext_lazy(
        "After the rows of too small classes were left out, nothing was left. Generalise more, or drop a column."
    ),
    "out_of_memory": gettext_lazy("The table needs more memory than there is. Drop columns, or generalise more."),
    "out_of_time": gettext_lazy("The making took too long and was stopped. Drop columns, or generalise more."),
    "measurements_disagree": gettext_lazy(
        "The two measurements of anonymity differ, so neither is trusted. Please tell the operators of the portal."
    ),
    "no_second_measurement": gettext_lazy(
        "The second measurement gave no answer. Please begin again; if it fails again, tell the operators."
    ),
    "worker_lost": gettext_lazy("The making was interrupted several times. Please begin again."),
}


def kind_label(kind: str) -> str:
    """Names a kind of personal data; one that no table knows stays as it is."""
    return str(KINDS.get(kind, kind))


def shown_hits(hits: list[Hit]) -> list[dict[str, Any]]:
    """Returns the hits as a page shows them: kind in words, share in percent, masked examples."""
    return [hit.to_json() | {"label": kind_label(hit.kind), "percent": f"{100 * hit.share:.2f}"} for hit in hits]


def problem_label(code: str) -> str:
    """Says why a table could not be made."""
    return str(PROBLEMS.get(code, code))


def bands_rows(made: Deidentification) -> list[list[Any]]:
    """Returns the rows of the before-and-after chart: the size of classes, and how many rows lie in such classes."""
    rows = []
    for before, after in zip(made.before.get("bands", []), made.after.get("bands", []), strict=True):
        low, high = before["from"], before["to"]
        label = _("%(n)s or more") % {"n": low} if high is None else str(low) if low == high else f"{low}–{high}"
        rows.append([label, before["rows"], after["rows"]])
    return rows


def figures_rows(made: Deidentification) -> list[tuple[str, Any, Any]]:
    """Returns what was measured before and after, side by side."""
    names = (
        ("k", _("k: rows in the smallest class")),
        ("l", _("l: least number of different sensitive values in a class")),
        ("classes", _("classes")),
        ("rows", _("rows measured")),
        ("below_k", _("rows in classes that miss k")),
        ("below_l", _("rows in classes that miss l")),
    )
    rows = [(label, made.before.get(name), made.after.get(name)) for name, label in names]
    rows.append((_("found by the second measurement: k / l"), _second(made.before), _second(made.after)))
    return rows


def _second(measured: dict[str, Any]) -> str:
    again = measured.get("second")
    if not again:
        return _("none")
    least = "—" if again["l"] is None else again["l"]
    return f"{again['k']} / {least} ({again['library']} {again['version']})"


def plan_rows(made: Deidentification) -> list[tuple[str, str, str]]:
    """Returns the plan column by column: name, what is done, role."""
    roles = dict.fromkeys(made.quasi_identifiers, "quasi") | dict.fromkeys(made.sensitive, "sensitive")
    labels = dict(ROLE_LABELS)
    return [
        (name, deed_label(told), str(labels[roles[name]]) if name in roles else "—")
        for name, told in made.plan["columns"].items()
    ]


def telling_columns(made: Deidentification) -> list[str]:
    """Returns the columns kept without a role that have about as many values as rows: each may point at one row."""
    marked = {*made.quasi_identifiers, *made.sensitive}
    treated = ("keep", "mask", "pseudonymise")
    kept = {name for name, told in made.plan["columns"].items() if told["do"] in treated} - marked
    most = 0.9 * made.source.rows
    return [one["name"] for one in made.source.columns if one["name"] in kept and one.get("distinct", 0) >= most]
