"""Code lists, fields and rule sets: what the law lists is there, and unknown names are errors."""

from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from portal.law import FIELDS, RULES, RuleBroken, Text, get, in_force, rule_sets


def test_fields_use_code_lists_that_exist():
    for field in FIELDS:
        if field.code_list:
            assert RULES.codes(field.code_list).items
        if field.when:
            other, values = field.when
            code_list = RULES.field(other).code_list
            assert code_list
            assert set(values) <= set(RULES.codes(code_list).values)


def test_the_attributes_that_the_measures_demand():
    demanded = {field.name for field in FIELDS if field.required_by in (7, 8, 27)}
    assert {
        "domain",
        "lead_department",
        "format_class",
        "data_form",
        "update_frequency",
        "open_class",
        "open_condition",
        "open_scope",
        "open_content",
        "use_requirements",
    } <= demanded


def test_code_lists_hold_what_the_law_lists():
    assert RULES.codes("domain").values[:-1] == (
        "education",
        "employment",
        "technology",
        "agriculture",
        "tourism",
        "health",
        "culture",
        "transport",
        "credit",
        "weather",
        "environment",
    )
    assert "".join(RULES.codes("industry").values) == "ABCDEFGHIJKLMNOPQRST"
    assert RULES.label("region", "653000").zh == "克孜勒苏柯尔克孜自治州"
    assert RULES.label("region", "659012").en == "Baiyang"
    assert len(RULES.codes("region").values) == 15 + 12 + 1
    assert RULES.codes("report_outcome").values == ("withdraw", "suspend", "process_then_open", "keep_open")
    assert all(item.note and item.article for item in RULES.codes("refusal_reason").items)


def test_frequencies_are_names_never_numbers():
    assert not any(value.isdigit() for value in RULES.codes("update_frequency").values)


def test_rule_sets_are_dated():
    assert rule_sets() == (RULES,)
    assert get("xinjiang-2023") is RULES
    assert in_force(date(2023, 2, 17)) is RULES
    assert in_force(date(2030, 1, 1)) is RULES
    with pytest.raises(LookupError, match="2023-02-16"):
        in_force(date(2023, 2, 16))
    with pytest.raises(KeyError, match="nowhere"):
        get("nowhere")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: RULES.machine("x"),
        lambda: RULES.command("entry", "x"),
        lambda: RULES.machine("entry").state("x"),
        lambda: RULES.clock("x"),
        lambda: RULES.codes("x"),
        lambda: RULES.label("domain", "x"),
        lambda: RULES.article(48),
        lambda: RULES.role("x"),
        lambda: RULES.field("x"),
        lambda: RULES.need("x"),
        lambda: RULES.word("x"),
    ],
)
def test_an_unknown_name_is_an_error(ask):
    with pytest.raises(KeyError):
        ask()


def test_text_is_said_in_the_readers_language():
    text = Text("开放", "open")
    assert str(text) == "开放"
    for language, said in (
        ("zh-hans", "开放"),
        ("en", "open"),
        ("en-GB", "open"),
        ("ug", "开放"),
        ("", "开放"),
        (None, "开放"),
    ):
        assert text.say(language) == said


def test_a_broken_rule_tells_its_article():
    error = RuleBroken(Text("不可以", "No"), 5, "legal_basis")
    assert (str(error), error.say("en"), error.article, error.field) == ("不可以", "No", 5, "legal_basis")
    assert isinstance(error.message, Text)
    plain = RuleBroken("already said")
    assert (str(plain), plain.say("en"), plain.article, plain.field) == ("already said", "already said", None, None)


@pytest.mark.parametrize("name", ["article", "sources", "by"])
def test_a_row_cannot_be_changed(name: str):
    with pytest.raises(FrozenInstanceError):
        setattr(RULES.command("entry", "suspend"), name, None)


def test_the_table_is_immutable_to_the_bottom():
    assert hash(RULES) == hash(get(RULES.id))
