"""The colours of the design tokens keep WCAG 2.2's contrast wherever they meet."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
COLOURS = dict(re.findall(r"--ts-([\w-]+): (#[0-9a-f]{6});", TOKENS.read_text(encoding="utf-8")))

TEXT = 4.5
PART = 3.0
PAIRS = [
    *[(ink, paper, TEXT) for ink in ("ink", "ink-2", "blue", "deep") for paper in ("white", "snow", "mist")],
    ("white", "deep", TEXT),
    ("white", "blue", TEXT),
    ("mist", "blue", TEXT),
    ("on-deep", "deep", TEXT),
    ("apricot", "deep", TEXT),
    ("apricot-deep", "white", TEXT),
    ("apricot-deep", "apricot-pale", TEXT),
    ("ink", "apricot-pale", TEXT),
    ("ink-2", "apricot-pale", TEXT),
    ("blue", "apricot-pale", TEXT),
    *[(tone, f"{tone}-bg", TEXT) for tone in ("neutral", "waiting", "good", "bad")],
    *[(ink, f"{tone}-bg", TEXT) for ink in ("ink", "blue") for tone in ("neutral", "waiting", "good", "bad")],
    ("bad-strong", "white", TEXT),
    ("white", "bad-strong", TEXT),
    ("edge", "white", PART),
    ("edge", "snow", PART),
    ("lake", "white", PART),
    ("focus", "white", PART),
    ("focus", "snow", PART),
    ("focus", "mist", PART),
    *[(f"chart-{number}", "white", PART) for number in range(1, 7)],
]


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_twenty_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("ink", "paper", "least"), PAIRS)
def test_pair_keeps_its_contrast(ink, paper, least):
    assert contrast(COLOURS[ink], COLOURS[paper]) >= least
