"""Declared rules of accuracy, and checks of codes that carry a checksum, over every row of a version (Art. 15).

A rule speaks of one column: `min`, `max`, `one_of`, `pattern` (RE2, over the whole cell), `unique`, `not_blank`, or
`at_most` another column. Cells without a value break no rule but `not_blank`.
"""

# ruff: noqa: S608 — columns go by position, numbers are parsed, every other value passes `quoted`

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb
from django.utils.translation import gettext as _

from opendata.ingest.quoting import literal as quoted
from opendata.measuring import Measuring, TookTooLong, measuring, table
from portal.law import RuleBroken

SECONDS = 120.0
MOST_RULES = 100
MOST_VALUES = 1000
LONGEST = 300
FIRST_ROWS = 5
PER_PASS = 30
ARTICLE = 15
KINDS = ("min", "max", "one_of", "pattern", "unique", "not_blank", "at_most")
NUMBERS = frozenset({"integer", "decimal", "float"})
MOMENTS = {"date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP"}
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
Rule = dict[str, Any]
Profile = Mapping[str, Any]


def rules_clean(sent: object) -> list[Rule]:
    """Returns declared rules in their plain form, or raises RuleBroken that names the rule by its number."""
    if not isinstance(sent, list) or len(sent) > MOST_RULES:
        raise _wrong(0, _("a list of at most %(most)s rules is expected") % {"most": MOST_RULES})
    return [_clean(number, one) for number, one in enumerate(sent, 1)]


def _clean(number: int, sent: object) -> Rule:
    if not isinstance(sent, dict) or sent.get("kind") not in KINDS:
        raise _wrong(number, _("its kind is one of: %(kinds)s") % {"kinds": ", ".join(KINDS)})
    kind = str(sent["kind"])
    wanted = {"min": "value", "max": "value", "one_of": "values", "pattern": "pattern", "at_most": "other"}.get(kind)
    known = {"kind", "column"} | ({wanted} if wanted else set())
    if set(sent) - known or known - set(sent):
        raise _wrong(number, _("a rule of this kind has: %(names)s") % {"names": ", ".join(sorted(known))})
    rule: Rule = {"kind": kind, "column": _text(number, sent["column"])}
    if wanted == "values":
        values = sent["values"]
        if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
            raise _wrong(number, _("between 1 and %(most)s values are expected") % {"most": MOST_VALUES})
        return rule | {"values": [_text(number, one) for one in values]}
    if wanted:
        rule[wanted] = _text(number, sent[wanted])
    if kind == "pattern":
        try:
            duckdb.execute("SELECT regexp_full_match('', $1)", [rule["pattern"]]).fetchall()
        except duckdb.Error as error:
            raise _wrong(number, _("this pattern cannot be understood")) from error
    return rule


def _text(number: int, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _wrong(number, _("a text or a number is expected"))
    text = str(value).strip()
    if not text or len(text) > LONGEST or "\0" in text:
        raise _wrong(number, _("a text of 1 to %(most)s letters is expected") % {"most": LONGEST})
    return text


def _wrong(number: int, why: str) -> RuleBroken:
    message = _("Rule %(number)s is not understood: %(why)s.") % {"number": number, "why": why}
    return RuleBroken(message, ARTICLE, field="rules")


def measure(
    parquet: Path, columns: Sequence[Profile], rules: Sequence[Rule], *, scratch: Path, seconds: float = SECONDS
) -> dict[str, Any]:
    """Returns what the rules and the checksums found: per check the cells looked at, violations, first row numbers.

    A check that could not be made says why in `state` (`column_missing`, `not_comparable`, `too_long`) and counts
    nothing. Rows are numbered from 1, in the order of the table.
    """
    with measuring(parquet, scratch=scratch, seconds=seconds) as asked:
        source = table(parquet)
        checks = [_Check.of(rule, columns) for rule in rules]
        plain = [one for one in checks if one.breaks and one.rule["kind"] != "unique"]
        try:
            for first in range(0, len(plain), PER_PASS):
                _count(asked, source, plain[first : first + PER_PASS])
            for one in checks:
                if one.breaks and one.rule["kind"] == "unique":
                    _count_repeats(asked, source, one)
            codes = list(_codes(asked, source, columns))
        except TookTooLong:
            codes = []
    return {"rules": list(rules), "checks": [one.told() for one in checks], "codes": codes}


class _Check:
    """One rule on its way: the SQL of a broken cell and of a cell that is looked at, then the counts."""

    def __init__(self, rule: Rule, state: str, breaks: str = "", looked_at: str = "") -> None:
        self.rule, self.state, self.breaks, self.looked_at = rule, state, breaks, looked_at
        self.found: dict[str, Any] = {}

    @classmethod
    def of(cls, rule: Rule, columns: Sequence[Profile]) -> _Check:
        """Compiles a rule for these columns."""
        places = {str(one["name"]): (f"c{at}", str(one["type"])) for at, one in enumerate(columns)}
        if rule["column"] not in places or ("other" in rule and rule["other"] not in places):
            return cls(rule, "column_missing")
        cell, kind = places[rule["column"]]
        looked_at = "true" if rule["kind"] == "not_blank" else f"{cell} IS NOT NULL"
        if rule["kind"] == "at_most":
            other, its_kind = places[rule["other"]]
            looked_at += f" AND {other} IS NOT NULL"
            fits = kind == its_kind or {kind, its_kind} <= NUMBERS
            breaks = f"{cell} > {other}" if fits and kind in {*NUMBERS, *MOMENTS} else ""
        else:
            breaks = _breaks(rule, cell, kind)
        return cls(rule, "too_long" if breaks else "not_comparable", breaks, looked_at)

    def told(self) -> dict[str, Any]:
        """Returns the rule with what was found."""
        return {**self.rule, "state": self.state, **self.found}

    def counted(self, checked: object, violations: object, rows: Iterable[Any] | None) -> None:
        """Takes the counts."""
        self.state = "checked"
        self.found = {
            "checked": int(str(checked)),
            "violations": int(str(violations)),
            "rows": [int(row) + 1 for row in rows or ()],
        }


def _breaks(rule: Rule, cell: str, kind: str) -> str:
    """SQL: whether a cell breaks the rule; nothing where cells of this kind cannot be held against it."""
    text = f"CAST({cell} AS VARCHAR)"
    if rule["kind"] in {"min", "max"}:
        sign = "<" if rule["kind"] == "min" else ">"
        value = _value(rule["value"], kind)
        return f"{cell} {sign} {value}" if value else ""
    if rule["kind"] == "one_of":
        if kind in NUMBERS:
            values = [value for one in rule["values"] if (value := _value(one, kind))]
            return f"{cell} NOT IN ({', '.join(values)})" if values else "true"
        return f"{text} NOT IN ({', '.join(map(quoted, rule['values']))})"
    if rule["kind"] == "pattern":
        return f"NOT regexp_full_match({text}, {quoted(rule['pattern'])})"
    if rule["kind"] == "not_blank":
        return f"trim(coalesce({text}, '')) = ''"
    return cell


def _value(text: str, kind: str) -> str:
    """SQL: a limit in the type of its column, or nothing where it is none of that type."""
    if kind in NUMBERS:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return ""
        return f"({number:f})" if number.is_finite() and abs(number.adjusted()) < 30 else ""
    if kind not in MOMENTS:
        return ""
    found = duckdb.execute(f"SELECT TRY_CAST($1 AS {MOMENTS[kind]})", [text]).fetchall()
    return f"CAST({quoted(text)} AS {MOMENTS[kind]})" if found[0][0] is not None else ""


def _count(asked: Measuring, source: str, checks: Sequence[_Check]) -> None:
    if not checks:
        return
    wanted = ", ".join(
        f"count(*) FILTER ({one.looked_at}), count(*) FILTER ({one.looked_at} AND ({one.breaks})), "
        f"min(r, {FIRST_ROWS}) FILTER ({one.looked_at} AND ({one.breaks}))"
        for one in checks
    )
    row = asked.row(f"SELECT {wanted} FROM {source}")
    for at, one in enumerate(checks):
        one.counted(*row[3 * at : 3 * at + 3])


def _count_repeats(asked: Measuring, source: str, check: _Check) -> None:
    """Counts the rows whose value stood in an earlier row already."""
    cell = check.breaks
    asked.rows(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {cell} AS x, min(r) AS first, count(*) AS n FROM {source} "
        f"WHERE {cell} IS NOT NULL GROUP BY {cell} HAVING count(*) > 1"
    )
    violations = asked.row("SELECT coalesce(sum(n - 1), 0) FROM repeated")[0]
    rows = asked.rows(
        f"SELECT t.r FROM {source} JOIN repeated ON {cell} = x WHERE t.r > first ORDER BY t.r LIMIT {FIRST_ROWS}"
    )
    checked = asked.row(f"SELECT count({cell}) FROM {source}")[0]
    check.counted(checked, violations, [row[0] for row in rows])


# --- Codes with a checksum -------------------------------------------------------------------------------------------


def _uscc(cell: str) -> tuple[str, str]:
    """SQL: whether a cell has the shape of a unified social credit code, and whether its check is right (GB 32100)."""
    letter = "(instr('{letters}', substr({cell}, {at}, 1)) - 1)"
    total = " + ".join(
        f"{pow(3, at, 31)} * {letter.format(letters=USCC_LETTERS, cell=cell, at=at + 1)}" for at in range(17)
    )
    last = letter.format(letters=USCC_LETTERS, cell=cell, at=18)
    return f"regexp_full_match({cell}, '[{USCC_LETTERS}]{{18}}')", f"({total} + {last}) % 31 = 0"


def _identity(cell: str) -> tuple[str, str]:
    """SQL: the same of a citizen's identity number (GB 11643)."""
    letter = "(instr('0123456789X', substr({cell}, {at}, 1)) - 1)"
    total = " + ".join(f"{pow(2, 17 - at, 11)} * {letter.format(cell=cell, at=at + 1)}" for at in range(18))
    return f"regexp_full_match({cell}, '[1-9][0-9]{{16}}[0-9X]')", f"({total}) % 11 = 1"


CODES = {"uscc": _uscc, "identity_number": _identity}


def _codes(asked: Measuring, source: str, columns: Sequence[Profile]) -> Iterable[dict[str, Any]]:
    """Yields the columns that hold such codes, with how many cells are none that can be.

    A column counts as one of codes where nine in ten of its cells have the shape and half of them pass the check:
    less than that is some other code of the same length, on which nothing is claimed.
    """
    for at, column in enumerate(columns):
        if column["type"] != "text" or not all(len(str(one)) == 18 for one in column.get("examples") or ["?"]):
            continue
        best: dict[str, Any] | None = None
        for kind, sql in CODES.items():
            shape, right = sql(f"c{at}")
            good = f"{shape} AND {right}"
            filled, shaped, valid, rows = asked.row(
                f"SELECT count(c{at}), count(*) FILTER ({shape}), count(*) FILTER ({good}), "
                f"min(r, {FIRST_ROWS}) FILTER (c{at} IS NOT NULL AND NOT ({good})) FROM {source}"
            )
            if shaped >= 0.9 * filled and valid >= 0.5 * filled and (best is None or filled - valid < best["wrong"]):
                best = {"column": str(column["name"]), "kind": kind, "checked": int(filled)}
                best |= {"wrong": int(filled - valid), "rows": [int(row) + 1 for row in rows or ()]}
        if best:
            yield best
