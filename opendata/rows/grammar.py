"""The two ways to write a query, read into the one tree: a query string, and a JSON body.

    ?station__exact=…&day__gte=2026-01-01&sort=-pm25,day&select=station,pm25&limit=100&count=exact
    ?group_by=region&aggregates=count,avg:pm25&sort=-pm25__avg     ?bbox=87.1,43.5,87.9,44.1
    {"select": […], "where": {"and": [{"column": "day", "op": "gte", "value": "2026-01-01"}, {"not": {…}}]},
     "sort": ["-pm25", {"column": "day"}], "limit": 100, "offset": 0, "cursor": "…", "count": "exact", "bbox": […]}
    {"group_by": ["region"], "aggregates": [{"op": "avg", "column": "pm25", "as": "mean"}], "having": {…}, …}

A filter is always ``column__operator=value``. The operator follows the last double underscore, so column names may hold
double underscores, and a column that is called like a setting (``limit``) is met as ``limit__exact``. Whatever is not
understood is refused: a mistyped filter that is passed over would answer with rows that nobody asked for.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from opendata.rows.errors import QueryError
from opendata.rows.figures import (
    MAX_AGGREGATES,
    outputs,
    read_aggregate,
    read_aggregate_term,
    read_box,
    read_group_by,
)
from opendata.rows.reader import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_LIST,
    Reader,
    compare,
    near,
    read_count,
    read_cursor,
    read_limit,
    read_offset,
    read_terms,
    too_many,
    whole,
)
from opendata.rows.schema import Column, shorten, value_from_json, value_from_text
from opendata.rows.tree import (
    DEFAULT_LIMIT,
    EVERYTHING,
    Aggregate,
    And,
    Compare,
    Condition,
    Count,
    Not,
    Op,
    Or,
    Query,
    Scope,
)

MAX_BODY = 256 * 1024
MAX_PARAMETERS = 200
SETTINGS = ("select", "sort", "limit", "offset", "cursor", "count", "group_by", "aggregates", "bbox")
BODY_KEYS = (*SETTINGS, "where", "having")


# --- the query string ----------------------------------------------------------------------------------------------


def _isnull(raw: object, parameter: str) -> bool:
    read = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, str) or raw not in read:
        raise QueryError(_("“isnull” takes true or false."), parameter)
    return read[raw]


def _text_condition(reader: Reader, parameter: str, raw: str) -> Condition:
    name, mark, operator = parameter.rpartition("__")
    if not mark:
        hint = near(parameter, SETTINGS)
        if parameter in reader.columns:
            hint = _("To filter by this column write %(example)s.") % {"example": shorten(f"{parameter}__exact")}
        raise QueryError(
            _("There is no parameter “%(parameter)s”.") % {"parameter": shorten(parameter)}, parameter, hint
        )
    if parameter in reader.columns and name not in reader.columns:
        raise QueryError(
            _("There is no operator after the column “%(column)s”.") % {"column": shorten(parameter)},
            parameter,
            _("To filter by this column write %(example)s.") % {"example": shorten(f"{parameter}__exact")},
        )
    column = reader.column(name, parameter)
    op = reader.operator(column, operator, parameter)
    if op is Op.ISNULL:
        return Compare(column.name, op, _isnull(raw, parameter))
    parts = read_terms(raw, parameter) if op in (Op.IN, Op.RANGE) else [raw]
    if len(parts) > MAX_LIST:
        raise QueryError(_("“in” takes from 1 to %(n)s values.") % {"n": MAX_LIST}, parameter)
    return compare(column, op, [value_from_text(column, part, parameter) for part in parts], parameter)


def query_from_string(
    pairs: Iterable[tuple[str, str]],
    columns: Iterable[Column],
    *,
    scope: Scope = EVERYTHING,
    ignore: Collection[str] = (),
) -> Query:
    """Read a query from the decoded pairs of a query string; all filters must hold.

    ``ignore`` names parameters that belong to the view (``format``). Raises QueryError.
    """
    reader = Reader.of(columns, scope)
    settings: dict[str, str] = {}
    conditions: list[Condition] = []
    for number, (parameter, raw) in enumerate(pairs):
        if number >= MAX_PARAMETERS or len(conditions) > MAX_CONDITIONS:
            too_many()
        if parameter in ignore:
            continue
        if parameter in SETTINGS:
            if parameter in settings:
                raise QueryError(
                    _("The parameter “%(parameter)s” is given twice.") % {"parameter": parameter}, parameter
                )
            settings[parameter] = raw
        else:
            conditions.append(_text_condition(reader, parameter, raw))
    if len(conditions) > MAX_CONDITIONS:
        too_many()
    where: Condition | None = And(tuple(conditions)) if len(conditions) > 1 else None
    if len(conditions) == 1:
        where = conditions[0]
    return _from_settings(reader, settings, where)


def _answer_of(reader: Reader, group_by: Sequence[str], aggregates: Sequence[Aggregate]) -> Reader:
    """Return the reader of the answer's columns: the table's own, or those of the groups."""
    if not group_by and not aggregates:
        return reader
    return Reader({column.name: column for column in outputs(reader.columns, group_by, aggregates)})


def _from_settings(reader: Reader, settings: Mapping[str, str], where: Condition | None) -> Query:
    listed = {name: read_terms(settings[name], name) for name in ("select", "sort", "group_by", "aggregates", "bbox")
              if name in settings}  # fmt: skip
    group_by = read_group_by(reader, listed["group_by"], "group_by") if "group_by" in listed else ()
    aggregates = tuple(read_aggregate_term(reader, term, "aggregates") for term in listed.get("aggregates", ()))
    answer = _answer_of(reader, group_by, aggregates)
    select = reader.select(listed["select"], "select") if "select" in listed else ()
    query = Query(
        select=select,
        where=where,
        sort=answer.sort([answer.sort_term(term) for term in listed.get("sort", ())], "sort"),
        limit=read_limit(settings["limit"], "limit") if "limit" in settings else DEFAULT_LIMIT,
        cursor=read_cursor(settings.get("cursor"), "cursor"),
        count=read_count(settings.get("count", Count.NONE), "count"),
        group_by=group_by,
        aggregates=aggregates,
        offset=read_offset(settings["offset"], "offset") if "offset" in settings else 0,
        box=read_box(reader, listed["bbox"], "bbox") if "bbox" in listed else None,
    )
    return whole(query, len(select) or len(answer.columns) or 1)


# --- the JSON body -------------------------------------------------------------------------------------------------


def _pairs_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise QueryError(_("A name stands twice in one object of the JSON body."), "body")
    return read


def _no_constant(name: str) -> NoReturn:
    raise QueryError(_("%(found)s is not a JSON number.") % {"found": name}, "body")


def parse_body(body: bytes) -> object:
    """Read the bytes of a JSON body exactly: decimals stay decimals, a name may not stand twice. Raises QueryError."""
    if len(body) > MAX_BODY:
        raise QueryError(_("The query is longer than %(n)s bytes.") % {"n": MAX_BODY}, "body")
    try:
        return json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_pairs_once
        )
    except QueryError:
        raise
    except (ValueError, RecursionError) as error:
        raise QueryError(_("The body is not well-formed JSON."), "body") from error


def _keys(raw: object, allowed: Collection[str], parameter: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise QueryError(_("An object in braces is expected here."), parameter)
    for key in raw:
        if key not in allowed:
            raise QueryError(
                _("There is no parameter “%(parameter)s”.") % {"parameter": shorten(key)},
                parameter,
                near(str(key), allowed),
            )
    return raw


def _list(raw: object, parameter: str) -> list[Any]:
    if not isinstance(raw, list):
        raise QueryError(_("A list in square brackets is expected here."), parameter)
    return raw


@dataclass(slots=True)
class _Budget:
    conditions: int = 0


def _json_condition(reader: Reader, raw: object, path: str, depth: int, budget: _Budget) -> Condition:
    if depth > MAX_DEPTH:
        raise QueryError(_("Conditions may be nested at most %(n)s deep.") % {"n": MAX_DEPTH}, "where")
    node = _keys(raw, ("and", "or", "not", "column", "op", "value"), path)
    if len(node) == 1 and "not" in node:
        return Not(_json_condition(reader, node["not"], f"{path}.not", depth + 1, budget))
    for word, kind in (("and", And), ("or", Or)):
        if len(node) == 1 and word in node:
            items = _list(node[word], f"{path}.{word}")
            if not items:
                raise QueryError(_("“%(word)s” needs at least one condition.") % {"word": word}, f"{path}.{word}")
            return kind(
                tuple(
                    _json_condition(reader, item, f"{path}.{word}[{number}]", depth + 1, budget)
                    for number, item in enumerate(items)
                )
            )
    if set(node) != {"column", "op", "value"}:
        raise QueryError(
            _("A condition is one of “and”, “or”, “not”, or “column” with “op” and “value”."),
            path,
            '{"column": "…", "op": "exact", "value": "…"}',
        )
    budget.conditions += 1
    if budget.conditions > MAX_CONDITIONS:
        too_many()
    return _json_compare(reader, node, path)


def _json_compare(reader: Reader, node: Mapping[str, Any], path: str) -> Compare:
    column = reader.column(node["column"], f"{path}.column")
    op = reader.operator(column, node["op"], f"{path}.op")
    raw, place = node["value"], f"{path}.value"
    if op is Op.ISNULL:
        if not isinstance(raw, bool):
            raise QueryError(_("“isnull” takes true or false."), place)
        return Compare(column.name, op, raw)
    items = _list(raw, place) if op in (Op.IN, Op.RANGE) else [raw]
    if len(items) > MAX_LIST:
        raise QueryError(_("“in” takes from 1 to %(n)s values.") % {"n": MAX_LIST}, place)
    if None in items:
        raise QueryError(
            _("null cannot be compared."), place, _("To find cells without a value use the operator “isnull”.")
        )
    return compare(column, op, [value_from_json(column, item, place) for item in items], place)


def _json_sort(reader: Reader, raw: object, path: str) -> tuple[str, bool]:
    if isinstance(raw, str):
        return reader.sort_term(raw)
    node = _keys(raw, ("column", "descending"), path)
    descending = node.get("descending", False)
    if not isinstance(node.get("column"), str) or not isinstance(descending, bool):
        raise QueryError(_("A sort key is a column name, or “column” with “descending” true or false."), path)
    return node["column"], descending


def condition_from_json(
    raw: object, columns: Iterable[Column], *, scope: Scope = EVERYTHING, parameter: str = "where"
) -> Condition:
    """Read one condition, such as a grant's row limit. Raises QueryError."""
    return _json_condition(Reader.of(columns, scope), raw, parameter, 1, _Budget())


def query_from_json(raw: object, columns: Iterable[Column], *, scope: Scope = EVERYTHING) -> Query:
    """Read a query from a decoded JSON body. Raises QueryError whose ``parameter`` is the path in the body."""
    reader = Reader.of(columns, scope)
    body = _keys(raw, BODY_KEYS, "body")
    group_by = read_group_by(reader, _list(body["group_by"], "group_by"), "group_by") if body.get("group_by") else ()
    aggregates = _json_aggregates(reader, _list(body.get("aggregates", []), "aggregates"))
    answer = _answer_of(reader, group_by, aggregates)
    sort = [_json_sort(answer, item, f"sort[{n}]") for n, item in enumerate(_list(body.get("sort", []), "sort"))]
    select = reader.select(_list(body["select"], "select"), "select") if "select" in body else ()
    budget = _Budget()
    where, having = body.get("where"), body.get("having")
    query = Query(
        select=select,
        where=None if where is None else _json_condition(reader, where, "where", 1, budget),
        sort=answer.sort(sort, "sort"),
        limit=read_limit(body.get("limit", DEFAULT_LIMIT), "limit"),
        cursor=read_cursor(body.get("cursor"), "cursor"),
        count=read_count(body.get("count", Count.NONE), "count"),
        group_by=group_by,
        aggregates=aggregates,
        having=None if having is None else _json_condition(answer, having, "having", 1, budget),
        offset=read_offset(body.get("offset", 0), "offset"),
        box=read_box(reader, _list(body["bbox"], "bbox"), "bbox") if body.get("bbox") is not None else None,
    )
    return whole(query, len(select) or len(answer.columns) or 1)


def _json_aggregates(reader: Reader, items: Sequence[object]) -> tuple[Aggregate, ...]:
    made = []
    for number, item in enumerate(items[: MAX_AGGREGATES + 1]):
        path = f"aggregates[{number}]"
        node = _keys(item, ("op", "column", "as"), path)
        made.append(read_aggregate(reader, node.get("op"), node.get("column"), node.get("as"), path))
    return tuple(made)


def scope_from_json(names: Sequence[str] | None, row_filter: object | None, columns: Sequence[Column]) -> Scope:
    """Read a grant's limits as stored: a list of column names (None: all) and a condition (None: all rows)."""
    condition = None if row_filter is None else condition_from_json(row_filter, columns, parameter="row_filter")
    return Scope(None if names is None else tuple(names), condition)
