"""Search over the public catalogue: what is indexed, and how a person's words are looked up."""

from __future__ import annotations

from django.db import connection
from django.db.models import F, FloatField, QuerySet
from django.db.models.expressions import Func, RawSQL

from catalogue.models import Entry, EntryVersion
from catalogue.segment import query_literal, vector_literal
from portal.law import RULES


def document(version: EntryVersion) -> str:
    """Returns the tsvector literal of a version: title first, then elements and keywords, provider, abstract."""
    elements = " ".join(f"{element.name} {element.meaning}" for element in version.elements.all())
    provider = version.entry.provider
    domain = RULES.label("domain", version.domain)
    return vector_literal(
        [
            (f"{version.title} {version.title_en}", "A", True),
            (f"{version.keywords} {domain.zh} {domain.en}", "B", True),
            (elements, "B", False),
            (f"{provider.name} {provider.name_en} {version.entry.code}", "C", True),
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


def find(entries: QuerySet[Entry], words: str) -> QuerySet[Entry]:
    """Returns the entries that hold all the words, best first; `rank` says how well they match."""
    literal = query_literal(words)
    if not literal:
        return entries.none() if words.strip() else entries
    query = RawSQL("%s::tsquery", [literal])
    rank = Func(F("search"), query, function="ts_rank_cd", output_field=FloatField())
    return entries.filter(search=query).annotate(rank=rank).order_by("-rank", "-first_published_at", "code")
