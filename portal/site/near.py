"""Near matches for a search that found nothing: entries that hold some of the words, or the words without filters."""

from __future__ import annotations

from django.contrib.postgres.search import SearchRank
from django.db.models import F

from catalogue.querysets import EntryQuerySet
from catalogue.search import FinishedQuery
from catalogue.segment import LONGEST, LONGEST_QUERY, MOST_TERMS, bigrams, fold, quoted, runs

SHORTEST = 3  # letters of a word that stay when its end is cut off, so that a slip of the pen still finds


def any_literal(words: str) -> str:
    """Returns a tsquery literal that meets any part of the words: pairs of characters, or beginnings of words."""
    terms: list[str] = []
    for is_han, run in runs(fold(words[:LONGEST_QUERY])):
        if is_han:
            terms += [quoted(pair) for pair in bigrams(run)]
        else:
            terms.append(f"{quoted(run[: max(SHORTEST, len(run) - 2)][:LONGEST])}:*")
    return " | ".join(dict.fromkeys(terms[:MOST_TERMS]))


def near(entries: EntryQuerySet, words: str, most: int) -> EntryQuerySet:
    """Returns the few entries that hold some part of the words, those that hold the most of it first."""
    literal = any_literal(words)
    if not literal:
        return entries.none()
    query = FinishedQuery(literal)
    ranked = entries.filter(search=query).annotate(near=SearchRank(F("search"), query))
    return ranked.order_by("-near", "-first_published_at", "code")[:most]
