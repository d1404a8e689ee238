"""Rows of roles."""

from portal.law.terms import RoleRow

ROLES: tuple[RoleRow, ...] = ()
