"""Segmentation: the same word in any script, width or typing is the same lexeme; no input is dangerous."""

import pytest

from catalogue.segment import LONGEST_TEXT, fold, lexemes, query_literal, vector_literal


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("烏魯木齊", "乌鲁木齐"),
        ("ＰＭ２．５", "pm2.5"),
        ("Ürümqi", "urumqi"),
        ("ＡＢＣ　ａｂｃ", "abc abc"),
        ("㎎", "mg"),
    ],
)
def test_fold_makes_equal_what_people_write_differently(written, same):
    assert fold(written) == same


def test_chinese_gives_words_bigrams_characters_pinyin_and_initials():
    found = lexemes("乌鲁木齐", pinyin=True)
    assert {"乌鲁木齐", "乌鲁", "鲁木", "木齐", "齐", "wulumuqi", "wlmq"} <= set(found)
    assert "wulumuqi" not in lexemes("乌鲁木齐")


def test_words_of_several_scripts_are_taken_apart():
    assert {"3065", "0001", "air", "quality", "站点"} <= set(lexemes("3065/0001 Air_Quality站点"))


@pytest.mark.parametrize(
    ("words", "literal"),
    [
        ("空气质量", "('空气' & '气质' & '质量')"),
        ("pm2.5 水", "('pm2':*) & ('5':*) & ('水')"),
        ("", ""),
        ("   ", ""),
        ("&|!():*<->'\"\\\x00%s", "('s':*)"),
        ("'", ""),
    ],
)
def test_query_literal_holds_quoted_words_alone(words, literal):
    assert query_literal(words) == literal


def test_long_input_is_bounded():
    assert query_literal("空气" * 10_000).count("&") < 400
    assert query_literal("a " * 10_000).count(":*") <= 24
    assert len(max(lexemes("x" * 5000), key=len)) <= 60
    assert len(vector_literal([("空气质量监测站" * 100_000, "A", True)])) < 1_000_000
    assert LONGEST_TEXT < 100_000
