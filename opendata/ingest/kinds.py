"""The rules of types: which shape each cell has, which type a column's shapes allow. Over every row, never a sample.

The shapes are told by SQL in the database's own threads; the rule that turns counts into a type is plain Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .names import says_code, says_identifier

LONG_DIGITS = 15
MOSTLY, NEARLY_ALL = 0.8, 0.99
BOOLEANS = ("true", "false", "是", "否")

_DM = "[0-9]{1,2}"
_DATE = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = "[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"


def trimmed(column: str) -> str:
    """SQL: the cell without white space around it, full-width and no-break spaces included."""
    return f"trim({column}, ' \t\r\n\u00a0\u3000')"


def as_date(value: str) -> str:
    """SQL: a date from 2023-5-1, 2023/5/1, 2023.5.1 or 2023年5月1日, else null."""
    plain = f"replace(replace(replace(replace(replace({value}, '年', '-'), '月', '-'), '日', ''), '/', '-'), '.', '-')"
    return f"TRY_CAST({plain} AS DATE)"


def as_timestamp(value: str) -> str:
    """SQL: a timestamp without zone from the ISO form or the form with slashes, else null."""
    padded = f"regexp_replace(replace(replace({value}, '/', '-'), 'T', ' '), ' ([0-9]):', ' 0\\1:')"
    seconds = (
        f"CASE WHEN regexp_full_match({padded}, '.* [0-9]{{2}}:[0-9]{{2}}') THEN {padded} || ':00' ELSE {padded} END"
    )
    return f"TRY_CAST({seconds} AS TIMESTAMP)"


def as_american(value: str) -> str:
    """SQL: a timestamp from month/day/year with or without a time, else null."""
    formats = "['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %I:%M %p']"
    return f"try_strptime({value}, {formats})"


def as_european(value: str) -> str:
    """SQL: a timestamp from day/month/year with or without a time, else null."""
    return f"try_strptime({value}, ['%d/%m/%Y', '%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M'])"


def as_time(value: str) -> str:
    """SQL: a time of day, else null."""
    padded = f"CASE WHEN {value}[2] = ':' THEN '0' || {value} ELSE {value} END"
    return f"TRY_CAST(CASE WHEN length({padded}) = 5 THEN {padded} || ':00' ELSE {padded} END AS TIME)"


_SPACE = "[ \t\r\n\u00a0\u3000]"
_INT, _DEC = "-?(0|[1-9][0-9]{0,13})", "-?(0|[1-9][0-9]*)?[.][0-9]+|-?(0|[1-9][0-9]*)[.]"


def shape(c: str) -> str:
    """SQL: the shape of one cell. Plain numbers, dates and words are told without trimming, which costs most."""
    return f"""CASE
    WHEN regexp_full_match({c}, '{_INT}') THEN 'int'
    WHEN NOT regexp_matches({c}, '^{_SPACE}*[-+.０-９0-9tfnTFN是否−]') OR strlen({c}) > 64 THEN
        CASE WHEN regexp_matches({c}, '^{_SPACE}*[¥￥$€] ?[0-9]') THEN 'money'
             WHEN regexp_full_match({c}, '{_SPACE}*') THEN 'blank' ELSE 'other' END
    WHEN regexp_full_match({c}, '{_DEC}') THEN 'dec'
    WHEN regexp_full_match({c}, '{_DATE}') AND TRY_CAST({c} AS DATE) IS NOT NULL THEN 'date'
    ELSE {_rare(trimmed(c))} END"""


def _rare(v: str) -> str:
    return f"""CASE
    WHEN regexp_full_match({v}, '{_INT}') THEN 'int'
    WHEN regexp_full_match({v}, '{_DEC}') THEN 'dec'
    WHEN regexp_full_match({v}, '(?i:true|false)|是|否') THEN 'bool'
    WHEN regexp_full_match({v}, '(?i:nan)') THEN 'nan'
    WHEN NOT regexp_matches({v}, '^[-+.０-９0-9−]') THEN 'other'
    WHEN regexp_full_match({v}, '[-+]?0[0-9]+') THEN 'zeros'
    WHEN regexp_full_match({v}, '-?[0-9]+') THEN 'long'
    WHEN regexp_full_match({v}, '[0-9]{{4}}(-{_DM}-{_DM}|[/.]{_DM}[/.]{_DM}|年{_DM}月{_DM}日)')
        AND {as_date(v)} IS NOT NULL THEN 'date'
    WHEN regexp_full_match({v}, '[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}[ T]{_CLOCK}')
        AND {as_timestamp(v)} IS NOT NULL THEN 'moment'
    WHEN regexp_full_match({v}, '{_DATE}[ T]{_CLOCK} ?{_ZONE}')
        AND TRY_CAST({v} AS TIMESTAMPTZ) IS NOT NULL THEN 'zoned'
    WHEN regexp_full_match({v}, '[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}( .*)?') THEN
        CASE WHEN {as_american(v)} IS NULL AND {as_european(v)} IS NULL THEN 'other'
             WHEN {as_european(v)} IS NULL THEN 'mdy' WHEN {as_american(v)} IS NULL THEN 'dmy' ELSE 'xxy' END
    WHEN regexp_full_match({v}, '{_CLOCK}') AND {as_time(v)} IS NOT NULL THEN 'time'
    WHEN regexp_full_match({v}, '-?[0-9]+([.][0-9]+)?[eE][-+]?[0-9]{{1,3}}') THEN 'sci'
    WHEN regexp_full_match({v}, '-?[0-9]{{1,3}}(,[0-9]{{3}})+([.][0-9]+)?') THEN 'thousands'
    WHEN regexp_full_match({v}, '[-+]?[0-9]+([.][0-9]+)? ?[%％‰]') THEN 'percent'
    WHEN regexp_full_match({v}, '[-+]?[0-9]+([.][0-9]+)? ?(万|亿|万元|亿元)') THEN 'units'
    WHEN regexp_full_match({v}, '[-+0-9０-９.．]+') AND regexp_matches({v}, '[０-９]') THEN 'fullwidth'
    ELSE 'other' END"""


def measures(c: str, k: str, n: str) -> str:
    """SQL aggregates over the cells of one shape: digits before and after the point, longest cell, mobile numbers."""
    return f"""max(CASE {k} WHEN 'int' THEN strlen(ltrim({c}, '-'))
                 WHEN 'dec' THEN position('.' IN ltrim({c}, '- ')) - 1 END),
    max(CASE {k} WHEN 'dec' THEN strlen(trim({c})) - position('.' IN trim({c})) END), max(strlen({c})),
    sum(CASE WHEN {k} = 'int' AND strlen({c}) = 11 AND {c} BETWEEN '13' AND '2' THEN {n} ELSE 0 END)"""


@dataclass(frozen=True, slots=True)
class Shape:
    """How often one shape occurs in a column, and the measures needed to choose an exact type."""

    count: int
    first_row: int
    whole_digits: int = 0
    fraction_digits: int = 0
    longest: int = 0
    phones: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The type chosen, the SQL type, why digits stay text, which shapes turn to null, what to report."""

    type: str
    sql_type: str
    kept_text: str = ""
    finding: str = ""
    level: str = "info"
    odd: tuple[str, ...] = ()
    order: str = ""


TEXT = "VARCHAR"
_OFFERS = {
    "thousands": "thousands_separators",
    "percent": "percentages",
    "units": "ten_thousand_units",
    "fullwidth": "fullwidth_digits",
    "money": "currency_signs",
}


def decide(name: str, shapes: Mapping[str, Shape], *, written_as_text: bool, counts_up: bool) -> Verdict:
    """Choose the type of a column from the shapes of all its cells."""
    counts = {kind: seen.count for kind, seen in shapes.items() if kind != "blank" and seen.count}
    total = sum(counts.values())
    if not total:
        return Verdict("text", TEXT, kept_text="empty")
    kinds = set(counts)
    if kinds == {"bool"}:
        return Verdict("boolean", "BOOLEAN")
    if kinds == {"time"}:
        return Verdict("time", "TIME")
    if kinds <= {"date", "moment"}:
        return Verdict("timestamp", "TIMESTAMP") if "moment" in kinds else Verdict("date", "DATE")
    if kinds == {"zoned"}:
        return Verdict("timestamp", "TIMESTAMPTZ")
    if kinds <= {"mdy", "dmy", "xxy"}:
        return _slashed(kinds, max(shapes[kind].longest for kind in kinds))
    return _number(name, shapes, counts, total, written_as_text=written_as_text, counts_up=counts_up)


def _slashed(kinds: set[str], longest: int) -> Verdict:
    if {"mdy", "dmy"} <= kinds or kinds == {"xxy"}:
        return Verdict(
            "text", TEXT, kept_text="ambiguous_date", finding="ambiguous_dates", level="warning", odd=("xxy",)
        )
    order = "mdy" if "mdy" in kinds else "dmy"
    if longest <= 10:
        return Verdict("date", "DATE", finding=f"dates_read_{order}", odd=(order,), order=order)
    return Verdict("timestamp", "TIMESTAMP", finding=f"dates_read_{order}", odd=(order,), order=order)


def _number(
    name: str,
    shapes: Mapping[str, Shape],
    counts: dict[str, int],
    total: int,
    *,
    written_as_text: bool,
    counts_up: bool,
) -> Verdict:
    numbers = sum(counts.get(kind, 0) for kind in ("int", "dec", "sci"))
    real = total - counts.get("nan", 0)
    rest = set(counts) - {"int", "dec", "sci", "nan"}
    if not rest and numbers:
        return _exact(name, shapes, counts, written_as_text=written_as_text, counts_up=counts_up)
    digits = numbers + counts.get("zeros", 0) + counts.get("long", 0)
    if digits == real and digits:
        reason = "leading_zeros" if "zeros" in counts else "long_digits"
        return Verdict("text", TEXT, kept_text=reason)
    for kind, code in _OFFERS.items():
        if kind in counts and numbers + counts[kind] == real:
            return Verdict("text", TEXT, kept_text=code, finding=code, odd=(kind,))
    mixed = {"numbers": numbers, "dates": counts.get("date", 0), "moments": counts.get("moment", 0)}
    most, share = max(mixed.items(), key=lambda pair: pair[1])
    if real and share / real >= MOSTLY:
        level = "warning" if share / real >= NEARLY_ALL else "info"
        alike = {"numbers": ("int", "dec", "sci", "nan"), "dates": ("date",), "moments": ("moment",)}[most]
        odd = tuple(sorted(set(counts) - set(alike)))
        return Verdict("text", TEXT, kept_text="mixed", finding=f"mixed_{most}", level=level, odd=odd)
    return Verdict("text", TEXT)


def _exact(
    name: str, shapes: Mapping[str, Shape], counts: dict[str, int], *, written_as_text: bool, counts_up: bool
) -> Verdict:
    whole_only = set(counts) <= {"int", "nan"}
    seen = [shapes[kind] for kind in ("int", "dec") if kind in counts]
    if whole_only:
        only = shapes["int"]
        if says_code(name):
            return Verdict("text", TEXT, kept_text="name_says_code")
        if only.phones == only.count and "nan" not in counts:
            return Verdict("text", TEXT, kept_text="mobile_numbers")
        if says_identifier(name) and not counts_up:
            return Verdict("text", TEXT, kept_text="identifier")
    if written_as_text:
        return Verdict("text", TEXT, kept_text="stored_as_text")
    if "sci" in counts:
        return Verdict("float", "DOUBLE", finding="scientific_notation", odd=("sci",), level="warning")
    if whole_only:
        return Verdict("integer", "BIGINT")
    whole = max(one.whole_digits for one in seen)
    fraction = max(one.fraction_digits for one in seen)
    if whole + fraction > 38:
        return Verdict("text", TEXT, kept_text="too_precise")
    return Verdict("decimal", f"DECIMAL({max(1, whole + fraction)},{fraction})")


def forced(wanted: str, digits: tuple[int, int]) -> Verdict:
    """The type that the publisher decided; unknown types raise ValueError. Decimals take the digits that occur."""
    plain = {"integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "time": "TIME", "timestamp": "TIMESTAMP"}
    plain |= {"text": TEXT, "float": "DOUBLE"}
    if wanted == "decimal":
        whole, fraction = max(1, digits[0]), min(digits[1], 37)
        return Verdict("decimal", f"DECIMAL({min(38, whole + fraction)},{fraction})")
    if wanted not in plain:
        raise ValueError(f"unknown type {wanted}")
    return Verdict(wanted, plain[wanted])


_PLAIN = "[-+]?[0-9]+([.][0-9]+)?"
_MANY, _SHORT = "[-+]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?", "[-+]?[0-9]{1,16}([.][0-9]{1,8})?"
# What each offer is called in an override's `apply`, by the code of its finding.
OFFERED = {
    "thousands_separators": "thousands",
    "percentages": "percent",
    "ten_thousand_units": "ten_thousand_units",
    "fullwidth_digits": "fullwidth",
    "currency_signs": "currency",
}


def applied(offer: str, value: str) -> str:
    """SQL: the plain spelling of a number in dress, exactly, and null for cells that do not fit; for accepted offers.

    万 multiplies by 10,000 and 亿 by 100,000,000, a percent sign divides by 100; a number without a unit is itself, a
    number without a percent sign is in doubt unless it is zero. Raises ValueError for an unknown offer.
    """

    def grouped(cell: str) -> str:
        return f"WHEN regexp_full_match({cell}, '{_MANY}') THEN replace({cell}, ',', '')"

    def plain(cell: str) -> str:
        return f"WHEN regexp_full_match({cell}, '{_PLAIN}') THEN {cell}"

    bare = f"regexp_extract({value}, '^({_SHORT})', 1)"

    def times(factor: str, kind: str) -> str:
        product = f"TRY_CAST({bare} AS DECIMAL(24,8)) * CAST('{factor}' AS {kind})"
        return f"rtrim(rtrim(CAST({product} AS VARCHAR), '0'), '.')"

    match offer:
        case "thousands":
            return f"CASE {grouped(value)} {plain(value)} END"
        case "currency":
            bared = f"regexp_replace({value}, '^([-+]?)[¥￥$€] ?', '\\1')"
            return f"CASE {grouped(bared)} {plain(bared)} END"
        case "fullwidth":
            narrow = f"translate({value}, '０１２３４５６７８９．－＋', '0123456789.-+')"
            return f"CASE {plain(narrow)} END"
        case "percent":
            return (
                f"CASE WHEN regexp_full_match({value}, '{_SHORT} ?[%％]') THEN {times('0.01', 'DECIMAL(4,3)')} "
                f"WHEN regexp_full_match({value}, '{_SHORT} ?‰') THEN {times('0.001', 'DECIMAL(4,3)')} "
                f"WHEN regexp_full_match({value}, '[-+]?0+([.]0+)?') THEN '0' END"
            )
        case "ten_thousand_units":
            return (
                f"CASE WHEN regexp_full_match({value}, '{_SHORT} ?万元?') THEN {times('10000', 'DECIMAL(9,0)')} "
                f"WHEN regexp_full_match({value}, '{_SHORT} ?亿元?') THEN {times('100000000', 'DECIMAL(9,0)')} "
                f"{plain(value)} END"
            )
    raise ValueError(f"unknown offer {offer}")


def strict_number(value: str) -> str:
    """SQL: the cell where it is a plain number, thousands separators removed; null else. For decided types."""
    plain = f"replace({value}, ',', '')"
    return f"CASE WHEN regexp_full_match({plain}, '[-+]?[0-9]+([.][0-9]*)?') THEN {plain} END"


def strict_whole(value: str) -> str:
    """SQL: the same for whole numbers, so that 12.7 is refused instead of rounded."""
    plain = f"replace({value}, ',', '')"
    return f"CASE WHEN regexp_full_match({plain}, '[-+]?[0-9]+([.]0*)?') THEN {plain} END"


def strict_float(value: str) -> str:
    """SQL: the same for numbers with an exponent or without; infinity is none."""
    return f"CASE WHEN regexp_full_match({value}, '[-+]?[0-9]+([.][0-9]*)?([eE][-+]?[0-9]{{1,3}})?') THEN {value} END"


def strict_date(value: str) -> str:
    """SQL: the cell where it has no time of day, which a date would lose."""
    return f"CASE WHEN NOT contains({value}, ':') THEN {value} END"


def strict_boolean(value: str) -> str:
    """SQL: the cell where it is one of the four words, null else."""
    return f"CASE WHEN lower({value}) IN ('true', 'false', '是', '否') THEN {value} END"


def cast(verdict: Verdict, cell: str) -> str:
    """SQL: a cell in the column's type; what is blank or NaN becomes null, nothing else may.

    The plain cast comes first and the trimmed forms only where it fails: trimming costs more than all the rest.
    """
    value = trimmed(cell)
    if verdict.type == "boolean":
        return f"regexp_full_match(nullif({value}, ''), '(?i:true)|是')"  # IN lists make wide tables slow to plan
    if verdict.order:
        return f"CAST({as_american(value) if verdict.order == 'mdy' else as_european(value)} AS {verdict.sql_type})"
    if verdict.type == "date":
        return f"coalesce(TRY_CAST({cell} AS DATE), {as_date(value)})"
    if verdict.type == "time":
        return as_time(value)
    if verdict.sql_type == "TIMESTAMP":
        return f"coalesce({as_timestamp(value)}, CAST({as_date(value)} AS TIMESTAMP))"
    if verdict.type == "float":
        return f"CASE WHEN lower({value}) <> 'nan' THEN TRY_CAST({value} AS DOUBLE) END"
    return f"coalesce(TRY_CAST({cell} AS {verdict.sql_type}), TRY_CAST({value} AS {verdict.sql_type}))"
