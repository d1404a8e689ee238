"""Reference rows that every installation needs: the jurisdictions and the days of the shipped calendar."""

from __future__ import annotations

from django.db import transaction

from portal.accounts.models import Jurisdiction
from portal.law import RULES
from portal.law.calendar import SHIPPED
from portal.workflow.models import CalendarDay

ROOT, XPCC = "650000", "XPCC"


def _place(code: str) -> tuple[str, str | None]:
    """Returns level and parent: cities governed directly (6590..) belong to the XPCC's divisions (LAW.md §3)."""
    if code == ROOT:
        return "region", None
    if code == XPCC:
        return "xpcc", ROOT
    if code.startswith("6590"):
        return "division", XPCC
    return "prefecture", ROOT


@transaction.atomic
def reference_load() -> dict[str, int]:
    """Writes jurisdictions and shipped calendar days that are missing; rows the authority changed stay as they are."""
    codes = RULES.codes("region").items
    for position, code in enumerate(sorted(codes, key=lambda c: (_place(c.value)[0] == "division", c.value == XPCC))):
        level, parent = _place(code.value)
        Jurisdiction.objects.get_or_create(
            code=code.value,
            defaults={
                "name": code.label.zh,
                "name_en": code.label.en,
                "level": level,
                "parent_id": parent,
                "position": position,
            },
        )
    for row in SHIPPED.days:
        CalendarDay.objects.get_or_create(
            day=row.day,
            scope=row.scope,
            defaults={"off": row.off, "name": row.name.zh, "name_en": row.name.en, "source": row.source.zh},
        )
    return {"jurisdictions": Jurisdiction.objects.count(), "days": CalendarDay.objects.count()}
