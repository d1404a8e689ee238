"""Personal data is found wherever it stands, and hardly anything else is taken for it; no example shows it whole."""

from __future__ import annotations

import random
import sys

import duckdb
import pytest

from opendata.ingest import detectors, personal

from . import personal_corpus as corpus

CHECKED = {"identity_number", "bank_card"}


def found(reading):
    return {column.name: {one["kind"]: one for one in column.personal} for column in reading.columns}


def one_column(read, cells, name="值"):
    reading = read(f"{name},序\n" + "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells)))
    assert reading.ok, reading.findings
    return found(reading)[name]


def hits(read, columns):
    """Hits by column, of the kinds that have a checksum; columns are read together, as in one table."""
    rows = max(map(len, columns.values()))
    lines = [",".join(f'"{cells[n] if n < len(cells) else ""}"' for cells in columns.values()) for n in range(rows)]
    reading = read(",".join(columns) + "\n" + "\n".join(lines) + "\n", overrides={"delimiter": ",", "header": True})
    assert reading.ok, reading.findings
    return {
        name: sum(one["hits"] for kind, one in kinds.items() if kind in CHECKED)
        for name, kinds in found(reading).items()
    }


def test_recall_and_false_positives_of_the_detectors_with_a_checksum(read):
    right, wrong = corpus.positives(), corpus.negatives()
    assert (sum(map(len, right.values())), sum(map(len, wrong.values()))) == (2_000, 20_000)
    recalled = hits(read, right)
    mistaken = hits(read, wrong)
    recall, false = sum(recalled.values()) / 2_000, sum(mistaken.values()) / 20_000
    sys.stdout.write(f"recall {recall:.4f} {recalled}\nfalse positives {false:.5f} {mistaken}\n")
    assert recall >= 0.99
    assert false <= 0.005


def test_a_few_identity_numbers_among_many_case_numbers_are_found(read):
    rng = random.Random(7)
    cells = [*corpus.negatives()["案卷编号"][:600], *(corpus.identity_number(rng) for _ in range(200))]
    assert one_column(read, cells)["identity_number"]["hits"] >= 200
    assert "identity_number" not in one_column(read, cells[:600])


@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        ("mobile", ["13812345678", "+86 139-1234-5678", "联系人王先生 １５８１２３４５６７８"], 3),
        ("landline", ["0991-4512345", "(010) 62345678", "办公电话：０９９１－４５１２３４５"], 3),
        ("plate", ["新A12345", "京AD12345", "车牌 新B·8K888 已登记"], 3),
        ("email", ["zhang.san@example.com", "请寄 Li_4@163.com。"], 2),
        ("passport", ["护照 E12345678", "无", "持护照EA1234567入境"], 2),
        ("bank_card", ["付款卡号 6222 0210 0111 6245 702", "无"], 1),
        ("identity_number", ["身份证 110105491231002", "无"], 1),
        ("identity_number", ["见 11010519491231002x 号", "无"], 1),
    ],
)
def test_each_kind_is_found_inside_text(read, kind, cells, expected):
    report = one_column(read, cells)[kind]
    assert (report["hits"], report["first_line"]) == (expected, 2)
    assert report["share"] == pytest.approx(expected / len(cells), abs=1e-4)
    for example in report["examples"]:
        assert "***" in example
        assert not any(example in cell for cell in cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["113.13812345678", "87.61234567890"],
        ["2023-05-01 12:30:00", "2023年5月1日 13:00"],
        ["D20230501", "G20240229", "D20240101"],
        ["新疆A区", "京B段", "川A级"],
        ["69012345678901", "86123456789012"],
        ["a@b", "@someone", "每斤3元@市场"],
        ["01234567890123", "0102030405060708"],
        ["11234567890", "12345678901", "13812345678", "10000000000"],
    ],
)
def test_what_only_looks_like_it_is_not_reported(read, cells):
    assert one_column(read, cells) == {}


def test_numbers_kept_as_integers_are_looked_at_too(read):
    report = one_column(read, ["13812345678", "15912345678"] * 50 + [""], name="phones")
    assert report["mobile"]["hits"] == 100


def test_local_numbers_count_where_the_column_says_telephone(read):
    assert one_column(read, ["4512345", "45123456"], name="联系电话")["landline"]["hits"] == 2
    assert one_column(read, ["4512345", "45123456"], name="流量") == {}


def test_names_are_reported_beside_addresses_only(read):
    people = [
        ("张三", "乌鲁木齐市天山区解放路12号"),
        ("欧阳明", "喀什市人民东路3号院2栋"),
        ("阿依古丽·买买提", "和田县巴格其镇2组15号"),
    ]
    rows = "".join(f"{name},{place}\n" for name, place in people * 5)
    reported = found(read("户主,住址\n" + rows))
    assert set(reported["户主"]) == set(reported["住址"]) == {"name_with_address"}
    assert reported["户主"]["name_with_address"]["hits"] == 15
    assert all("*" in example for example in reported["户主"]["name_with_address"]["examples"])
    alone = found(read("户主,数\n" + "".join(f"{name},{n}\n" for n, (name, _) in enumerate(people * 5))))
    assert alone == {"户主": {}, "数": {}}
    places = found(
        read(
            "区,住址\n"
            + "".join(
                f"{name},{place}\n" for name, (_, place) in zip(("金水区", "高新区", "黄河路"), people, strict=True)
            )
        )
    )
    assert places == {"区": {}, "住址": {}}


def test_a_single_hit_at_the_end_of_a_long_table_is_found_with_its_line(read):
    rows = 120_000
    reading = read("编号,备注\n" + "".join(f"{n},巡检记录{n}\n" for n in range(rows)) + f"{rows},联系13812345678\n")
    report = found(reading)["备注"]["mobile"]
    assert (report["hits"], report["first_line"], report["examples"]) == (1, rows + 2, ["138******78"])


def test_checksums_in_sql_equal_plain_python():
    rng = random.Random(3)
    heads = [corpus.identity_number(rng)[:17] for _ in range(300)]
    numbers = [head + rng.choice("0123456789X") for head in heads] + [
        head + corpus.check_character(head) for head in heads
    ]
    long = [str(rng.randrange(10 ** (size - 1), 10**size)) for size in range(13, 20) for _ in range(100)]
    with duckdb.connect() as connection:

        def passed(check, cells):
            sql = f"SELECT {check('d')} FROM (SELECT unnest($1) AS d)"
            return [row[0] for row in connection.execute(sql, [cells]).fetchall()]

        assert passed(detectors.identity_checksum, numbers) == [
            number[17] == corpus.check_character(number[:17]) for number in numbers
        ]
        assert passed(detectors.luhn, long) == [number[-1] == corpus.luhn_digit(number[:-1]) for number in long]


def test_masks_hide_the_middle():
    assert personal.masked("identity_number", "见11010519491231002X号") == "110*************2X"
    assert personal.masked("email", "ZHANG.SAN@QQ.COM") == "z***@qq.com"
    assert personal.masked("plate", "新A12345") == "新A****5"
