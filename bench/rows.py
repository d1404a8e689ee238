"""Rows over HTTP beside bare DuckDB, SQLite and Datasette: the issue's table, at one caller and at eight."""

# ruff: noqa: S311 — chance for constants, not for secrets

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from django.conf import settings

from bench.peers import HTTP, SQLite, datasette, duckdb_on_parquet, duckdb_on_table, write_sqlite
from bench.questions import Kind, Question, kinds
from bench.report import Context, Section, Table
from bench.web import Client, Web, serving
from bench.world import publish, world
from opendata import storage
from opendata.models import Resource

CALLERS = 8
MOST, LEAST = 200, 5
BARE = ("DuckDB on Parquet", "DuckDB table file")
SPARE_MS = 4.0
SHARE = 0.7

Ask = Callable[[Question], int]
Opener = Callable[[], AbstractContextManager[Ask]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one system took for one kind of question: milliseconds one at a time, answers a second at eight callers."""

    p50: float
    p95: float
    rate: float = 0.0
    failed: int = 0


def run(context: Context) -> Section:
    """Publishes the table, asks every system every question, and returns what it took."""
    context.say("publishing the table through the portal")
    cast, entry = world()
    begun = time.perf_counter()
    resource = publish(cast, entry, context.csv())
    context.say(f"published in {time.perf_counter() - begun:.1f} s")
    questions = kinds(context.rows)
    seconds = context.options["seconds"]
    found: dict[str, list[Figures]] = {}
    peers = systems(context, resource)
    with ExitStack() as stack:
        web = stack.enter_context(serving(context.var))
        with Client(web.host, web.port) as client:
            check(client, resource, questions)
        before = web.memory()
        portal = HTTP(web.port, lambda question: f"{address(resource)}?{question.portal}")
        asked = {"portal": portal.ask} | {name: stack.enter_context(peers.pop(name)()) for name in BARE}
        context.say("asking the portal and bare DuckDB in turn")
        for kind in questions:
            for name, figures_found in together(asked, kind, seconds).items():
                found.setdefault(name, []).append(figures_found)
        found["portal, again"] = [again(portal.ask, kind, seconds) for kind in questions]
        fresh = [new_connections(web, resource, kind, seconds) for kind in questions]
        portal.close()
        memory = (before, web.memory())
    for name, opened in peers.items():
        with opened() as ask:
            context.say(f"asking {name}")
            found[name] = [alone(ask, kind, seconds) for kind in questions]
    return section(context, questions, found, fresh, memory)


def systems(context: Context, resource: Resource) -> dict[str, Opener]:
    """Returns the peers, each opened only while it is asked."""
    version = resource.current
    if version is None:
        raise RuntimeError("the table was not published")
    parquet = storage.blob_path(version.parquet)
    threads = settings.ROWS_THREADS

    @contextmanager
    def on_parquet() -> Iterator[Ask]:
        peer = duckdb_on_parquet(parquet, threads)
        yield peer.ask
        peer.close()

    @contextmanager
    def on_table() -> Iterator[Ask]:
        peer = duckdb_on_table(parquet, context.folder / "table.duckdb", threads)
        yield peer.ask
        peer.close()

    def sqlite(indexed: bool) -> Path:
        path = context.folder / ("indexed" if indexed else "plain") / "table.db"
        if not path.exists():
            path.parent.mkdir()
            write_sqlite(context.csv(), path, indexed=indexed)
        return path

    @contextmanager
    def bare_sqlite() -> Iterator[Ask]:
        peer = SQLite(sqlite(indexed=False))
        yield peer.ask
        peer.close()

    def served(indexed: bool) -> Opener:
        @contextmanager
        def opened() -> Iterator[Ask]:
            with datasette(sqlite(indexed), context.folder / "datasette.log") as port:
                if port is None:
                    raise RuntimeError("Datasette is not installed; `make bench` does it")
                peer = HTTP(port, lambda question: question.datasette)
                yield peer.ask
                peer.close()

        return opened

    return {
        "DuckDB on Parquet": on_parquet,
        "DuckDB table file": on_table,
        "SQLite": bare_sqlite,
        "Datasette": served(indexed=False),
        "Datasette + indexes": served(indexed=True),
    }


def address(resource: Resource) -> str:
    """Returns the path of the resource's rows."""
    return f"/api/v1/resources/{resource.pk}/rows/"


def check(client: Client, resource: Resource, questions: list[Kind]) -> None:
    """Raises RuntimeError where the portal's answer is not what the question asks for."""
    for kind in questions:
        status, body = client.get(f"{address(resource)}?{kind.ask(Random(1), 1).portal}")
        rows = json.loads(body).get("rows", []) if status == 200 else []
        if status != 200 or (kind.rows is not None and not 0 < len(rows) <= kind.rows):
            raise RuntimeError(f"{kind.name}: {status}, {len(rows)} rows, {body[:300]!r}")


def together(asked: dict[str, Ask], kind: Kind, seconds: float) -> dict[str, Figures]:
    """Asks several systems in turn, so that other load hits them alike; then each from eight callers at once."""
    dice = {name: Random(kind.name) for name in asked}
    for number in range(3):
        for name, ask in asked.items():
            ask(kind.ask(dice[name], number))
    taken: dict[str, list[float]] = {name: [] for name in asked}
    ends = time.perf_counter() + seconds * len(asked)
    for number in range(MOST):
        if number >= LEAST and time.perf_counter() > ends:
            break
        for name, ask in asked.items():
            question = kind.ask(dice[name], 3 + number)
            begun = time.perf_counter()
            ask(question)
            taken[name].append((time.perf_counter() - begun) * 1000)
    return {name: figures(taken[name], *at_once(ask, kind, seconds)) for name, ask in asked.items()}


def alone(ask: Ask, kind: Kind, seconds: float) -> Figures:
    """Asks one system different questions of a kind, one at a time."""
    dice = Random(kind.name)
    ask(kind.ask(dice, 0))
    return figures(timed(lambda number: ask(kind.ask(dice, number)), seconds))


def again(ask: Ask, kind: Kind, seconds: float) -> Figures:
    """Asks the very same question again and again."""
    question = kind.ask(Random(5), 5)
    ask(question)
    ask(question)
    ask(question)
    return figures(timed(lambda _number: ask(question), seconds / 2))


def new_connections(web: Web, resource: Resource, kind: Kind, seconds: float) -> Figures:
    """Asks with a new connection for each question, as a program does that keeps none."""
    dice = Random(f"{kind.name} anew")

    def one(number: int) -> object:
        question = kind.ask(dice, 3_000 + number)
        with Client(web.host, web.port) as client:
            return client.get(f"{address(resource)}?{question.portal}")

    return figures(timed(one, seconds / 2))


def timed(one: Callable[[int], object], seconds: float) -> list[float]:
    """Returns the milliseconds of each call, as many as fit into the time."""
    taken: list[float] = []
    ends = time.perf_counter() + seconds
    while len(taken) < MOST and (len(taken) < LEAST or time.perf_counter() < ends):
        begun = time.perf_counter()
        one(3 + len(taken))
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def at_once(ask: Ask, kind: Kind, seconds: float) -> tuple[float, int]:
    """Returns answers a second of eight callers, and how many failed."""
    done, failed = [0] * CALLERS, [0] * CALLERS
    gate = threading.Barrier(CALLERS + 1)
    ends = [0.0]

    def caller(which: int) -> None:
        dice = Random(f"{kind.name} {which}")
        gate.wait()
        number = 0
        while time.perf_counter() < ends[0] or not number:
            try:
                ask(kind.ask(dice, 300 + which + CALLERS * number))
                done[which] += 1
            except (RuntimeError, OSError):
                failed[which] += 1
            number += 1

    threads = [threading.Thread(target=caller, args=(which,)) for which in range(CALLERS)]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    ends[0] = begun + seconds
    gate.wait()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - begun), sum(failed)


def figures(taken: list[float], rate: float = 0.0, failed: int = 0) -> Figures:
    """Returns the median and the 95th percentile of the times."""
    p95 = statistics.quantiles(taken, n=20)[18] if len(taken) > 1 else taken[0]
    return Figures(statistics.median(taken), p95, rate, failed)


# --- the report ------------------------------------------------------------------------------------------------------


def number(value: float) -> str:
    """Writes a figure with as many digits as it deserves."""
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def section(
    context: Context,
    questions: list[Kind],
    found: dict[str, list[Figures]],
    fresh: list[Figures],
    memory: tuple[int, int],
) -> Section:
    """Writes the tables, and says what misses its target."""
    names = [*BARE, *(name for name in found if name not in BARE and not name.startswith("portal"))]
    alone = [["p50, ms", "portal", "portal, p95", "new connection", "same again", *names, "over the better DuckDB"]]
    eight = [["answers a second", "portal", "failed", "DuckDB on Parquet", "DuckDB table file", "of the better"]]
    missed = []
    for at, kind in enumerate(questions):
        mine, repeated = found["portal"][at], found["portal, again"][at]
        bare = [found[name][at] for name in BARE]
        over = mine.p50 - min(one.p50 for one in bare)
        share = mine.rate / max(one.rate for one in bare)
        alone.append(
            [kind.name, number(mine.p50), number(mine.p95), number(fresh[at].p50), number(repeated.p50)]
            + [number(found[name][at].p50) for name in names]
            + [f"{over:+.1f}"]
        )
        eight.append(
            [kind.name, number(mine.rate), str(mine.failed), *(number(one.rate) for one in bare), f"{share:.2f}"]
        )
        if over > SPARE_MS:
            missed.append(f"{kind.name}: {over:.1f} ms over the better DuckDB ({SPARE_MS:g} ms allowed)")
        if share < SHARE:
            missed.append(f"{kind.name}: {share:.2f} of bare DuckDB's throughput ({SHARE} asked)")
        missed += [
            f"{kind.name}: slower than {name}"
            for name in ("Datasette", "Datasette + indexes")
            if mine.p50 > found[name][at].p50
        ]
    notes = [
        f"The generated table of {context.rows:,} rows. Each figure is the median over up to {MOST} questions of one "
        "kind with other constants (where there are none, the columns in another order), so that no kept answer fits; "
        "“same again” repeats one question, which the portal answers from memory as versions never change. The portal "
        "is asked over HTTP through gunicorn with two workers, permission and log of use included; DuckDB and SQLite "
        f"are called in this process. DuckDB has {settings.ROWS_THREADS} threads everywhere.",
        f"Memory of all web processes (PSS): {memory[0] / 1e6:.0f} MB before, {memory[1] / 1e6:.0f} MB after all "
        f"questions; load of the machine at the end: {os.getloadavg()[0]:.1f}.",
        "Misses: " + ("none." if not missed else "; ".join(missed) + "."),
    ]
    tables = [Table(alone, "One caller"), Table(eight, f"{CALLERS} callers at once")]
    return Section("rows", "Rows over HTTP", tables, notes)
