"""Column names: unique, filled in where missing, and what a name says about codes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .notes import Notes

# Words that make a column of digits a code, where the last word of the name is one of them.
_CODE_WORDS = frozenset(
    {
        *(
            "code",
            "codes",
            "codice",
            "codigo",
            "código",
            "fips",
            "uscc",
            "nsn",
            "isbn",
            "issn",
            "barcode",
            "sku",
            "vin",
        ),
        *("zip", "zipcode", "postcode", "postal", "phone", "telephone", "tel", "mobile", "fax", "imei", "iccid"),
    }
)
_CODE_CHINESE = re.compile(
    r"(代码|编码|代号|编号|邮编|電話|电话|手机|手機|传真|傳真|身份证|(?<![序行期型])号|(?<![序行期型])號|码|碼)(\s*[(（].*)?$"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-zà-ÿ]+|\d+")


def tidy_names(names: Sequence[str], notes: Notes, line: int, *, deduce: bool = True) -> list[str]:
    """Give each column a unique name of one line; every repair is noted with the header's line."""
    result: list[str] = []
    seen: dict[str, int] = {}
    tried: dict[str, int] = {}
    for position, raw in enumerate(names, 1):
        name = re.sub(r"\s+", " ", raw.replace("\ufeff", "")).strip()
        if not name:
            name = f"column_{position}"
            if deduce:
                notes.warning("empty_column_name", line=line, column=position, expected=name)
        folded = name.casefold()
        if folded in seen:
            notes.error("duplicate_column_name", line=line, column=position, found=name, first=seen[folded])
            number = tried.get(folded, 2)
            while f"{folded}_{number}" in seen:
                number += 1
            tried[folded] = number + 1
            name = f"{name}_{number}"
        seen[name.casefold()] = position
        seen.setdefault(folded, position)
        result.append(name)
    return result


def says_code(name: str) -> bool:
    """Whether the name says that digits below it are a code, not a quantity: 行政区划代码, cityCode, 电话."""
    stripped = name.strip()
    if _CODE_CHINESE.search(stripped):
        return True
    words = [word.lower() for word in _WORDS.findall(stripped)]
    return bool(words) and (words[-1] in _CODE_WORDS or bool({"telephone", "phone", "fax"} & set(words)))


def says_identifier(name: str) -> bool:
    """Whether the name ends in "id" or "no.": a code unless the values simply count up."""
    words = [word.lower() for word in _WORDS.findall(name.strip())]
    return bool(words) and (words[-1] in {"id", "pid", "uid", "no"})
