"""Whole tables as files: CSV, XLSX, JSON, NDJSON, Parquet, GeoJSON. Pure Python over a Parquet path and columns.

export(parquet_path, columns, "csv", out_path, bom=True)
"""

from opendata.exports.export import (
    EXTENSIONS,
    FORMATS,
    MEDIA_TYPES,
    Exported,
    ExportRefused,
    Format,
    export,
    formats_for,
)
from opendata.exports.xlsx import SHEET_ROWS

__all__ = [
    "EXTENSIONS",
    "FORMATS",
    "MEDIA_TYPES",
    "SHEET_ROWS",
    "ExportRefused",
    "Exported",
    "Format",
    "export",
    "formats_for",
]
