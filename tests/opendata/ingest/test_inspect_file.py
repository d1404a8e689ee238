"""`manage.py inspect_file`: what it prints, what it writes, how it exits; it stores nothing."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from opendata.ingest.reading import PATHS, ColumnProfile, Finding, Reading, Sheet
from tests.opendata.ingest.builders import xlsx
from tests.opendata.ingest.geofiles import zipped


def inspect(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("inspect_file", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def file(tmp_path):
    def make(content: bytes | str, name: str = "数据.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return make


def test_report_in_chinese(file):
    status, told = inspect(file("代码,名称,数值\n650100,乌鲁木齐市,1.50\n650200,克拉玛依市,\n".encode("gb18030")))
    assert status == 0
    for line in ("编码：gb2312", "分隔符：,", "数据行数：2", "列数：3", "文件可以读取。"):
        assert line in told.splitlines()
    assert re.search(r"1  代码  ·  文本（依列名判定为代码）", told)
    assert re.search(r"3  数值  ·  小数  ·  空值 1，不同值 1  1.50 … 1.50", told)


def test_report_of_a_bad_file_names_line_found_and_expected(file):
    status, told = inspect(file("a,b\n1,2\n3\n4,5,6\n"))
    assert status == 0
    assert "[警告] 第 3 行第 2 列：有 1 个单元格，按表头应有 2 个（“3”）。该行已搁置，请补齐缺少的单元格。" in told
    assert "[警告] 第 4 行第 3 列" in told
    assert "搁置行数：2" in told.splitlines()


def test_report_in_english(file):
    status, told = inspect(file("a,b\n1,2\n3\n"), "--language", "en")
    assert status == 0
    assert "[warning] Line 3, column 2: 1 cells were found, 2 were expected" in told


def test_the_rows_set_aside_and_all_cells_as_they_are(file, tmp_path):
    source = file('a,b,c\n1,2,3\n4,5\n 6 ,"7,0",008,9\n')
    status, _ = inspect(source, "--csv", str(tmp_path / "all.csv"), "--refused", str(tmp_path / "aside.csv"))
    assert status == 0
    assert (tmp_path / "all.csv").read_text(encoding="utf-8") == 'a,b,c\n1,2,3\n4,5\n 6 ,"7,0",008,9\n'
    assert [line.split(",")[:2] for line in (tmp_path / "aside.csv").read_text(encoding="utf-8").splitlines()] == [
        ["line", "reason"], ["3", "row_too_short"], ["4", "row_too_long"],
    ]  # fmt: skip


def test_a_table_without_header_is_written_without_one(file, tmp_path):
    inspect(file("北京,1,2.5\n天津,2,3.5\n河北,3,4.5\n"), "--csv", str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[0] == "北京,1,2.5"


def test_an_empty_file_gives_an_empty_table(file, tmp_path):
    assert inspect(file(""), "--csv", str(tmp_path / "out.csv"))[0] == 1
    assert (tmp_path / "out.csv").read_bytes() == b""


def test_a_member_and_a_table_can_be_chosen(file):
    content = zipped({"a.csv": "a,b\n1,2\n", "b.csv": "x,y\n1,2\n3,4\n\nu,v,w\n1,2,3\n"})
    assert inspect(file(content, "a.zip"))[0] == 1
    status, told = inspect(file(content, "a.zip"), "--member", "b.csv", "--table", "2", "--json")
    assert (status, [column["name"] for column in json.loads(told)["columns"]]) == (0, ["u", "v", "w"])


def test_json(file):
    status, told = inspect(file("a,b\n1,x\n2\n"), "--json")
    answer = json.loads(told)
    assert (status, answer["ok"], answer["rows"], answer["refused"], answer["encoding"]) == (0, True, 1, 1, "ascii")
    assert answer["file"] == "数据.csv"
    assert [column["type"] for column in answer["columns"]] == ["integer", "text"]
    finding = answer["findings"][0]
    assert (finding["code"], finding["line"], finding["found"], finding["expected"]) == ("row_too_short", 3, "1", "2")
    assert finding["message"].startswith("第 3 行")
    assert not set(PATHS) & set(answer)


def test_every_key_of_the_json_is_documented(file):
    text = (Path(settings.BASE_DIR) / "docs" / "inspect_file.md").read_text(encoding="utf-8")
    _, told = inspect(file(xlsx([["a"], [1]]), "a.xlsx"), "--json")
    keys = set(json.loads(told))
    for kind in (Reading, ColumnProfile, Finding, Sheet):
        keys |= set(kind.__dataclass_fields__)
    assert not [key for key in sorted(keys - set(PATHS)) if f"`{key}`" not in text]


def test_csv_out(file, tmp_path):
    target = tmp_path / "out.csv"
    content = "标题\n代码;数值\n007;1,50\n008;\n注：说明\n".encode("gbk")
    status, _ = inspect(file(content), "--csv", str(target))
    assert status == 0
    assert target.read_text(encoding="utf-8") == '代码,数值\n007,"1,50"\n008,\n'


def test_csv_out_of_a_workbook(file, tmp_path):
    target = tmp_path / "out.csv"
    inspect(file(xlsx([["a", "b"], [1, "007"], [2.5, None]]), "a.xlsx"), "--csv", str(target))
    assert target.read_text(encoding="utf-8") == "a,b\n1,007\n2.5,\n"


def test_forced_encoding_and_delimiter(file):
    status, told = inspect(file("a;b,c\n1;2,3\n"), "--delimiter", ",", "--encoding", "utf-8", "--json")
    assert status == 0
    assert [column["name"] for column in json.loads(told)["columns"]] == ["a;b", "c"]
    _, told = inspect(file("a\tb\n1\t2\n"), "--delimiter", "tab", "--json")
    assert json.loads(told)["delimiter"] == "\t"


@pytest.mark.parametrize(
    "arguments",
    [["/no/such/file.csv"], ["{file}", "--delimiter", "abcde"], ["{file}", "--csv", "/no/such/folder/out.csv"]],
)
def test_wrong_use(file, arguments):
    path = file("a\n1\n")
    with pytest.raises(CommandError) as caught:
        call_command("inspect_file", *[argument.format(file=path) for argument in arguments])
    assert caught.value.returncode == 2


def test_nothing_is_left_behind(file, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    path = file("a,b\n1,2\n")
    assert inspect(path)[0] == 0
    assert list(scratch.iterdir()) == []
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["scratch", "数据.csv"]
