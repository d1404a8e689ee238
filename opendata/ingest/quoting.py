"""Quotes what goes into SQL: text literals and names. Standard library only."""

from __future__ import annotations


def literal(value: str) -> str:
    """SQL: a text literal."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """SQL: a quoted name."""
    return '"' + name.replace('"', '""') + '"'
