"""The quick way: typed and stored in one pass where every cell proves the guess; always the careful answer."""

from __future__ import annotations

import random

import duckdb
import pytest

from opendata.ingest import canonical, kinds, quick

PLAIN = {
    "int": lambda n: str(n * 7919 % 100_003 - 500),
    "dec": lambda n: f"{n * 31 % 997}.{n % 100:02}",
    "date": lambda n: f"20{n % 24:02}-{n % 12 + 1:02}-{n % 28 + 1:02}",
    "moment": lambda n: f"20{n % 24:02}-0{n % 9 + 1}-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:00",
    "other": lambda n: f"站{n % 50}",
    "code": lambda n: f"XJ{n % 3000:04}",
}
ODD = [
    *("", "007", "NaN", "-0", "+5", "1e5", "1,234", "12%", "3万", " 5 ", "１２", "2023/5/1", "2023-02-30", "infinity"),
    *(
        "epoch",
        "是",
        "True",
        "¥5",
        "12345678901234567",
        "0.5.1",
        ".5",
        "5.",
        "1.234567",
        "99999999999.5",
        "约100",
        "0164A",
    ),
    *("10000-01-01", "2023-01-01 25:00:00", "13812345678", "2023-05-01 08:30:00", "文字"),
]


def both(read, monkeypatch, text):
    options = {"overrides": {"delimiter": ",", "header": True}}
    careful = read(text, **options)
    with monkeypatch.context() as patch:
        patch.setattr(quick, "QUICK_FROM", 0)
        return careful, read(text, **options)


def rows_of(reading):
    with duckdb.connect(str(reading.serving), read_only=True) as file:
        return file.execute("SELECT * FROM rows ORDER BY rowid").fetchall()


def test_odd_cells_at_random_places_give_the_same_either_way(read, monkeypatch, table):
    rng = random.Random(11)
    ways = set()
    for _ in range(8):
        rows = rng.choice((40, 600))
        cells = {name: [make(n) for n in range(rows)] for name, make in PLAIN.items()}
        for _ in range(rng.choice((0, 1, 1, 4))):
            cells[rng.choice(list(cells))][rng.randrange(rows)] = rng.choice(ODD)
        lines = [
            ",".join(["k", *(f'"{cell}"' if "," in cell else cell for cell in row)])
            for row in zip(*cells.values(), strict=True)
        ]
        careful, quickly = both(read, monkeypatch, ",".join(["key", *cells]) + "\n" + "\n".join(lines) + "\n")
        ways.add(quickly.path_taken)
        assert quickly.columns == careful.columns
        assert quickly.findings == careful.findings
        assert table(quickly) == table(careful) == rows_of(quickly) == rows_of(careful)
    assert ways == {"quick"}


def test_what_fits_a_guess_has_the_shape_that_was_guessed():
    guesses = [canonical.Guess("int", 5), canonical.Guess("dec", 4, 2), canonical.Guess("dec", 1, 1)]
    guesses += [canonical.Guess("date"), canonical.Guess("moment"), canonical.OTHER]
    cells = [
        *ODD,
        *(make(n) for make in PLAIN.values() for n in range(60)),
        "不",
        "Z",
        "_",
        "a b",
        "\u00a05",
        "1.50",
        "0.0",
    ]
    with duckdb.connect() as connection:
        for one in guesses:
            sql = f"SELECT c, {kinds.shape('c')} FROM (SELECT unnest($1) AS c) WHERE {canonical.fits(one, 'c')}"
            fitting = connection.execute(sql, [cells]).fetchall()
            assert fitting
            assert {shape for _, shape in fitting} == {one.shape}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "", "-20"], canonical.Guess("int", 2)),
        (["1.50", "22.25"], canonical.Guess("dec", 2, 2)),
        (["1.5", "22.25"], None),
        (["1", "x"], None),
        (["", ""], canonical.EMPTY),
        (["甲", "XJ1"], canonical.OTHER),
        (["是"], None),
        (["9" * 17 + ".99"], None),
    ],
)
def test_guesses(cells, expected):
    assert canonical.guess(cells) == expected


def test_a_plain_file_is_stored_in_one_pass_and_an_odd_one_is_surveyed(read, monkeypatch):
    stages = []
    monkeypatch.setattr(quick, "QUICK_FROM", 0)
    survey = quick.warehouse.survey
    monkeypatch.setattr(quick.warehouse, "survey", lambda *given: stages.append("survey") or survey(*given))
    body = "".join(f"{n},站{n % 9}\n" for n in range(5_000))
    assert read("n,站\n" + body).columns[0].type == "integer"
    assert stages == []
    assert read("n,站\n" + body + "x,站\n").columns[0].type == "text"
    assert stages == ["survey"]
