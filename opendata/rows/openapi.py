"""Each resource documents itself: an OpenAPI 3.1 document of its rows and query addresses, made from its columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from opendata.rows.answers import MEDIA_TYPES, RowFormat
from opendata.rows.figures import MAX_AGGREGATES, MAX_GROUP_BY, MAX_NAME
from opendata.rows.reader import MAX_CONDITIONS, MAX_DEPTH, MAX_LIST
from opendata.rows.schema import MAX_TEXT, Column, ColumnType, type_label
from opendata.rows.tree import DEFAULT_LIMIT, MAX_LIMIT, Count, Op, Reduce

_SCHEMAS: dict[ColumnType, dict[str, Any]] = {
    ColumnType.INTEGER: {"type": "integer"},
    ColumnType.DECIMAL: {"type": "number"},
    ColumnType.FLOAT: {"type": "number"},
    ColumnType.BOOLEAN: {"type": "boolean"},
    ColumnType.DATE: {"type": "string", "format": "date"},
    ColumnType.TIME: {"type": "string", "format": "time"},
    ColumnType.TIMESTAMP: {"type": "string", "format": "date-time"},
    ColumnType.TEXT: {"type": "string"},
    ColumnType.GEOMETRY: {"type": "string", "contentMediaType": "application/geo+json"},
    ColumnType.OTHER: {"type": "string"},
}
_EXAMPLES: dict[ColumnType, Any] = {
    ColumnType.INTEGER: 42,
    ColumnType.DECIMAL: 3.5,
    ColumnType.FLOAT: 3.5,
    ColumnType.BOOLEAN: True,
    ColumnType.DATE: "2026-05-01",
    ColumnType.TIME: "08:30:00",
    ColumnType.TIMESTAMP: "2026-05-01T08:30:00",
    ColumnType.TEXT: "示例",
    ColumnType.GEOMETRY: '{"type": "Point", "coordinates": [87.6, 43.8]}',
    ColumnType.OTHER: "示例",
}


def _explained() -> dict[Op, str]:
    return {
        Op.EXACT: _("equal to the value"),
        Op.NE: _("not equal to the value; cells without a value count"),
        Op.IN: _("equal to one of the values, separated by commas"),
        Op.GT: _("greater than the value"),
        Op.GTE: _("greater than or equal to the value"),
        Op.LT: _("less than the value"),
        Op.LTE: _("less than or equal to the value"),
        Op.CONTAINS: _("contains the text, letter for letter"),
        Op.STARTSWITH: _("begins with the text, letter for letter"),
        Op.ISNULL: _("true: cells without a value; false: cells with one"),
        Op.RANGE: _("between two values, both included, separated by a comma"),
    }


def _written(example: object) -> str:
    return str(example).lower() if isinstance(example, bool) else str(example)


def _filter(column: Column, op: Op, explained: str, example: object) -> dict[str, Any]:
    schema = dict(_SCHEMAS[column.type])
    if op is Op.ISNULL:
        schema, example = {"type": "boolean"}, False
    elif op in (Op.IN, Op.RANGE):
        schema, example = {"type": "string"}, ",".join([_written(example)] * 2)
    elif schema["type"] == "string" and "format" not in schema:
        schema["maxLength"] = MAX_TEXT
    return {
        "name": f"{column.name}__{op.value}",
        "in": "query",
        "required": False,
        "description": explained,
        "schema": schema,
        "example": example,
    }


def _settings(columns: Sequence[Column]) -> list[dict[str, Any]]:
    first = columns[0].name if columns else ""
    ordered = next((column.name for column in columns if column.sortable), first)

    def setting(name: str, description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": description, "schema": schema, "example": example}

    return [
        setting("select", _("The columns of the answer, separated by commas."), {"type": "string"}, _term(first)),
        setting(
            "sort",
            _("The columns to sort by, separated by commas; a hyphen before a name means descending."),
            {"type": "string"},
            _term(f"-{ordered}"),
        ),
        setting(
            "limit",
            _("The number of rows of a page."),
            {"type": "integer", "minimum": 0, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            DEFAULT_LIMIT,
        ),
        {
            "name": "cursor",
            "in": "query",
            "description": _("The cursor of the page before; everything else in the query stays the same."),
            "schema": {"type": "string"},
        },
        setting(
            "count",
            _(
                "“exact” also counts all rows or groups that meet the conditions; “estimated” counts them in a sample "
                "where that is quicker. “count_is” in the answer says which it was."
            ),
            {"type": "string", "enum": [count.value for count in Count], "default": Count.NONE.value},
            Count.EXACT.value,
        ),
        setting(
            "offset",
            _("How many rows to pass over before the first page; later pages follow the cursor."),
            {"type": "integer", "minimum": 0, "default": 0},
            0,
        ),
        setting(
            "group_by",
            _("The columns to group by, separated by commas; the answer then has a row for each group."),
            {"type": "string"},
            _term(ordered),
        ),
        setting(
            "aggregates",
            _(
                "Figures of each group, separated by commas: “count”, or one of count, sum, avg, min, max and distinct "
                "with a colon and a column. Such a figure is called column__avg in the answer and in “sort”. Sums of "
                "whole and decimal numbers are exact; their mean is rounded half away from zero, six places beyond "
                "the column's own."
            ),
            {"type": "string"},
            f"count,{_term(f'max:{ordered}')}",
        ),
        setting(
            "format",
            _("The format of the answer; it wins over the header Accept."),
            {"type": "string", "enum": [fmt.value for fmt in RowFormat], "default": RowFormat.JSON.value},
            RowFormat.JSON.value,
        ),
        *_box(columns),
    ]


def _term(name: str) -> str:
    """Write a name as a term of a list; one with a comma or a quote stands in double quotes."""
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name


def _box(columns: Sequence[Column]) -> list[dict[str, Any]]:
    if not any(column.type is ColumnType.GEOMETRY for column in columns):
        return []
    return [
        {
            "name": "bbox",
            "in": "query",
            "description": _(
                "West, south, east and north in degrees: rows whose geometry's bounds meet this box. Where west is the "
                "greater, the box crosses the antimeridian."
            ),
            "schema": {"type": "string"},
            "example": "73.4,34.3,96.4,49.2",
        }
    ]


def _condition(columns: Sequence[Column]) -> dict[str, Any]:
    compare = {
        "type": "object",
        "required": ["column", "op", "value"],
        "additionalProperties": False,
        "properties": {
            "column": {"type": "string", "enum": [column.name for column in columns]},
            "op": {"type": "string", "enum": [op.value for op in Op]},
            "value": {"description": _("A value, or a list of values for “in” and “range”.")},
        },
    }
    own = {"$ref": "#/components/schemas/Condition"}
    several = {"type": "array", "minItems": 1, "items": own}
    words = {"and": several, "or": several, "not": own}
    nested = [
        {"type": "object", "required": [word], "additionalProperties": False, "properties": {word: inner}}
        for word, inner in words.items()
    ]
    return {
        "oneOf": [compare, *nested],
        "description": _(
            "At most %(n)s comparisons, nested at most %(depth)s deep, at most %(values)s values in a list. A "
            "comparison with a cell that holds no value is false."
        )
        % {"n": MAX_CONDITIONS, "depth": MAX_DEPTH, "values": MAX_LIST},
    }


def _body(columns: Sequence[Column]) -> dict[str, Any]:
    names = {"type": "string", "enum": [column.name for column in columns]}
    key = {
        "type": "object",
        "required": ["column"],
        "additionalProperties": False,
        "properties": {"column": names, "descending": {"type": "boolean", "default": False}},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "select": {"type": "array", "minItems": 1, "uniqueItems": True, "items": names},
            "where": {"$ref": "#/components/schemas/Condition"},
            "sort": {"type": "array", "items": {"oneOf": [{"type": "string"}, key]}},
            "limit": {"type": "integer", "minimum": 0, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "offset": {"type": "integer", "minimum": 0},
            "cursor": {"type": ["string", "null"]},
            "count": {"type": "string", "enum": [count.value for count in Count]},
            "group_by": {"type": "array", "maxItems": MAX_GROUP_BY, "uniqueItems": True, "items": names},
            "aggregates": {
                "type": "array",
                "maxItems": MAX_AGGREGATES,
                "items": {"$ref": "#/components/schemas/Figure"},
            },
            "having": {
                "type": "object",
                "description": _("A condition like “where”, on the columns of the answer."),
            },
            "bbox": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
        },
    }


def _figure(columns: Sequence[Column]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["op"],
        "additionalProperties": False,
        "properties": {
            "op": {"type": "string", "enum": [one.value for one in Reduce]},
            "column": {"type": "string", "enum": [column.name for column in columns]},
            "as": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
        },
    }


def _schemas(columns: Sequence[Column]) -> dict[str, Any]:
    cells = {}
    for column in columns:
        schema = dict(_SCHEMAS[column.type])
        cells[column.name] = schema | {"type": [schema["type"], "null"], "description": type_label(column.type)}
    group = {"type": "object", "description": _("One group: the columns grouped by, then the figures.")}
    rows = {"type": "array", "items": {"anyOf": [{"$ref": "#/components/schemas/Row"}, group]}}
    return {
        "Row": {"type": "object", "additionalProperties": False, "properties": cells},
        "Page": {
            "type": "object",
            "required": ["rows", "next"],
            "properties": {
                "resource": {"type": "string", "format": "uuid"},
                "version": {"type": "integer"},
                "columns": {"type": "array", "items": {"type": "object"}},
                "rows": rows,
                "cursor": {"type": ["string", "null"]},
                "next": {"type": ["string", "null"]},
                "count": {"type": ["integer", "null"]},
                "count_is": {"type": ["string", "null"]},
                "citation": {"type": "string"},
            },
        },
        "Figure": _figure(columns),
        "Condition": _condition(columns),
        "Query": _body(columns),
        "Problem": {
            "type": "object",
            "description": _("An error (RFC 9457)."),
            "properties": {name: {"type": "string"} for name in ("type", "title", "detail", "parameter", "hint")}
            | {"status": {"type": "integer"}},
        },
    }


def fragment(
    columns: Sequence[Column], base: str, *, title: str, version: str, examples: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make the OpenAPI 3.1 document of one resource.

    ``base`` is its address (``/api/v1/resources/<uuid>``); ``columns`` are those that the asker may see; ``examples``
    gives one value per column name, by preference a real one from the profile.
    """
    given = dict(examples or {})
    explained = _explained()
    parameters = _settings(columns)
    for column in columns:
        example = given.get(column.name, _EXAMPLES[column.type])
        parameters += [_filter(column, op, explained[op], example) for op in column.operators]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answers = {
        "200": {
            "description": _("One page of rows."),
            "headers": {
                "ETag": {"description": _("Changes with the version and the query."), "schema": {"type": "string"}},
                "Link": {"description": _("The next page, in every format."), "schema": {"type": "string"}},
            },
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}
            | {media: {} for fmt, media in MEDIA_TYPES.items() if fmt is not RowFormat.JSON},
        },
        "304": {"description": _("The answer that you have is still the same.")},
        "406": {"description": _("None of the formats that Accept names is offered."), "content": problem},
        "422": {"description": _("The query is not understood."), "content": problem},
    }
    usable = next((column for column in columns if column.type is not ColumnType.OTHER), None)
    body: dict[str, Any] = {"limit": 10}
    if usable is not None:
        value = given.get(usable.name, _EXAMPLES[usable.type])
        body |= {"where": {"column": usable.name, "op": "exact", "value": value}, "sort": [f"-{usable.name}"]}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Query"}, "example": body}}
    rows = {"operationId": "rows", "summary": _("Rows by a query string"), "parameters": parameters}
    query = {
        "operationId": "query",
        "summary": _("Rows by a JSON query"),
        "requestBody": {"required": True, "content": content},
    }
    root = base.rstrip("/")
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": {
            f"{root}/rows/": {"get": rows | {"responses": answers}},
            f"{root}/query/": {"post": query | {"responses": answers}},
        },
        "components": {"schemas": _schemas(columns)},
    }
