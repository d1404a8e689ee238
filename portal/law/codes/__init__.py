"""The code lists: names instead of bare numbers, because national and local number codes collide."""

from portal.law.codes.cases import CASE_LISTS
from portal.law.codes.entries import ENTRY_LISTS
from portal.law.codes.places import PLACE_LISTS
from portal.law.terms import CodeList

CODE_LISTS: tuple[CodeList, ...] = (*ENTRY_LISTS, *PLACE_LISTS, *CASE_LISTS)
