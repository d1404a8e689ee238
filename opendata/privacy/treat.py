"""What a plan makes of a cell, as SQL for DuckDB. Columns go by position (`c0` …): no name from outside reaches SQL."""

from __future__ import annotations

from opendata.privacy.plan import AGGREGATE, Plan, Treatment

# Region codes have six digits (GB/T 2260), nine (GB/T 10114) or twelve (statistics); four name the prefecture.
REGION_CODE = "^[0-9]{6}([0-9]{3})?([0-9]{3})?$"
PSEUDONYM = 24


def cell(one: Treatment) -> str:
    """Returns the expression of a treated cell; a missing value stays missing.

    A value that a treatment cannot read, such as a region code that is none, comes out as missing: never as it was.
    """
    column = f"c{one.place}"
    if one.deed == "mask":
        return _mask(f"CAST({column} AS VARCHAR)", one.first, one.last)
    if one.deed == "range":
        return _range(column, one.width)
    if one.deed == "month":
        return f"strftime({column}, '%Y-%m')"
    if one.deed == "quarter":
        return f"strftime({column}, '%Y') || '-Q' || quarter({column})"
    if one.deed == "year":
        return f"strftime({column}, '%Y')"
    if one.deed == "prefecture":
        return f"CASE WHEN regexp_matches({column}, '{REGION_CODE}') THEN left({column}, 4) || '00' END"
    if one.deed == "prefix":
        return f"left_grapheme({column}, {one.first})"
    if one.deed == "pseudonymise":
        return _pseudonym(column, one.place)
    return column


def _mask(text: str, first: int, last: int) -> str:
    """Leaves the first and the last characters, as readers count them, and writes a star for each one between.

    A value so short that nothing would be hidden is hidden whole.
    """
    stars = f"repeat('*', length_grapheme({text}) - {first + last})"
    ends = f"left_grapheme({text}, {first}) || {stars} || right_grapheme({text}, {last})"
    whole = f"repeat('*', length_grapheme({text}))"
    return f"CASE WHEN length_grapheme({text}) > {first + last} THEN {ends} ELSE {whole} END"


def _range(column: str, width: int) -> str:
    """Names the half-open range a number falls in, `[20, 30)`; in whole numbers, so that no bound is ever rounded.

    Numbers that are not finite, or beyond 38 digits, come out as missing.
    """
    whole = f"TRY_CAST(floor({column}) AS HUGEINT)"
    low = f"({whole} - ((({whole} % {width}) + {width}) % {width}))"
    return f"'[' || CAST({low} AS VARCHAR) || ', ' || CAST({low} + {width} AS VARCHAR) || ')'"


def _pseudonym(column: str, place: int) -> str:
    """Gives equal values of one column an equal mark by HMAC-like nested SHA-256 (RFC 2104) under the run's own key.

    The key is made for one run and never kept, so nobody can compute a mark from a value later. It is no
    anonymisation all the same: rows of one person still hang together.
    """
    key = f"getvariable('key') || '{place}:'"
    inner = f"sha256({key} || CAST({column} AS VARCHAR))"
    return f"left(sha256({key} || 'outer:' || {inner}), {PSEUDONYM})"


def treated(plan: Plan) -> str:
    """Returns the select list of the treated table: `t<place>` for each column that stays.

    Columns to be summed up are taken over as they are; their sums are made from groups.
    """
    return ", ".join(f"{cell(one)} AS t{one.place}" for one in plan.staying)


def grouped(plan: Plan) -> tuple[str, str]:
    """Returns the select list and the grouping of a plan that groups rows; the number of rows comes last."""
    keys = [f"t{place}" for place in plan.staying_places(plan.quasi)]
    shown = [
        f"{'sum' if one.deed == 'sum' else 'avg'}(t{one.place}) AS t{one.place}"
        if one.deed in AGGREGATE
        else f"t{one.place}"
        for one in plan.staying
    ]
    return ", ".join([*shown, "count(*) AS n"]), f"GROUP BY {', '.join(keys)}" if keys else ""
