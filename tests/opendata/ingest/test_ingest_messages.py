"""Every code has a sentence, in both languages, that holds what the finding knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from opendata.ingest import messages
from opendata.ingest.messages import describe
from opendata.ingest.reading import MIB, Finding

HERE = Path(messages.__file__).parent
SOURCE = "\n".join(path.read_text() for path in HERE.glob("*.py") if path.name != "messages.py")
SOURCE += (HERE.parent / "jobs.py").read_text()
CODES = set(re.findall(r"(?:Refused|\.error|\.warning|\.info)\(\s*\"([a-z0-9_]+)\"", SOURCE))
CODES |= set(re.findall(r"finding\((?:ERROR|level), \"([a-z_]+)\"", SOURCE))
CODES |= {f"mixed_{most}" for most in ("numbers", "dates", "moments")} | {"dates_read_mdy", "dates_read_dmy"}
CODES |= {"too_slow", "too_much_cpu", "ambiguous_dates", "scientific_notation", "reader_crashed"}
CODES |= {"thousands_separators", "percentages", "ten_thousand_units", "fullwidth_digits", "currency_signs"}
CODES |= set(re.findall(r"(?:_refuse\(line, |Flawed\(.*, |return )\"([a-z_]+)\"[,)]", SOURCE)) & set(messages.SENTENCES)
CODES |= {"row_too_short", "row_too_long", "only_refused_rows", "header_too_short", "header_extra_cells"}
CODES |= {"header_repeated", "row_delimited_otherwise", "header_only", "undecodable", "unclosed_quote"}
CODES |= {"same_bytes", "not_a_feature", "geometry_broken", "geometry_outside", "not_an_object", "json_broken_line"}
CODES |= {"cannot_read", "checksum_wrong", "duplicate_key", "not_a_json_value", "worker_lost", "newer_upload"}


def sample(code: str) -> Finding:
    params = {"count": 3, "lines": [2, 3], "names": ["甲"], "first": 1, "text": "a,b", "cells": 2, "after": "x"}
    return Finding("error", code, 7, 4, "金额", "十", "5", params)


def test_the_source_was_searched():
    assert len(CODES) > 60


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_sentence(code):
    with override("en"):
        told = describe(sample(code))
    assert told.startswith("Line 7, column 4 “金额”: ")
    assert "%(" not in told


@pytest.mark.parametrize("code", sorted(messages.SENTENCES))
def test_every_sentence_is_used_and_translated(code):
    assert code in CODES
    assert code.startswith(("mixed_", "dates_read_")) or f'"{code}"' in SOURCE
    with override("en"):
        english = describe(sample(code))
    with override("zh-hans"):
        chinese = describe(sample(code))
    assert chinese.startswith("第 7 行第 4 列“金额”：")
    assert chinese != english
    wanted = set(re.findall(r"%\((\w+)\)s", str(messages.SENTENCES[code])))
    with override("zh-hans"):
        assert set(re.findall(r"%\((\w+)\)s", str(messages.SENTENCES[code]))) == wanted


def test_a_bad_row_in_chinese():
    finding = Finding("error", "row_too_short", 3, 3, "", "2", "3", {"text": "4,5"})
    with override("zh-hans"):
        assert (
            describe(finding)
            == "第 3 行第 3 列：有 2 个单元格，按表头应有 3 个（“4,5”）。该行已搁置，请补齐缺少的单元格。"
        )


def test_sizes_are_told_in_megabytes():
    with override("en"):
        assert "512 MB" in describe(Finding("error", "too_much_memory", expected=str(512 * MIB)))


def test_a_finding_without_place_begins_with_a_capital():
    with override("en"):
        assert describe(Finding("error", "empty_file")).startswith("The file is empty")


def test_an_unknown_code_is_shown_as_it_is():
    assert describe(Finding("info", "something_new")) == "Something_new"


def test_reasons_and_types_are_translated():
    with override("zh-hans"):
        assert messages.kept_text("leading_zeros") == "代码：有前导零"
        assert messages.type_label("decimal") == "小数"
    for reason in messages.KEPT_TEXT:
        assert f'"{reason}"' in SOURCE
