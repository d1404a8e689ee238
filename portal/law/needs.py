"""Rows of needs."""

from portal.law.terms import Need

NEEDS: tuple[Need, ...] = ()
