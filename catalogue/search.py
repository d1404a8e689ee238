"""Search over the public catalogue: what is indexed, and how a person's words are looked up."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, IntegerField
from django.db.models.functions import Cast

from catalogue.models import Entry, EntryVersion
from catalogue.querysets import EntryQuerySet
from catalogue.segment import query_literal, vector_literal
from portal.law import RULES

RANKED = ("-rank", "-first_published_at", "code")
NEWEST = ("-first_published_at", "code")
RANK_UNIT = 1_000_000
SHORT_FIRST = 1  # ts_rank divides by 1 + log(length): of two equal hits the shorter document stands first


class FinishedQuery(SearchQuery):
    """A tsquery literal that segment.py has already made; PostgreSQL's own parsers do not touch it again."""

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        """Writes the literal as a parameter with its cast."""
        sql, params = compiler.compile(self.get_source_expressions()[-1])
        return f"{sql}::tsquery", params


def document(version: EntryVersion) -> str:
    """Returns the tsvector literal of a version: title first, then keywords and elements, provider, abstract."""
    elements = " ".join(f"{element.name} {element.meaning}" for element in version.elements.all())
    provider, region = version.entry.provider, version.region
    domain = RULES.label("domain", version.domain)
    return vector_literal(
        [
            (f"{version.title} {version.title_en}", "A", True),
            (f"{version.keywords} {version.theme} {domain.zh} {domain.en}", "B", True),
            (elements, "B", False),
            (f"{provider.name} {provider.name_en} {version.entry.code}", "C", True),
            (f"{region.name} {region.name_en}", "C", True),
            (f"{version.abstract} {version.abstract_en}", "D", False),
        ]
    )


def index(entry: Entry) -> None:
    """Writes the entry's search document anew from its published version; an entry without one is not found."""
    version = entry.published
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalogue_entry SET search = %s::tsvector WHERE id = %s",
            [document(version) if version else None, entry.pk],
        )


def find(entries: EntryQuerySet, words: str) -> EntryQuerySet:
    """Returns the entries that hold all the words, best first.

    `rank` says how well they match, in whole millionths, so that a cursor can point between two of them. Words in
    which nothing can be looked for (signs alone) find nothing; no words find everything, newest first.
    """
    literal = query_literal(words)
    if not literal:
        return entries.none() if words.strip() else entries.order_by(*NEWEST)
    query = FinishedQuery(literal)
    rank = Cast(SearchRank(F("search"), query, normalization=SHORT_FIRST) * RANK_UNIT, IntegerField())
    return entries.filter(search=query).annotate(rank=rank).order_by(*RANKED)
