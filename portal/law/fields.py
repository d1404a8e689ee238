"""Rows of fields."""

from portal.law.terms import Field

FIELDS: tuple[Field, ...] = ()
