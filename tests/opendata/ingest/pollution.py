"""Spoils one clean table in every way that CSV files are spoilt in practice, and scores how well it is read again.

The kinds follow the Pollock benchmark (Vitagliano et al., "Pollock: A Data Loading Benchmark", VLDB 2023), on a table
of our own; its scores too: loading at all, and precision, recall and F1 of the header's cells, of the records and of
all cells, added up to at most 10. Records are compared with their cells joined, since a lost delimiter cannot be known.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

Rows = list[list[str]]
HEADER = ["日期", "时间", "数量", "编号", "单价", "品名", "说明", "网址", "单位", "备注"]
GOODS = [
    "红枣",
    "Walnuts, shelled",
    "葡萄干（绿）",
    "Cotton shirt, long sleeve",
    '地毯 48" 羊毛',
    "Dried apricots",
    "石榴汁",
]
WORDS = ("soft strong local dry sweet fresh hand-made", "wool cotton light warm", "优质 本地 手工 当年新货")
SOURCE_ROWS = 200

# How often each kind was met in the survey of open data portals of the paper, in orders of magnitude; ours: 1.
FREQUENCY = {
    "line ends LF": 1700, "delimiter ;": 830, "no header": 470, "preamble": 280, "several tables": 190,
    "no newline at end": 180, "delimiter comma-space": 100, "header of two rows": 50, "header of three rows": 50,
    "a delimiter too few": 250, "a delimiter too many": 250, "no payload": 15, "quote '": 10, "line ends CR": 7,
    "quotes not escaped": 7, "a quote too many": 7, "two newlines at end": 5, "delimiter tab": 4, "one data row": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Polluted:
    """One spoilt file, and the rows that should be read from it; the first of them is the header."""

    kind: str
    name: str
    content: bytes
    clean: Rows = field(repr=False)


@dataclass(frozen=True, slots=True)
class Score:
    """The ten measures of one file."""

    success: float
    header: tuple[float, float, float]
    record: tuple[float, float, float]
    cell: tuple[float, float, float]

    @property
    def total(self) -> float:
        """From 0 to 10."""
        return self.success + sum(self.header) + sum(self.record) + sum(self.cell)


FAILED = Score(0, (0, 0, 0), (0, 0, 0), (0, 0, 0))


def source(rows: int = SOURCE_ROWS) -> Rows:
    """The clean table: its header and rows with commas and quotes in some cells, and a last column that is empty."""
    dice = random.Random(20260101)
    words = " ".join(WORDS).split()
    made = [list(HEADER)]
    for at in range(rows):
        text = " ".join(dice.choice(words) for _ in range(dice.randint(6, 25)))
        text = text[:20] + ", " + text[20:] if at % 3 else text
        made.append([
            f"{at % 28 + 1:02d}/{at % 12 + 1:02d}/2023", f"{at % 24:02d}:{at % 4 * 15:02d}", str(dice.randint(0, 30)),
            f"{dice.choice(['WLM', 'KS', 'HT'])}-{dice.randint(1000, 9999)}",
            f"{dice.randint(1, 99)}.{dice.randint(10, 99)}",
            GOODS[dice.randrange(len(GOODS))], text, f"https://example.cn/item/{at:04d}.html", "千克", "",
        ])  # fmt: skip
    return made


def cell_text(cell: str, delimiter: str, quote: str = '"', escape: str | None = None) -> str:
    """One cell as written: quoted where the delimiter, a quote or a line end is in it."""
    if delimiter in cell or quote in cell or "\n" in cell or (delimiter == " " and " " in cell):
        return quote + cell.replace(quote, (quote if escape is None else escape) + quote) + quote
    return cell


def line_text(row: list[str], delimiter: str = ",", quote: str = '"', escape: str | None = None) -> str:
    """One row as written, without its end."""
    return delimiter.join(cell_text(cell, delimiter, quote, escape) for cell in row)


def file_text(rows: Rows, delimiter: str = ",", quote: str = '"', escape: str | None = None, end: str = "\r\n") -> str:
    """The whole file as written."""
    return "".join(line_text(row, delimiter, quote, escape) + end for row in rows)


def _of_the_file(rows: Rows) -> Iterator[tuple[str, str, Rows]]:
    text, end = file_text(rows), "\r\n"
    yield "clean", text, rows
    yield "no payload", "", []
    yield "only a header", file_text(rows[:1]), rows[:1]
    yield "one data row", file_text(rows[:2]), rows[:2]
    yield "no newline at end", text.rstrip("\r\n"), rows
    yield "two newlines at end", text + end, rows
    yield "five newlines at end", text + end * 4, rows
    for kind, mark in (("LF", "\n"), ("CR", "\r")):
        yield f"line ends {kind}", file_text(rows, end=mark), rows
    yield "line ends mixed", file_text(rows[:90]) + file_text(rows[90:], end="\n"), rows
    marks = {" ": "space", "\t": "tab", ", ": "comma-space", "\x01": "0x01", "; ": "semicolon-space"}
    for mark in (";", "\t", "|", ":", " ", "~", "^", "\x01", "||", ", ", "; ", "\t\t"):
        yield f"delimiter {marks.get(mark, mark)}".replace("\t", "tab"), file_text(rows, mark), rows
    for quote in "'`":
        yield f"quote {quote}", file_text(rows, quote=quote), rows
    yield "every cell quoted", end.join(",".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in r) for r in rows), rows
    yield "escape \\", file_text(rows, escape="\\"), rows
    yield "quotes not escaped", file_text(rows, escape=""), rows


def _of_the_header(rows: Rows) -> Iterator[tuple[str, str, Rows]]:
    text, body, blanks = file_text(rows), rows[1:], "," * (len(HEADER) - 1)
    yield "no header", file_text(body), body
    for times, word in ((2, "two"), (3, "three")):
        again = [" ".join([name] * times) for name in HEADER]
        yield f"header of {word} rows", file_text([HEADER] * times + body), [again, *body]
    yield (
        "header with an empty name",
        file_text([[*HEADER[:4], "", *HEADER[5:]], *body]),
        [[*HEADER[:4], "", *HEADER[5:]], *body],
    )
    twice = [*HEADER[:4], HEADER[2], *HEADER[5:]]
    yield "header with a name twice", file_text([twice, *body]), [twice, *body]
    title = "二〇二三年特产统计表"
    yield "preamble", f"{title}{blanks}\r\n{blanks}\r\n{text}", rows
    yield "preamble", f"{title}\r\n\r\n{text}", rows
    yield "preamble", f"{title}{blanks}\r\n编制单位：统计科{blanks}\r\n{text}", rows
    yield "preamble", f"{title}\r\n编制单位：统计科\r\n口径：全区\r\n{text}", rows
    note = "注：本表数据为初步核算数"
    yield "footnote", f"{text}{note}\r\n", rows
    yield "footnote", f"{text}{note}{blanks}\r\n数据来源：统计科{blanks}\r\n", rows
    yield "footnote", f"{text}\r\n{note}\r\n数据来源：统计科\r\n", rows
    yield "footnote", f"{text}{blanks}\r\n{note}{blanks}\r\n", rows


def _of_tables(rows: Rows) -> Iterator[tuple[str, str, Rows]]:
    text = file_text(rows)
    yield "several tables", text + file_text([row[:-2] for row in rows[:80]]), rows
    yield "several tables", text + file_text([[*row, "col1" if row is rows[0] else ""] for row in rows[:80]]), rows
    other = [["地区", "人口", "面积"], *[[f"县{n}", str(n * 1000), f"{n}.5"] for n in range(1, 40)]]
    yield "several tables", f"{text}\r\n{file_text(other)}", rows
    yield "several tables", f"{text}\r\n表二：人口\r\n{file_text(other)}", rows
    yield "several tables", f"{text}\r\n{text}", rows
    wide = [[*row, *[f"{at}" if row is not rows[0] else f"x{at}" for at in range(290)]] for row in rows[:30]]
    yield "300 columns", file_text(wide), wide
    long = rows + rows[1:] * 19
    yield "4,000 rows", file_text(long), long


def _of_encodings(rows: Rows) -> Iterator[Polluted]:
    text = file_text(rows)
    for codec in ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "gb18030", "gbk"):
        mark = b"\xfe\xff" if codec == "utf-16-be" else b""
        yield Polluted(f"encoding {codec}", codec, mark + text.encode(codec), rows)
    west = [[cell.encode("latin-1", "ignore").decode("latin-1") or "Überzahl façade" for cell in row] for row in rows]
    west[0] = [f"Größe {at}" for at in range(len(HEADER))]
    yield Polluted("encoding latin-1", "latin-1", file_text(west).encode("latin-1"), west)


def _of_rows(rows: Rows, places: list[int]) -> Iterator[tuple[str, int, str, list[str]]]:
    """(kind, row, the line as written, the cells that should be read): one row spoilt."""
    for at in places:
        row = rows[at]
        cells = [cell_text(cell, ",") for cell in row]
        for column in range(0, len(row), 3):
            many = [*cells[:column], "", *cells[column:]]
            yield "a delimiter too many", at, ",".join(many), row
            if column:
                glued = [*cells[: column - 1], cells[column - 1] + cells[column], *cells[column + 1 :]]
                yield "a delimiter too few", at, ",".join(glued), row
            quoted = cells[column].startswith('"')
            spoilt = [
                *cells[:column],
                '""' + cells[column][1:] if quoted else '"' + cells[column],
                *cells[column + 1 :],
            ]
            yield "a quote too many", at, ",".join(spoilt), [*row[:column], '"' + row[column], *row[column + 1 :]]
        if at:
            yield "a row cut short", at, ",".join(cells[:5]), row[:5]
            yield "a row too long", at, ",".join([*cells, "多", "余", "的"]), [*row, "多", "余", "的"]
            yield "a row without quotes", at, ",".join(row), ",".join(row).split(",")
        yield "a row with other quotes", at, line_text(row, ",", "'"), row
        for mark, word in ((";", "semicolons"), ("\t", "tabs"), (" ", "spaces")):
            yield f"a row with {word}", at, line_text(row, mark), row


def polluted(*, every: bool = False) -> list[Polluted]:
    """All spoilt files; one row in some places stands for each row unless `every` is asked for."""
    rows = source()
    files = []
    for of in (_of_the_file, _of_the_header, _of_tables):
        for number, (kind, text, clean) in enumerate(of(rows)):
            files.append(Polluted(kind, f"{of.__name__}{number}", text.encode(), clean))
    files += _of_encodings(rows)
    places = [0, 1, 50, 200] if not every else list(range(0, 201, 4))
    spoilt = list(_of_rows(rows, places))
    step = 1 if every else 9
    for number, (kind, at, line, cells) in enumerate(sorted(spoilt, key=lambda one: one[0])):
        if number % step == 0:
            before, after = file_text(rows[:at]), file_text(rows[at + 1 :])
            content = f"{before}{line}\r\n{after}".encode()
            files.append(Polluted(kind, f"row{at}_{number}", content, [*rows[:at], cells, *rows[at + 1 :]]))
    return files


def _measures(true: Counter[str], read: Counter[str]) -> tuple[float, float, float]:
    if not true.total():
        return 1.0, 1.0, 1.0
    same = (true & read).total()
    if not same:
        return 0.0, 0.0, 0.0
    precision, recall = same / true.total(), same / read.total()
    return precision, recall, 2 * precision * recall / (precision + recall)


def score(clean: Rows, read: Rows | None) -> Score:
    """How much of the clean rows was read, and how much else; None where nothing could be read."""
    if read is None:
        return FAILED
    if not clean:
        return Score(1, (1, 1, 1), (1, 1, 1), (1, 1, 1))
    header = _measures(Counter(clean[0]), Counter(read[0] if read else []))
    record = _measures(Counter("".join(row) for row in clean[1:]), Counter("".join(row) for row in read[1:]))
    cell = _measures(Counter(c for row in clean for c in row), Counter(c for row in read for c in row))
    return Score(1, header, record, cell)


def rows_of(path: Path | None) -> Rows | None:
    """The rows of a plain CSV file."""
    if path is None:
        return None
    csv.field_size_limit(1 << 24)
    return [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")) if row]


def read_by_duckdb(path: Path) -> Rows | None:
    """What DuckDB's own sniffer reads, as text so that it is not blamed for types; None where it gives up."""
    try:
        with duckdb.connect() as connection:
            found = connection.execute("SELECT * FROM read_csv_auto(?, all_varchar = true)", [str(path)])
            names = [column[0] for column in found.description]
            rows = [["" if cell is None else str(cell) for cell in row] for row in found.fetchall()]
    except duckdb.Error:
        return None
    made_up = all(name == f"column{at}" or name == f"column{at:02d}" for at, name in enumerate(names))
    return rows if made_up else [names, *rows]


def table_of(files: list[Polluted], read: Callable[[Polluted], Rows | None]) -> dict[str, list[Score]]:
    """The scores by kind."""
    scores: dict[str, list[Score]] = {}
    for one in files:
        scores.setdefault(one.kind, []).append(score(one.clean, read(one)))
    return scores


def averages(scores: dict[str, list[Score]]) -> tuple[dict[str, float], float, float]:
    """The mean of each kind, the mean over the kinds, and that mean weighted by how often the kinds are met."""
    kinds = {kind: sum(one.total for one in some) / len(some) for kind, some in scores.items()}
    weights = {kind: FREQUENCY.get(kind, 1) for kind in kinds}
    weighted = sum(kinds[kind] * weights[kind] for kind in kinds) / sum(weights.values())
    return kinds, sum(kinds.values()) / len(kinds), weighted
