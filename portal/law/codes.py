"""Rows of codes."""

from portal.law.terms import CodeList

CODE_LISTS: tuple[CodeList, ...] = ()
