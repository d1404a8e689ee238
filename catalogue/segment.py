"""Segmentation for search: words and bigrams, pinyin, traditional→simplified, full-width→half-width, no accents.

PostgreSQL's own parsers take an unspaced Chinese title as one word; so the portal makes the lexemes itself and hands
PostgreSQL finished tsvector and tsquery literals. Pure functions: same text, same lexemes, on every machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

import rjieba
from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff〇]+")
WORD = re.compile(r"[^\W_]+", re.UNICODE)
ACCENT = re.compile(r"[\u0300-\u036f]")
LONGEST = 60
LONGEST_TEXT = 20_000
LONGEST_QUERY = 200
MOST_TERMS = 24


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def fold(text: str) -> str:
    """Returns the text in half-width, lower-case, simplified characters; Ürümqi is written like urumqi."""
    plain = ACCENT.sub("", unicodedata.normalize("NFKD", text.lower()))
    return str(_simplifier().convert(unicodedata.normalize("NFKC", plain)))


def runs(text: str) -> Iterable[tuple[bool, str]]:
    """Yields the runs of a folded text: (is Chinese, run)."""
    for match in WORD.finditer(text):
        word, last = match.group(), 0
        for han in HAN.finditer(word):
            if han.start() > last:
                yield False, word[last : han.start()]
            yield True, han.group()
            last = han.end()
        if last < len(word):
            yield False, word[last:]


def bigrams(run: str) -> list[str]:
    """Returns the overlapping pairs of characters, or the single character."""
    return ["".join(pair) for pair in pairwise(run)] or [run]


def lexemes(text: str, *, pinyin: bool = False) -> list[str]:
    """Returns what a text is found by: its words, bigrams, single characters and, on request, pinyin and initials."""
    found: list[str] = []
    for is_han, run in runs(fold(text)):
        if not is_han:
            found.append(run[:LONGEST])
            continue
        words = rjieba.cut_for_search(run)
        found += [word[:LONGEST] for word in words] + bigrams(run) + list(run)
        if pinyin:
            for word in [run, *words]:
                found.append("".join(lazy_pinyin(word))[:LONGEST])
                found.append("".join(lazy_pinyin(word, style=Style.FIRST_LETTER))[:LONGEST])
    return found


def quoted(lexeme: str) -> str:
    """Returns the lexeme as PostgreSQL writes it in a literal."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def vector_literal(parts: Iterable[tuple[str, str, bool]]) -> str:
    """Returns a tsvector literal from (text, weight A–D, with pinyin) parts; positions follow the order.

    Each part is read up to LONGEST_TEXT characters: PostgreSQL refuses a tsvector over 1 MB, and nothing that is
    published may fail for being long.
    """
    places: dict[str, list[str]] = {}
    position = 0
    for text, weight, pinyin in parts:
        for lexeme in lexemes(text[:LONGEST_TEXT], pinyin=pinyin):
            position = min(position + 1, 16383)
            found = places.setdefault(lexeme, [])
            if len(found) < 8:
                found.append(f"{position}{weight}")
    return " ".join(f"{quoted(lexeme)}:{','.join(found)}" for lexeme, found in places.items())


def query_literal(words: str) -> str:
    """Returns a tsquery literal in which every word must be met, or "" where nothing can be looked for.

    A Chinese run is met by its bigrams, so parts of words are found; anything else by its beginning, so typing helps.
    """
    terms: list[str] = []
    for is_han, run in runs(fold(words[:LONGEST_QUERY])):
        if is_han:
            terms.append(" & ".join(quoted(pair) for pair in bigrams(run)))
        else:
            terms.append(f"{quoted(run[:LONGEST])}:*")
    return " & ".join(f"({term})" for term in terms[:MOST_TERMS])
