"""What the demonstration's tables are made of: columns, data files, entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

Row = tuple[object, ...]
Rows = Callable[[Random], Iterator[Row]]

SAMPLE = "示例数据"
SAMPLE_ZH = "示例数据：本条目的数据由程序生成，只供演示，不反映真实情况。"
SAMPLE_EN = "Sample data: made by a program for demonstration only; it says nothing about the real world. "
FACTS_ZH = "示例条目：为演示登记，内容取自已公布的事实，以正式公布的文本为准。"
FACTS_EN = "Sample entry: registered for demonstration; it repeats published facts, whose official text prevails. "
REQUIREMENTS = "注明数据来源和获取日期；示例数据不得用于决策、统计和新闻报道。"


@dataclass(frozen=True, slots=True)
class Column:
    """A data element and, unless it is kept back, a column of the files."""

    name: str
    meaning: str
    type: str = "text"
    unit: str = ""
    length: int | None = None
    sensitivity: str = "none"
    deidentification: str = "none"
    is_open: bool = True

    def fields(self) -> dict[str, Any]:
        """Returns what the catalogue's service takes for a data element."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of rows; the ending of its name says its format, `encoding` how text is written."""

    title: str
    title_en: str
    filename: str
    rows: Rows
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class DemoEntry:
    """A catalogue entry as a registrar would write it, its files, and how far it gets.

    `days`: how many working days ago it is registered. `way`: the last command given on it, "publish" where it opens.
    """

    code: str
    provider: str
    fields: dict[str, Any]
    columns: tuple[Column, ...]
    files: tuple[DataFile, ...]
    days: int
    way: str
    note: str
    facts: bool

    @property
    def title(self) -> str:
        """Returns the Chinese title."""
        return str(self.fields["title"])


def noted(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Adds the column that marks each row as sample data, named in the language of the other names."""
    name = "data_note" if columns[0].name.isascii() else "数据说明"
    return (*columns, Column(name, "标明本行为示例数据", length=4))


def entry(
    code: str,
    provider: str,
    title: str,
    title_en: str,
    abstract: str,
    abstract_en: str,
    *columns: Column,
    domain: str,
    files: tuple[DataFile, ...] = (),
    days: int = 60,
    way: str = "publish",
    note: str = "",
    facts: bool = False,
    **fields: Any,
) -> DemoEntry:
    """Returns a complete entry; what is not given is what most entries say."""
    content = {
        "title": title,
        "title_en": title_en,
        "abstract": (FACTS_ZH if facts else SAMPLE_ZH) + abstract,
        "abstract_en": (FACTS_EN if facts else SAMPLE_EN) + abstract_en,
        "domain": domain,
        "format_class": "spreadsheet",
        "data_form": "both",
        "update_frequency": "monthly",
        "share_type": "unconditional",
        "open_class": "unconditional",
        "open_scope": "全区",
        "open_content": "、".join(column.meaning for column in columns if column.is_open),
        "use_requirements": REQUIREMENTS,
        "region_id": "650000",
        "licence": "open-public-data",
        "contact": "0991-0000000（示例电话）",
        **fields,
    }
    columns = columns if facts else noted(columns)
    return DemoEntry(code, provider, content, columns, files, days, way, note, facts)


def on_condition(condition: str, basis: str, *, open_class: str = "conditional") -> dict[str, Any]:
    """Returns the fields of an entry that is given on application only, with the law behind it (Art. 5, 27)."""
    return {
        "open_class": open_class,
        "open_condition": condition if open_class == "conditional" else "",
        "legal_basis": basis,
        "licence": "agreement",
    }
