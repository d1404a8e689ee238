"""The child dies when it takes too much, reaches nothing it should not, and a dead child is a plain sentence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opendata.ingest import read as reader
from opendata.ingest import sandbox
from opendata.ingest.read import read_file
from opendata.ingest.reading import MIB, Limits, Reading
from opendata.jobs import STAGES

ROOT = Path(sandbox.__file__).resolve().parents[2]
# What a taken-over child would try, after the jail has closed. Prints what succeeded.
ATTEMPTS = """
import sys; sys.path.insert(0, sys.argv[1])
import json, os, socket
from opendata.ingest import jail
out, secret = sys.argv[2], sys.argv[3]
limits = {"memory": 256 << 20, "cpu": 10, "output": 1 << 20, "open_files": 64}
held = jail.close(limits=limits, readable=[sys.argv[1] + "/opendata"], writable=[out])
def big_file():
    with open(out + "/big", "wb") as file:
        file.write(bytes(3 << 20)); file.flush()
attempts = {
    "socket": lambda: socket.socket(),
    "connect": lambda: socket.create_connection(("127.0.0.1", 80), 1),
    "program": lambda: os.execv("/bin/true", ["true"]),
    "read_secret": lambda: open(secret).read(),
    "list_root": lambda: os.listdir("/root" if os.getuid() == 0 else "/"),
    "write_outside": lambda: open(os.path.dirname(out) + "/stray", "w"),
    "memory": lambda: bytearray(600 << 20),
    "big_file": big_file,
    "many_files": lambda: [open(out + f"/f{n}", "w") for n in range(200)],
    "core": lambda: (_ for _ in ()).throw(OSError()) if __import__("resource").getrlimit(4) == (0, 0) else None,
}
worked = []
for name, attempt in attempts.items():
    try:
        attempt()
    except (OSError, MemoryError):
        continue
    worked.append(name)
open(out + "/own", "w").write("x")
print(json.dumps({"held": held, "worked": worked}))
"""


@pytest.fixture
def broken_into(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    done = subprocess.run(
        [sys.executable, "-I", "-c", ATTEMPTS, str(ROOT), str(out), str(secret)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_nothing_works_that_the_jail_says_it_forbids(broken_into):
    held, worked = broken_into["held"], set(broken_into["worked"])
    forbidden = {"memory", "big_file", "many_files", "core"}
    if held["call_filter"]:
        forbidden |= {"socket", "connect", "program"}
    if held["empty_network"]:
        forbidden |= {"connect"}
    if held["file_fence"]:
        forbidden |= {"read_secret", "list_root", "write_outside"}
    assert held["resource_limits"]
    assert not worked & forbidden


def test_too_much_memory_kills_the_child(jailed, one):
    inner = ",".join(["{}"] * 400)
    text = '{"data": [' + ",".join(f'{{"k{n % 7}": [{inner}]}}' for n in range(12_000)) + "]}"
    reading = jailed(text, "eater.json", limits=Limits(memory=200 * MIB))
    finding = one(reading, "too_much_memory")
    assert (finding.level, finding.expected) == ("error", str(200 * MIB))
    assert not reading.ok
    assert reading.peak_memory < 300 * MIB


def test_too_much_time_kills_the_child(jailed, one):
    began = time.monotonic()
    reading = jailed('a,b\n"x""y",1\n' + '"q""",2\n' * 1_500_000, limits=Limits(wall=0.2))
    assert one(reading, "too_slow").expected == "0.2"
    assert time.monotonic() - began < 10


def test_too_much_work_kills_the_child(jailed, one):
    reading = jailed('a,b\n"x""y",1\n' + '"q""",2\n' * 8_000_000, limits=Limits(cpu=1))
    assert one(reading, "too_much_cpu").expected == "1"


def test_too_much_output_is_refused(jailed):
    reading = jailed(
        "a,b\n" + "".join(f"{n},{n * 7919 % 10007}文字文字文字\n" for n in range(200_000)), limits=Limits(output=MIB)
    )
    assert [finding.code for finding in reading.findings if finding.level == "error"] == ["output_too_large"]
    assert reading.parquet is None


def test_memory_stays_under_the_promise_on_a_large_file(jailed):
    line = "{},2023-05-{:02d},S{:04d},{:.1f},{:.3f},东,监测备注第{}号样品说明\n"
    text = "id,day,station,pm25,flow,region,note\n" + "".join(
        line.format(n, n % 28 + 1, n % 3000, n % 500 / 10, n % 977 / 7, n * 7919) for n in range(600_000)
    )
    reading = jailed(text)
    assert (reading.ok, reading.path_taken, reading.rows) == (True, "quick", 600_000)
    assert reading.peak_memory < 512 * MIB


def test_stages_are_told_in_order(jailed):
    stages: list[str] = []
    jailed("a,b\n1,2\n", on_stage=stages.append)
    assert stages[0] == "encoding"
    assert stages[-4:] == ["parquet", "profile", "personal", "heads"]


def test_a_stage_listener_that_fails_still_ends_the_child(jailed, monkeypatch):
    children = []
    start = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda *args, **rest: children.append(start(*args, **rest)) or children[-1]
    )

    def fail(stage):
        raise RuntimeError(stage)

    with pytest.raises(RuntimeError):
        jailed("a,b\n" + "1,2\n" * 300_000, on_stage=fail)
    assert children[0].returncode is not None


def test_the_scratch_folder_is_gone_and_the_results_stay(jailed, tmp_path):
    reading = jailed("a,b\n1,2\n", want_csv=True)
    assert reading.parquet is not None
    left = sorted(path.name for path in reading.parquet.parent.iterdir())
    assert left == ["cells.csv", "data.parquet", "result.json", "serving.duckdb"]


def test_the_environment_does_not_reach_the_child(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary-in-the-environment")
    seen = {}
    start = subprocess.Popen

    def watch(command, **rest):
        seen.update(rest["env"])
        return start(command, **rest)

    monkeypatch.setattr(subprocess, "Popen", watch)
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    out = tmp_path / "out"
    out.mkdir()
    assert read_file(path, filename="a.csv", out_dir=out).ok
    assert "canary-in-the-environment" not in seen.values()
    assert set(seen) == {
        "PATH", "LANG", "HOME", "TMPDIR", "OMP_NUM_THREADS", "ARROW_DEFAULT_MEMORY_POOL", "MALLOC_ARENA_MAX",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("result", "status", "code"),
    [
        ("not json", 0, "reader_failed"),
        ("[]", 0, "reader_failed"),
        ('{"ok": true, "unknown": 1}', 0, "reader_failed"),
        ('{"ok": true, "findings": [{"level": "fine", "code": "x"}]}', 0, "reader_failed"),
        (None, 0, "reader_crashed"),
        (None, 1, "reader_crashed"),
        (None, -11, "reader_crashed"),
        (None, -24, "too_much_cpu"),
        (None, -25, "output_too_large"),
    ],
)
def test_whatever_the_child_leaves_the_parent_answers(tmp_path, monkeypatch, result, status, code):
    if result is not None:
        (tmp_path / "result.json").write_text(result)
    ended = sandbox.Ended(status, "", 0, "start", "")
    reading = reader._result(tmp_path, ended, Limits())
    assert [finding.code for finding in reading.findings] == [code]
    assert not reading.ok


def test_a_result_cannot_point_to_another_file(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("x")
    out = tmp_path / "out"
    out.mkdir()
    (out / "data.parquet").symlink_to(outside)
    told = Reading(ok=True).to_json() | {"parquet": str(outside), "csv": str(outside)}
    (out / "result.json").write_text(json.dumps(told))
    reading = reader._result(out, sandbox.Ended(0, "", 0, "", ""), Limits())
    assert (reading.parquet, reading.csv) == (None, None)


def test_a_reading_survives_the_journey(jailed):
    reading = jailed("代码,b\n007,2\n008,x,3\n")
    again = Reading.from_json(json.dumps(reading.to_json()))
    assert again == reading


def test_unknown_overrides_are_a_mistake_of_the_caller(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n")
    with pytest.raises(ValueError, match="colour"):
        read_file(path, filename="a.csv", out_dir=tmp_path, overrides={"colour": "red"})


def test_every_stage_has_its_place_in_the_progress_of_a_job():
    folder = Path(sandbox.__file__).parent
    told = {name for path in folder.glob("*.py") for name in re.findall(r"job\.stage\(\"(\w+)\"\)", path.read_text())}
    assert {"encoding", "types", "profile"} <= told
    assert told <= set(STAGES)
