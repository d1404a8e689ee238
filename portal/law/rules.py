"""The rules on entries, applications and reports as small functions over plain values.

Each keeps silent when its rule is kept and raises RuleBroken, with the article and the field, when it is not. They ask
no database and read no clock.
"""

from collections.abc import Hashable, Mapping

from portal.law.errors import RuleBroken
from portal.law.fields import FIELDS
from portal.law.terms import Field, Text

UNCONDITIONAL = "unconditional"
CONDITIONAL = "conditional"
NON_OPEN = "non_open"


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def demanded(field: Field, values: Mapping[str, object]) -> bool:
    """Say whether the Measures demand this attribute of an entry with these values."""
    if field.required_by is None:
        return False
    if field.when is None:
        return True
    name, among = field.when
    return values.get(name) in among


def attributes_missing(values: Mapping[str, object], *, elements: int) -> tuple[Field, ...]:
    """List the demanded attributes that are empty, in the order of the field table; `elements` is their number."""
    missing = []
    for field in FIELDS:
        empty = elements < 1 if field.name == "elements" else _blank(values.get(field.name))
        if empty and demanded(field, values):
            missing.append(field)
    return tuple(missing)


def attributes_present(values: Mapping[str, object], *, elements: int) -> None:
    """Refuse an entry that lacks a demanded attribute, and name every one that is missing (Art. 7, 8, 27)."""
    missing = attributes_missing(values, elements=elements)
    if missing:
        zh = "、".join(field.label.zh for field in missing)
        en = ", ".join(field.label.en for field in missing)
        raise RuleBroken(
            Text(
                f"目录还缺少以下属性：{zh}。请补充后再提交。",
                f"These attributes are missing: {en}. Please fill them in.",
            ),
            missing[0].required_by,
            missing[0].name,
        )


def basis_present(open_class: str, open_condition: str, legal_basis: str) -> None:
    """Refuse a restriction without a legal basis, and a condition that is missing or out of place (Art. 5, 27)."""
    if open_class != UNCONDITIONAL and _blank(legal_basis):
        raise RuleBroken(
            Text(
                "没有法律法规依据的，不得增设开放条件或者不开放。请写明依据，否则按无条件开放登记。",
                "No condition without a law behind it: state the legal basis, or register the entry as unconditional.",
            ),
            5,
            "legal_basis",
        )
    if open_class == CONDITIONAL and _blank(open_condition):
        raise RuleBroken(
            Text("有条件开放的，须写明开放条件。", "A conditional entry must state its open condition."),
            27,
            "open_condition",
        )
    if open_class == UNCONDITIONAL and not _blank(open_condition):
        raise RuleBroken(
            Text(
                "无条件开放的数据不得附加开放条件。请删除开放条件，或者改为有条件开放并写明依据。",
                "Unconditional data carries no condition: remove it, or make the entry conditional and state a basis.",
            ),
            5,
            "open_condition",
        )


def share_basis_present(share_type: str, share_condition: str, share_basis: str) -> None:
    """Refuse restricted sharing without its legal basis, or conditional sharing without its condition (Art. 19)."""
    if share_type != UNCONDITIONAL and _blank(share_basis):
        raise RuleBroken(
            Text(
                "有条件共享或者不予共享的，须写明依据。", "Sharing on condition, or not at all, needs a stated basis."
            ),
            19,
            "share_basis",
        )
    if share_type == CONDITIONAL and _blank(share_condition):
        raise RuleBroken(
            Text("有条件共享的，须写明共享条件。", "Conditional sharing must state its condition."),
            19,
            "share_condition",
        )


def level_allows(data_level: str, open_class: str) -> None:
    """Refuse unconditional opening of core or important data (Art. 36; GB/T 43697)."""
    if data_level in ("core", "important") and open_class == UNCONDITIONAL:
        raise RuleBroken(
            Text(
                "核心数据和重要数据不得无条件开放。请改为有条件开放或者非开放，并写明依据。",
                "Core and important data can never be unconditional: choose another class and state its basis.",
            ),
            36,
            "open_class",
        )


def reclassification(before: str | None, after: str, evidence_kind: str, evidence: str) -> None:
    """Refuse to open non-open data without a de-identification record or the right holder's consent (Art. 26).

    `before` is the open class of the standing version, None for a new entry.
    """
    if before != NON_OPEN or after == NON_OPEN:
        return
    if evidence_kind not in ("deidentification", "consent") or _blank(evidence):
        raise RuleBroken(
            Text(
                "非开放数据转为开放的，须附脱密脱敏处理记录或者权利人同意书。",
                "Non-open data may be opened only with a de-identification record or the right holder's consent.",
            ),
            26,
            "evidence",
        )


def personal_data_decided(before: str | None, after: str, *, undecided: bool) -> None:
    """Refuse to open to all what holds personal data that the secrecy review has not let open (Art. 26, 36).

    `before` is the open class of the standing version, None for a new entry; `undecided`: data of the entry, standing
    or waiting, keeps it from being open to all. What is unconditional already is guarded where its data comes in.
    """
    if undecided and after == UNCONDITIONAL and before != UNCONDITIONAL:
        raise RuleBroken(
            Text(
                "本条目的数据中检出个人信息，或者数据须先作去标识化处理。请先由保密审查人员作出决定，或者换上处理后的数据，再无条件开放。",
                "Personal data was found in the data of this entry, or the data has to be de-identified first. "
                "Before it is open to all, the secrecy reviewer decides, or de-identified data takes its place.",
            ),
            36,
            "open_class",
        )


def base_library(library: str, *, is_regional_authority: bool) -> None:
    """Refuse a base-library entry compiled by anyone but the regional data authority (Art. 8)."""
    if library == "base" and not is_regional_authority:
        raise RuleBroken(
            Text(
                "基础库目录只由自治区公共数据主管部门编制和维护。",
                "Base-library entries are compiled and kept by the regional data authority alone.",
            ),
            8,
            "library",
        )


def not_classified(classified: bool) -> None:
    """Refuse classified data: it never enters the catalogue (Art. 12)."""
    if classified:
        raise RuleBroken(
            Text(
                "涉密数据不得编入公共数据目录，请勿在本平台登记。",
                "Classified data may not enter the catalogue; do not register it on this portal.",
            ),
            12,
            "classified",
        )


def different_people(registrar: Hashable, reviewer: Hashable) -> None:
    """Refuse that one person both registers and reviews (Art. 12)."""
    if registrar == reviewer:
        raise RuleBroken(
            Text(
                "登记人员与审核人员须为不同的人。",
                "The registrar and the reviewer must be two different people.",
            ),
            12,
        )


def machine_readable(readable: bool) -> None:
    """Refuse to open as data what no machine can read (Art. 28); `readable`: some resource of the entry is readable."""
    if not readable:
        raise RuleBroken(
            Text(
                "作为数据开放的，至少须有一个可机器读取的资源，例如 CSV、JSON 或者接口。",
                "To open as data, at least one resource must be machine-readable, such as CSV, JSON or an API.",
            ),
            28,
            "resource",
        )


def refusal_reasoned(reason: str, basis: str) -> None:
    """Refuse a refusal that lacks its structured reason or its legal basis (Art. 29, by analogy with Art. 21)."""
    if _blank(reason) or _blank(basis):
        raise RuleBroken(
            Text(
                "不予开放的，须同时选明理由并写明法律依据。",
                "A refusal must state both its reason and its legal basis.",
            ),
            29,
            "reason" if _blank(reason) else "basis",
        )


def single_source(element: str, first_source: str | None) -> None:
    """Refuse a second source department for a data element, and name the first (Art. 13)."""
    if first_source is not None:
        raise RuleBroken(
            Text(
                f"信息项“{element}”已有数源部门：{first_source}。一项数据只能有一个法定采集部门。",
                f"The data element {element} already has its source department: {first_source}.",
            ),
            13,
            "source_department",
        )
