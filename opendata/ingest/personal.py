"""Looks for personal data in every cell of a typed table, so that nobody opens it without a decision (Art. 26, 36).

Cheap first: one pattern passes over every text (over every different text, where they are few), and only what it lets
through is judged by number, date and checksum. A column is reported for a kind when enough of what looks like that
kind is of that kind: a tenth of all long numbers pass the check of bank cards by chance, and an eleventh of the case
numbers made of a district, a day and a serial number pass that of identity numbers. So:

- identity numbers: at least half of the 18-digit numbers with a province and a date of birth have the right check
  character, or more of them than chance explains by four standard deviations; the 15-digit form has no check
  character and is told by province and date in half of all 15-digit numbers, three at least, or by the words beside it;
- bank cards: numbers of Chinese issuers that pass the check, more than one in a thousand of the long numbers; those of
  Visa, Mastercard and JCB only where half of all 16-digit numbers are such, or where the words beside them say so;
- telephones: half of all 11-digit numbers are mobiles; landlines with their area code set apart; undivided and local
  numbers only where the column's name says so or nearly every cell is one;
- passports: only where the column's name or the cell says so, or where half of the cells are such and no dates;
- plates, e-mail: any;
- names with addresses: a column of which four fifths are names (three fifths where its name says so), beside a column
  of which a third are addresses.

A report shows masked examples only. It is a question to a person, not a verdict: an office's telephone is reported too.
"""

# ruff: noqa: S608 — names in the SQL are our own or quoted, values pass `literal`

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from . import detectors
from .detectors import any_of
from .quoting import literal
from .reading import ColumnProfile

EXAMPLES = 3
SIGMA = 4
PROBED_ROWS = 10_000
COLUMNS_PER_QUERY = 50

_HINTS: Mapping[str, re.Pattern[str]] = {
    "identity_number": re.compile(r"身份证|证件号|公民身份|id_?card|identity", re.IGNORECASE),
    "bank_card": re.compile(r"银行卡|卡号|账号|帐号|账户|bank|card|account", re.IGNORECASE),
    "telephone": re.compile(r"电话|手机|传真|联系方式|热线|phone|mobile|\btel\b|fax", re.IGNORECASE),
    "passport": re.compile(r"护照|通行证|证件|passport", re.IGNORECASE),
    "name": re.compile(r"姓名|名字|联系人|负责人|法人|户主|申请人|当事人|经办人|name", re.IGNORECASE),
    "address": re.compile(r"地址|住址|住所|address", re.IGNORECASE),
}
# The same words inside a cell; they are looked for in capital letters.
_BESIDE = {
    "identity_number": "身份证|证件号",
    "bank_card": "卡号|银行卡|账号|帐号|CARD",
    "passport": "护照|通行证|PASSPORT",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows are found, and the SQL of a row's number from 0."""

    table: str
    row: str


def of_parquet(path: Path) -> Source:
    """The rows of a Parquet file."""
    return Source(f"read_parquet({literal(str(path))}, file_row_number = true)", "file_row_number")


@dataclass(frozen=True, slots=True)
class Column:
    """A column under scrutiny: its profile, its SQL, the values (x, n) to look at, how many cells are filled."""

    profile: ColumnProfile
    ref: str
    values: str
    filled: int

    def says(self, what: str) -> bool:
        """Whether the column's name or label says that it holds this."""
        return bool(_HINTS[what].search(f"{self.profile.name} {self.profile.label}"))


def scan(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    columns: Sequence[ColumnProfile],
    refs: Sequence[str],
    rows: int,
    *,
    counted: Mapping[int, str],
    line_of: Callable[[int], int],
) -> None:
    """Fill `personal` of the columns; `counted` are tables (x, n) of the values of some columns, by their place."""
    looked_at: list[Column] = []
    for at, (profile, ref) in enumerate(zip(columns, refs, strict=True)):
        if profile.nulls < rows and _worth_it(profile):
            occurring = f"(SELECT {ref} AS x, 1 AS n FROM {source.table} WHERE {ref} IS NOT NULL)"
            looked_at.append(Column(profile, ref, counted.get(at, occurring), rows - profile.nulls))
    for column in _suspected(connection, source, looked_at, set(counted.values())):
        _numbers(connection, source, column, line_of)
    # Where even the last text in order begins before all Han characters, there are neither names nor addresses.
    texts = [one for one in looked_at if one.profile.type == "text" and (one.profile.max or "") >= "一"]
    _names_with_addresses(connection, source, texts, rows, line_of)


def _suspected(
    connection: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Column], counted: set[str]
) -> list[Column]:
    """The columns that hold a suspicious cell at all, most of them told in one pass."""
    found = {
        one.ref
        for one in columns
        if one.values in counted
        and connection.execute(f"SELECT 1 FROM {one.values} WHERE {_suspicious(one, 'x')} LIMIT 1").fetchone()
    }
    rest = [one for one in columns if one.values not in counted]
    for first in range(0, len(rest), COLUMNS_PER_QUERY):
        some = rest[first : first + COLUMNS_PER_QUERY]
        wanted = ", ".join(f"bool_or({_suspicious(one, one.ref)})" for one in some)
        row = connection.execute(f"SELECT {wanted} FROM {source.table}").fetchone() or ()
        found |= {one.ref for one, suspicious in zip(some, row, strict=True) if suspicious}
    return [one for one in columns if one.ref in found]


def _suspicious(column: Column, value: str) -> str:
    """SQL: whether a cell is worth a closer look; where the column's name says telephone, local numbers are."""
    text = f"CAST({value} AS VARCHAR)" if column.profile.type == "integer" else value
    local = f" OR regexp_full_match({text}, '{detectors.LOCAL_NUMBER}')" if column.says("telephone") else ""
    return f"({detectors.suspect(text)}{local})"


def _worth_it(profile: ColumnProfile) -> bool:
    """Texts are looked at, and whole numbers that can be mobile numbers; nothing else holds what is looked for."""
    if profile.type in {"text", "json"}:
        return True
    return profile.type == "integer" and profile.max is not None and int(profile.max) >= 13_000_000_000


def _numbers(
    connection: duckdb.DuckDBPyConnection, source: Source, column: Column, line_of: Callable[[int], int]
) -> None:
    """Look for numbers and e-mail among the suspicious cells of one column."""
    marks = _marks()
    tokens = ", ".join(f"{sql} AS {name}" for name, sql in detectors.TOKENS.items())
    told = ", ".join(f"coalesce({sql}, false) AS {name}" for name, sql in marks.items())
    plain = detectors.normal("CAST(x AS VARCHAR)")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE suspects AS SELECT x, n, t, {told} FROM (SELECT *, {tokens} FROM "
        f"(SELECT x, n, {plain} AS t FROM {column.values} WHERE {_suspicious(column, 'x')}))"
    )
    sums = ", ".join(f"coalesce(sum(n) FILTER (WHERE {name}), 0)" for name in marks)
    row = connection.execute(f"SELECT {sums} FROM suspects").fetchone() or ()
    counts = {name: int(number) for name, number in zip(marks, row, strict=True)}
    for kind, accepted in _verdicts(column, counts).items():
        if accepted:
            _report(connection, source, column, kind, " OR ".join(accepted), line_of)
    connection.execute("DROP TABLE suspects")


def _marks() -> dict[str, str]:
    """SQL: what each suspicious cell looks like, and what it is."""
    identity = f"{detectors.identity_form('d')} AND {detectors.identity_checksum('d')}"
    old = any_of("fifteen", detectors.old_identity("d"))
    no_identity = f"NOT (length(d) = 18 AND {identity})"
    world = any_of("long", "length(d) = 16", detectors.world_card("d"), detectors.luhn("d"))
    beside = {kind: f"regexp_matches(t, '{words}')" for kind, words in _BESIDE.items()}
    whole = f"regexp_full_match(t, '{detectors.PASSPORT}')"
    digits = "regexp_replace(t, '[^0-9]', '', 'g')"
    dated = f"TRY_CAST({digits}[1:4] || '-' || {digits}[5:6] || '-' || {digits}[7:8] AS DATE) IS NOT NULL"
    return {
        "identity_form": any_of("eighteen", detectors.identity_form("d")),
        "identity": any_of("eighteen", identity),
        "fifteen_any": "len(fifteen) > 0",
        "old_identity": old,
        "old_identity_said": f"{old} AND {beside['identity_number']}",
        "long_any": "len(long) > 0",
        "sixteen_any": any_of("long", "length(d) = 16"),
        "chinese_card": any_of("long", detectors.chinese_card("d"), no_identity, detectors.luhn("d")),
        "world_card": world,
        "world_card_said": f"{world} AND {beside['bank_card']}",
        "eleven_any": "len(eleven) > 0",
        "mobile": any_of("eleven", detectors.mobile("d")),
        "undivided": f"regexp_matches(t, '{detectors.LANDLINE}') OR regexp_full_match(t, '{detectors.LOCAL_NUMBER}')",
        "landline": f"regexp_matches(t, '{detectors.PARTED_LANDLINE}')",
        "plate": detectors.is_plate("t"),
        "passport_whole": whole,
        "passport_dated": f"CASE WHEN {whole} THEN {dated} END",
        "passport": f"regexp_matches(t, '{detectors.PASSPORT}')",
        "passport_said": f"regexp_matches(t, '{detectors.PASSPORT}') AND {beside['passport']}",
        "email": f"regexp_matches(t, '{detectors.EMAIL}')",
    }


def beyond_chance(hits: int, looks: int, chance: float) -> bool:
    """Whether more of the look-alikes are hits than chance explains, by four standard deviations."""
    return hits > looks * chance + SIGMA * math.sqrt(looks * chance * (1 - chance))


def _verdicts(column: Column, counts: Mapping[str, int]) -> dict[str, list[str]]:
    """By kind, which marks count as hits in this column; no marks, no report. The rules stand in the module's words."""

    def half(hits: str, looks: str) -> bool:
        return 0 < counts[looks] <= 2 * counts[hits]

    said = column.says
    rules: dict[str, dict[str, bool]] = {
        "identity_number": {
            "identity": said("identity_number")
            or half("identity", "identity_form")
            or beyond_chance(counts["identity"], counts["identity_form"], 1 / 11),
            "old_identity": half("old_identity", "fifteen_any")
            and (said("identity_number") or counts["old_identity"] >= 3),
            "old_identity_said": True,
        },
        "bank_card": {
            "chinese_card": said("bank_card")
            or half("chinese_card", "long_any")
            or beyond_chance(counts["chinese_card"], counts["long_any"], 0.001),
            "world_card": said("bank_card") or (half("world_card", "sixteen_any") and counts["world_card"] >= 3),
            "world_card_said": True,
        },
        "mobile": {
            "mobile": said("telephone")
            or (
                counts["mobile"] >= 0.9 * column.filled
                if column.profile.type == "integer"
                else half("mobile", "eleven_any")
            )
        },
        "landline": {"landline": True, "undivided": said("telephone") or counts["undivided"] >= 0.9 * column.filled},
        "plate": {"plate": True},
        "passport": {
            "passport": said("passport")
            or (counts["passport_whole"] * 2 >= column.filled > 0 and not half("passport_dated", "passport_whole")),
            "passport_said": True,
        },
        "email": {"email": True},
    }
    return {
        kind: [mark for mark, accepted in marks.items() if accepted and counts[mark]] for kind, marks in rules.items()
    }


def _report(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    column: Column,
    kind: str,
    mark: str,
    line_of: Callable[[int], int],
) -> None:
    hits = connection.execute(f"SELECT sum(n) FROM suspects WHERE {mark}").fetchone()
    first = connection.execute(
        f"SELECT min({source.row}) FROM {source.table} WHERE {column.ref} IN (SELECT x FROM suspects WHERE {mark})"
    ).fetchone()
    shown = connection.execute(f"SELECT t FROM suspects WHERE {mark} ORDER BY n DESC, x LIMIT {EXAMPLES}").fetchall()
    _add(
        column, kind, int(hits[0]) if hits else 0, line_of(int(first[0])) if first else 0,
        [masked(kind, text) for (text,) in shown],
    )  # fmt: skip


def _add(column: Column, kind: str, hits: int, first_line: int, examples: list[str]) -> None:
    column.profile.personal.append(
        {
            "kind": kind,
            "hits": hits,
            "share": round(hits / column.filled, 4),
            "first_line": first_line,
            "examples": list(dict.fromkeys(examples)),
        }
    )


# What is masked of a cell, and how many characters stay readable before and behind. A cell may be a whole sentence:
# only the number is shown of it.
_SHOWN: Mapping[str, tuple[str, int, int]] = {
    "identity_number": (r"(?:\d[ -]?){14,17}[\dX]", 3, 2),
    "bank_card": (r"(?:\d[ -]?){15,18}\d", 4, 2),
    "mobile": (r"1(?:\d[ -]?){9}\d", 3, 2),
    "landline": (r"0\d{2,3}[) -]*\d{7,8}|[2-8]\d{6,7}", 3, 2),
    "plate": (f"[{detectors.PLATE_LETTERS}][A-Z][ ·•.-]?[A-Z0-9]{{4,5}}[A-Z0-9挂学警港澳]", 2, 1),
    "passport": (r"[A-Z]{1,2}\d{7,8}", 1, 2),
    "email": (r"[A-Z0-9._%+-]+@[A-Z0-9.-]+", 1, 0),
}


def masked(kind: str, text: str) -> str:
    """The number in a cell with its middle hidden; never the whole of it, nor the words around it."""
    pattern, before, behind = _SHOWN[kind]
    found = re.search(pattern, text)
    token = found[0] if found else text
    if kind == "email":
        name, _, host = token.lower().partition("@")
        return f"{name[:1]}***@{host}"
    hidden = max(3, len(token) - before - behind)
    return token[:before] + "*" * hidden + (token[-behind:] if len(token) > before + behind else "")


def _names_with_addresses(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    columns: Sequence[Column],
    rows: int,
    line_of: Callable[[int], int],
) -> None:
    """Report columns of personal names that stand beside a column of addresses, and that column too."""
    shares = _shares(connection, source, columns, rows)
    names = [one for one in columns if shares[one.ref][0] >= (0.6 if one.says("name") else 0.8)]
    addresses = [
        one for one in columns if one not in names and shares[one.ref][1] >= (0.1 if one.says("address") else 0.33)
    ]
    reported: set[str] = set()
    for name in names:
        for address in addresses:
            found = connection.execute(
                f"SELECT count(*), min({source.row}) FROM {source.table} "
                f"WHERE {detectors.is_name(name.ref)} AND {detectors.is_address(address.ref)}"
            ).fetchone()
            if not found or not found[0]:
                continue
            shown = connection.execute(
                f"SELECT {name.ref} FROM {source.table} WHERE {detectors.is_name(name.ref)} LIMIT {EXAMPLES}"
            ).fetchall()
            for column, examples in ((name, [text.strip()[0] + "**" for (text,) in shown]), (address, [])):
                if column.ref not in reported:
                    reported.add(column.ref)
                    _add(column, "name_with_address", int(found[0]), line_of(int(found[1])), examples)


def _shares(
    connection: duckdb.DuckDBPyConnection, source: Source, columns: Sequence[Column], rows: int
) -> dict[str, tuple[float, float]]:
    """The shares of names and of addresses among the filled cells of each column.

    They are told from ten thousand rows, taken evenly from the whole table, so that what comes late counts like what
    comes early; hits are counted over all rows afterwards.
    """
    shares: dict[str, tuple[float, float]] = {}
    every = f"WHERE {source.row} % {max(1, rows // PROBED_ROWS)} = 0"
    for first in range(0, len(columns), COLUMNS_PER_QUERY):
        some = columns[first : first + COLUMNS_PER_QUERY]
        wanted = ", ".join(
            f"count({one.ref}), count(*) FILTER (WHERE {detectors.is_name(one.ref)}), "
            f"count(*) FILTER (WHERE {detectors.is_address(one.ref)})"
            for one in some
        )
        row = connection.execute(f"SELECT {wanted} FROM {source.table} {every}").fetchone() or ()
        for at, one in enumerate(some):
            filled, names, addresses = row[3 * at : 3 * at + 3]
            shares[one.ref] = (names / filled, addresses / filled) if filled else (0.0, 0.0)
    return shares
