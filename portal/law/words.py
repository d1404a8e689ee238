"""Rows of words."""

from portal.law.terms import Word

WORDS: tuple[Word, ...] = ()
