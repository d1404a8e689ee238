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
    codes = sorted(
        RULES.codes("region").items, key=lambda code: (_place(code.value)[0] == "division", code.value == XPCC)
    )
    places = [
        Jurisdiction(
            code=code.value,
            name=code.label.zh,
            name_en=code.label.en,
            level=_place(code.value)[0],
            parent_id=_place(code.value)[1],
            position=position,
        )
        for position, code in enumerate(codes)
    ]
    days = [
        CalendarDay(
            day=row.day,
            scope=row.scope,
            off=row.off,
            name=row.name.zh,
            name_en=row.name.en,
            source=row.source.zh,
        )
        for row in SHIPPED.days
    ]
    Jurisdiction.objects.bulk_create(places, ignore_conflicts=True)
    CalendarDay.objects.bulk_create(days, ignore_conflicts=True)
    return {"jurisdictions": Jurisdiction.objects.count(), "days": CalendarDay.objects.count()}
