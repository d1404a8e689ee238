"""Finds one resource for drawing rows: what `visible_to` lets be seen, with all that a permit is decided by.

Rows are asked for many times a second, and to build this query by the ORM takes longer than to run it. So its SQL is
made once, by the ORM from `visible_to` itself, and run with the id that is asked for. Officials, whose view depends on
who they are, go the usual way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.http import Http404

from catalogue.models import Entry, EntryVersion
from opendata.models import Resource, ResourceVersion
from portal.accounts.actors import Actor
from portal.accounts.models import Department

# The long texts and profiles stay where they are; Django fetches one that is asked for after all.
_FIELDS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "": (Resource, ("id", "entry_id", "title", "title_en", "current_id")),
    "entry__": (Entry, ("id", "code", "provider_id", "availability", "published_id")),
    "entry__provider__": (Department, ("id", "name", "name_en")),
    "entry__published__": (EntryVersion, ("id", "title", "title_en", "open_class", "state")),
    "current__": (
        ResourceVersion,
        ("id", "resource_id", "number", "rows", "state", "parquet_id", "serving_id", "published_at"),
    ),
}
# Model.from_db takes values in the order in which the model declares its fields.
_FIELDS = {
    prefix: (model, tuple(one.attname for one in model._meta.concrete_fields if one.attname in names))
    for prefix, (model, names) in _FIELDS.items()
}
_PATHS = [prefix + name for prefix, (_model, names) in _FIELDS.items() for name in names]
_ANY = UUID(int=0)


def resource_for_rows(actor: Actor, pk: UUID) -> Resource:
    """Returns the visible resource with its entry, provider and version. Raises Http404."""
    if actor.kind == "user":
        found = Resource.objects.all().visible_to(actor).filter(pk=pk).values_list(*_PATHS).first()
    else:
        sql, parameters = _sql_for_visitors()
        with connection.cursor() as cursor:
            cursor.execute(sql, [pk if one == _ANY else one for one in parameters])
            found = cursor.fetchone()
    if found is None:
        raise Http404
    return _made(found)


@lru_cache(maxsize=1)
def _sql_for_visitors() -> tuple[str, tuple[Any, ...]]:
    found = Resource.objects.all().visible_to(Actor.visitor()).filter(pk=_ANY).order_by().values_list(*_PATHS)
    sql, parameters = found.query.sql_with_params()
    return sql, tuple(parameters)


def _made(values: tuple[Any, ...]) -> Resource:
    """Puts the models together from one row."""
    made: dict[str, Any] = {}
    begin = 0
    for prefix, (model, names) in _FIELDS.items():
        part = values[begin : begin + len(names)]
        begin += len(names)
        made[prefix] = None if part[0] is None else model.from_db(connection.alias, names, part)
    resource: Resource = made[""]
    resource.entry = made["entry__"]
    resource.current = made["current__"]
    resource.entry.provider = made["entry__provider__"]
    resource.entry.published = made["entry__published__"]
    return resource
