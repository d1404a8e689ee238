"""From an uploaded file to a queryable published version, beside bare DuckDB and SQLite loading the same file.

The portal's figure is the real job: quarantine, sandboxed child, types over every cell, serving file, Parquet, profile
with histograms, scan for personal data, hashing, storage, transaction. Processor time is given beside wall time, since
a bench is seldom alone on its machine.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.report import Context, Section, Table
from bench.table import write
from bench.world import world
from opendata.jobs import job_claim, job_run
from opendata.models import ResourceVersion
from opendata.services import resource_create, upload_receive
from portal.accounts.actors import Actor
from tests.factories import now

ROUNDS = 3
CHUNK = 1024 * 1024
STEPS = (50_000, 500_000, 5_000_000)

_DUCKDB = """
import duckdb, sys
with duckdb.connect(sys.argv[2], config={"threads": 2}) as made:
    made.execute("SET enable_progress_bar = false")
    made.execute("CREATE TABLE t AS SELECT * FROM read_csv($1)", [sys.argv[1]])
"""
_SQLITE = """
import csv, sqlite3, sys
made = sqlite3.connect(sys.argv[2])
made.execute("CREATE TABLE t (id INTEGER, day TEXT, station TEXT, pm25 REAL, flow REAL, region TEXT, note TEXT)")
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    rows = csv.reader(file)
    next(rows)
    made.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
made.commit()
"""


@dataclass(frozen=True, slots=True)
class Took:
    """What one load took: wall and processor seconds, and the most memory at once, in bytes."""

    wall: float
    cpu: float
    memory: int


def run(context: Context) -> Section:
    """Loads the table three ways in turn, three times, and then tables of growing length by the portal alone."""
    source = context.csv()
    peers: dict[str, Callable[[], Took]] = {
        "the portal: published version": lambda: portal(source),
        "DuckDB: read_csv into memory": lambda: program([sys.executable, "-c", _DUCKDB, str(source), ":memory:"]),
        "DuckDB: read_csv into a table file": lambda: loaded(context.folder, [sys.executable, "-c", _DUCKDB], source),
        "SQLite: Python's csv and executemany": lambda: loaded(context.folder, [sys.executable, "-c", _SQLITE], source),
    }
    if shutil.which("sqlite3"):
        peers["SQLite: .import of its own shell"] = lambda: shell(context.folder, source)
    taken: dict[str, list[Took]] = {name: [] for name in peers}
    for number in range(ROUNDS):
        for name, load in peers.items():
            taken[name].append(load())
        context.say(f"ingest: round {number + 1} of {ROUNDS}")
    mine = _median(taken["the portal: published version"])
    lines = [["", "wall, s", "processor, s", "memory, MB", "portal ÷ this, wall", "portal ÷ this, processor"]]
    for name, times in taken.items():
        one = _median(times)
        ratios = [f"{mine.wall / one.wall:.2f}", f"{mine.cpu / one.cpu:.2f}"]
        lines.append([name, f"{one.wall:.2f}", f"{one.cpu:.2f}", f"{one.memory / 1e6:.0f}", *ratios])
    growth = [["rows", "wall, s", "microseconds a row"]]
    for rows in sorted({min(step, context.rows) for step in STEPS}):
        part = source if rows == context.rows else write(context.folder / f"{rows}.csv", rows=rows)
        wall = mine.wall if part == source else _median([portal(part) for _ in range(ROUNDS)]).wall
        growth.append([f"{rows:,}", f"{wall:.2f}", f"{wall / rows * 1e6:.1f}"])
    notes = [
        f"{context.rows:,} rows, {source.stat().st_size / 1e6:.0f} MB; medians of {ROUNDS} rounds taken in turn. The "
        "portal's memory is that of the sandboxed child and of the worker together.",
        "Targets: at most 6 × bare DuckDB `read_csv → table`, at most the time of loading it into SQLite, under 1 GB.",
    ]
    return Section("ingest", "Taking a file in", [Table(lines), Table(growth, "Growth with the rows")], notes)


def portal(source: Path) -> Took:
    """Takes the file in as the upload form and the worker do; the clock runs from the kept upload to the version."""
    cast, entry = world()
    actor = Actor.of_user(cast.registrar)
    made = resource_create(entry=entry, actor=actor, title=source.stem, now=now())
    with source.open("rb") as file:
        chunks = iter(lambda: file.read(CHUNK), b"")
        job = upload_receive(resource=made, actor=actor, filename=source.name, chunks=chunks, now=now())
    claimed = job_claim(str(job.pk), now=now())
    if claimed is None:
        raise RuntimeError(f"the job {job.pk} was taken by another worker")
    before, began = _processor(), time.monotonic()
    job_run(claimed, now=now())
    wall, cpu = time.monotonic() - began, _processor() - before
    version = ResourceVersion.objects.get(resource=made)
    if version.serving_id is None or version.state != "published":
        raise RuntimeError(f"{source.name} is {version.state}, held for {version.held_for}")
    own = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Took(wall, cpu, own + int(version.reading["peak_memory"]))


def _processor() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def program(arguments: list[str], text: str = "") -> Took:
    """Runs a program to its end and measures it."""
    began = time.monotonic()
    started = subprocess.Popen(arguments, stdin=subprocess.PIPE, text=True)
    if started.stdin is not None:
        started.stdin.write(text)
        started.stdin.close()
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RuntimeError(f"{arguments[:2]} ended with {started.returncode}")
    return Took(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def loaded(folder: Path, arguments: list[str], source: Path) -> Took:
    """Loads the file into a fresh database file by a program that takes both paths."""
    target = folder / "peer.database"
    target.unlink(missing_ok=True)
    took = program([*arguments, str(source), str(target)])
    target.unlink()
    return took


def shell(folder: Path, source: Path) -> Took:
    """Loads the file by SQLite's own shell, into a table whose types are declared."""
    target = folder / "shell.database"
    target.unlink(missing_ok=True)
    table = "CREATE TABLE t (id INTEGER, day TEXT, station TEXT, pm25 REAL, flow REAL, region TEXT, note TEXT);"
    took = program(["sqlite3", str(target)], f"{table}\n.import --csv --skip 1 {source} t\n")
    target.unlink()
    return took


def _median(times: list[Took]) -> Took:
    return Took(median(one.wall for one in times), median(one.cpu for one in times), max(one.memory for one in times))
