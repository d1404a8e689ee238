"""Each rule keeps silent when it is kept, and names its article and its field when it is not."""

import subprocess
import sys

import pytest

from portal.law import FIELDS, RuleBroken, Text, rules

FILLED: dict[str, object] = {field.name: "x" for field in FIELDS}
COMPLETE: dict[str, object] = FILLED | {
    "library": "none",
    "share_type": "unconditional",
    "open_class": "unconditional",
    "base_kind": "",
    "lead_department": None,
    "share_condition": "",
    "share_basis": "",
    "open_condition": "",
    "legal_basis": "",
}

BROKEN = [
    (rules.basis_present, ("conditional", "限科研使用", ""), {}, 5, "legal_basis"),
    (rules.basis_present, ("non_open", "", "  "), {}, 5, "legal_basis"),
    (rules.basis_present, ("conditional", "", "某法第一条"), {}, 27, "open_condition"),
    (rules.basis_present, ("unconditional", "须先登记", ""), {}, 5, "open_condition"),
    (rules.share_basis_present, ("not_shared", "", ""), {}, 19, "share_basis"),
    (rules.share_basis_present, ("conditional", "须协商", ""), {}, 19, "share_basis"),
    (rules.share_basis_present, ("conditional", " ", "某法第一条"), {}, 19, "share_condition"),
    (rules.level_allows, ("core", "unconditional"), {}, 36, "open_class"),
    (rules.level_allows, ("important", "unconditional"), {}, 36, "open_class"),
    (rules.reclassification, ("non_open", "unconditional", "", ""), {}, 26, "evidence"),
    (rules.reclassification, ("non_open", "conditional", "consent", " "), {}, 26, "evidence"),
    (rules.reclassification, ("non_open", "conditional", "rumour", "据说可以"), {}, 26, "evidence"),
    (rules.personal_data_decided, (None, "unconditional"), {"undecided": True}, 36, "open_class"),
    (rules.personal_data_decided, ("conditional", "unconditional"), {"undecided": True}, 36, "open_class"),
    (rules.base_library, ("base",), {"is_regional_authority": False}, 8, "library"),
    (rules.not_classified, (True,), {}, 12, "classified"),
    (rules.different_people, (7, 7), {}, 12, None),
    (rules.machine_readable, (False,), {}, 28, "resource"),
    (rules.refusal_reasoned, ("", "某法第一条"), {}, 29, "reason"),
    (rules.refusal_reasoned, ("state_secret", ""), {}, 29, "basis"),
    (rules.single_source, ("婚姻登记日期", "示例民政局"), {}, 13, "source_department"),
    (rules.attributes_present, (COMPLETE | {"domain": ""},), {"elements": 1}, 7, "domain"),
    (rules.attributes_present, (COMPLETE,), {"elements": 0}, 7, "elements"),
    (rules.attributes_present, (COMPLETE | {"library": "theme"},), {"elements": 1}, 8, "lead_department"),
    (rules.attributes_present, (COMPLETE | {"library": "base"},), {"elements": 1}, 8, "base_kind"),
    (rules.attributes_present, (COMPLETE | {"open_scope": None},), {"elements": 1}, 27, "open_scope"),
]

KEPT = [
    (rules.basis_present, ("unconditional", "", ""), {}),
    (rules.basis_present, ("conditional", "限科研使用", "某法第一条"), {}),
    (rules.basis_present, ("non_open", "", "某法第一条"), {}),
    (rules.share_basis_present, ("unconditional", "", ""), {}),
    (rules.share_basis_present, ("not_shared", "", "某法第一条"), {}),
    (rules.share_basis_present, ("conditional", "须协商", "某法第一条"), {}),
    (rules.level_allows, ("general", "unconditional"), {}),
    (rules.level_allows, ("core", "conditional"), {}),
    (rules.level_allows, ("important", "non_open"), {}),
    (rules.reclassification, (None, "unconditional", "", ""), {}),
    (rules.reclassification, ("non_open", "non_open", "", ""), {}),
    (rules.reclassification, ("conditional", "unconditional", "", ""), {}),
    (rules.reclassification, ("non_open", "conditional", "consent", "同意书编号1"), {}),
    (rules.reclassification, ("non_open", "unconditional", "deidentification", "已删除姓名"), {}),
    (rules.personal_data_decided, (None, "unconditional"), {"undecided": False}),
    (rules.personal_data_decided, ("non_open", "conditional"), {"undecided": True}),
    (rules.personal_data_decided, ("unconditional", "unconditional"), {"undecided": True}),
    (rules.base_library, ("base",), {"is_regional_authority": True}),
    (rules.base_library, ("theme",), {"is_regional_authority": False}),
    (rules.not_classified, (False,), {}),
    (rules.different_people, (7, 8), {}),
    (rules.machine_readable, (True,), {}),
    (rules.refusal_reasoned, ("state_secret", "某法第一条"), {}),
    (rules.single_source, ("婚姻登记日期", None), {}),
    (rules.attributes_present, (COMPLETE,), {"elements": 1}),
    (rules.attributes_present, (COMPLETE | {"library": "theme", "lead_department": object()},), {"elements": 3}),
]


@pytest.mark.parametrize(("rule", "values", "named", "article", "field"), BROKEN)
def test_a_broken_rule_names_article_and_field(rule, values, named, article, field):
    with pytest.raises(RuleBroken) as caught:
        rule(*values, **named)
    assert (caught.value.article, caught.value.field) == (article, field)
    assert isinstance(caught.value.message, Text)
    assert str(caught.value) == caught.value.say("zh-hans") != caught.value.say("en")


@pytest.mark.parametrize(("rule", "values", "named"), KEPT)
def test_a_kept_rule_is_silent(rule, values, named):
    assert rule(*values, **named) is None


def test_every_rule_is_tried_both_ways():
    public = {name for name, thing in vars(rules).items() if callable(thing) and thing.__module__ == rules.__name__}
    public -= {"_blank", "demanded", "attributes_missing"}
    assert {case[0].__name__ for case in BROKEN} == public
    assert {case[0].__name__ for case in KEPT} == public


def test_every_missing_attribute_is_named():
    values = COMPLETE | {"domain": " ", "open_scope": "", "open_class": "conditional", "legal_basis": "某法"}
    with pytest.raises(RuleBroken) as caught:
        rules.attributes_present(values, elements=2)
    for name in ("领域", "开放范围", "开放条件"):
        assert name in str(caught.value)
    assert "名称" not in str(caught.value)
    assert "Domain, Open condition, Open scope" in caught.value.say("en")


@pytest.mark.parametrize("field", [field for field in FIELDS if field.required_by], ids=lambda field: field.name)
def test_each_demanded_attribute_is_missed_by_its_name(field):
    values = COMPLETE | {field.name: ""}
    if field.when:
        other, among = field.when
        values[other] = among[0]
    missing = rules.attributes_missing(values, elements=0 if field.name == "elements" else 1)
    assert field in missing


def test_an_attribute_that_no_article_demands_may_be_empty():
    empty: dict[str, object] = {field.name: "" for field in FIELDS if field.required_by is None}
    assert rules.attributes_missing(COMPLETE | empty, elements=1) == ()


def test_the_second_source_shows_the_first():
    with pytest.raises(RuleBroken, match="示例民政局"):
        rules.single_source("婚姻登记日期", "示例民政局")


def test_the_law_needs_no_framework():
    program = (
        "import sys, pkgutil, importlib, portal.law\n"
        "for m in pkgutil.walk_packages(portal.law.__path__, 'portal.law.'): importlib.import_module(m.name)\n"
        "outside = {n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names) - {'portal'}\n"
        "print(sorted(n for n in outside if n in ('django', 'celery', 'rest_framework', 'guardian')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
