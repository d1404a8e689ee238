"""Rows of one table: a small query tree, its grammars, its compilation to SQL, and the locked engine that runs it.

Pure Python over Parquet paths and columns: no models, no requests. The way through it:

    columns = columns_from_profile(version.columns)
    scope = scope_from_json(grant.columns, grant.row_filter, columns)
    query = query_from_string(pairs, columns, scope=scope)
    table = Table.of(open_source(path), columns, scope)
    page = shared(EngineConfig.of(root)).rows(table, query, Seal(key, version_id))
    body = dumps({"rows": list(records(page.columns, page.rows)), "next": page.next_cursor})
"""

from opendata.rows.cells import Table
from opendata.rows.engine import Engine, EngineConfig, Page, Seal, shared
from opendata.rows.errors import CursorError, DeadlineExceeded, EngineBusy, QueryError, QueryTooHeavy, TableError
from opendata.rows.grammar import condition_from_json, parse_body, query_from_json, query_from_string, scope_from_json
from opendata.rows.openapi import fragment
from opendata.rows.present import columns_json, csv_page, dumps, ndjson, records
from opendata.rows.schema import Column, ColumnType, columns_from_profile
from opendata.rows.source import Source, open_source
from opendata.rows.tree import EVERYTHING, MAX_LIMIT, Count, Query, Scope, query_hash

__all__ = [
    "EVERYTHING",
    "MAX_LIMIT",
    "Column",
    "ColumnType",
    "Count",
    "CursorError",
    "DeadlineExceeded",
    "Engine",
    "EngineBusy",
    "EngineConfig",
    "Page",
    "Query",
    "QueryError",
    "QueryTooHeavy",
    "Scope",
    "Seal",
    "Source",
    "Table",
    "TableError",
    "columns_from_profile",
    "columns_json",
    "condition_from_json",
    "csv_page",
    "dumps",
    "fragment",
    "ndjson",
    "open_source",
    "parse_body",
    "query_from_json",
    "query_from_string",
    "query_hash",
    "records",
    "scope_from_json",
    "shared",
]
