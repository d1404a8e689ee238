"""Short ways to write a code list."""

from portal.law.terms import Code, CodeList, Text

Row = tuple[str, str, str]
NotedRow = tuple[str, str, str, str, str, int]


def listed(name: str, zh: str, en: str, rows: tuple[Row, ...]) -> CodeList:
    """Make a list from (value, Chinese label, English label)."""
    return CodeList(name, Text(zh, en), tuple(Code(value, Text(*label)) for value, *label in rows))


def noted(name: str, zh: str, en: str, rows: tuple[NotedRow, ...]) -> CodeList:
    """Make a list from (value, label zh, label en, note zh, note en, article; article 0 for none)."""
    items = tuple(
        Code(value, Text(label_zh, label_en), Text(note_zh, note_en), article or None)
        for value, label_zh, label_en, note_zh, note_en, article in rows
    )
    return CodeList(name, Text(zh, en), items)
