"""Draws the small histogram of a column: shapes for an inline SVG, words for those who do not see it, figures.

The profile holds `[low, high, count]` for numbers and moments, `[value, count]` for texts and truth values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

HEIGHT = 36
WIDTH = 152
GAP = 1
DIGITS = 6
SHOWN_VALUES = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place in the drawing, what it stands for, how many rows."""

    x: float
    y: float
    width: float
    height: float
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Histogram:
    """One drawing. `ordered`: bins along a scale from `low` to `high`; else the most frequent values, as lying bars."""

    ordered: bool
    bars: list[Bar]
    low: str
    high: str
    spoken: str

    @property
    def first(self) -> list[Bar]:
        """The values that are drawn; all of them are in the table."""
        return self.bars[:SHOWN_VALUES]


def histogram_of(profile: Mapping[str, Any]) -> Histogram | None:
    """Returns the drawing of a column's profile; None where there is nothing worth drawing."""
    bins: Sequence[Sequence[Any]] = profile.get("histogram") or []
    if not bins:
        return None
    if len(bins[0]) != 3:
        return _frequent(bins)
    # The last bin may reach beyond what occurs.
    return _binned(bins, written(profile.get("min") or bins[0][0]), written(profile.get("max") or bins[-1][1]))


def _binned(bins: Sequence[Sequence[Any]], low: str, high: str) -> Histogram:
    most = max(1, *(int(count) for _low, _high, count in bins))
    step = WIDTH / len(bins)
    bars = []
    for number, (least, below, count) in enumerate(bins):
        height = _height(int(count), most, HEIGHT)
        label = written(least) if least == below else f"{written(least)} – {written(below)}"
        bars.append(Bar(_round(number * step), _round(HEIGHT - height), _round(step - GAP), height, label, int(count)))
    fullest = max(bars, key=lambda bar: bar.count)
    said = _("Distribution from %(low)s to %(high)s; most rows, %(count)s, lie in %(where)s.")
    return Histogram(
        True, bars, low, high, said % {"low": low, "high": high, "count": fullest.count, "where": fullest.label}
    )


def _frequent(values: Sequence[Sequence[Any]]) -> Histogram | None:
    """Draws values by their frequency; where each occurs once there is nothing to compare."""
    most = max(int(count) for _value, count in values)
    if most < 2 and len(values) > 1:
        return None
    bars = [Bar(0, 0, _height(int(count), most, WIDTH), 8, _value(value), int(count)) for value, count in values]
    said = _("Most frequent value: %(value)s, %(count)s rows.") % {"value": bars[0].label, "count": bars[0].count}
    return Histogram(False, bars, "", "", said)


def _height(count: int, most: int, whole: int) -> float:
    return _round(max(whole * count / most, 1)) if count else 0.0


def _round(value: float) -> float:
    return round(value, 2)


def _value(value: object) -> str:
    if isinstance(value, bool) or value in ("true", "false"):
        return _("yes") if value in (True, "true") else _("no")
    return str(value)


def written(value: object) -> str:
    """Writes an end of a bin: numbers to six digits, which is more than a bar can show; anything else as it is."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite() or number == number.to_integral_value():
        return format(number, "f") if len(number.as_tuple().digits) < 16 else format(number, f".{DIGITS}g")
    short = number.quantize(Decimal(1).scaleb(max(number.adjusted() - DIGITS + 1, -10)))
    return format(short.normalize(), "f")
