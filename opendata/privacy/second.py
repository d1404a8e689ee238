"""Measures again by pycanon, in a process of its own, and so checks our own measurement on the very record.

pycanon takes a pandas table into memory and walks through its classes one by one, which no large table bears. So it
gets the classes that decide: the smallest and the least diverse, with all their rows. k and l of the whole table are
the least over all classes, so they are the same over these. Its packages (numpy, pandas) lie in a folder of their own:
beside the portal's, pyarrow would load them into every process that reads a file (docs/adr/0012).
"""

# ruff: noqa: S608 — the SQL is made of our own column numbers

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

MOST_ROWS = 5_000
SECONDS = 120
CHILD = Path(__file__).with_name("pycanon_child.py")


class NoAnswer(Exception):
    """The library was started and did not answer."""


def measured_again(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    name: str,
    quasi: Sequence[str],
    sensitive: Sequence[str],
    *,
    folder: Path,
    packages: Path | None,
) -> dict[str, Any] | None:
    """Returns what the library measures over the deciding classes: library, version, k, l, rows.

    None where there is nothing to compare: the library is not installed, the table is empty, no column is a
    quasi-identifier any more, or even the smallest class has more rows than the library is given.
    Raises NoAnswer where the library ends without one.
    """
    if packages is None or not packages.is_dir() or not quasi:
        return None
    if not _deciding(connection, name):
        return None
    handed = folder / f"{name}.csv"
    rows = _hand_over(connection, source, name, quasi, sensitive, handed)
    command = [sys.executable, "-I", "-B", str(CHILD), str(packages), str(handed), str(len(quasi)), str(len(sensitive))]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True, cwd=folder)
    except subprocess.SubprocessError as error:
        # What the library says may quote values, so it is not passed on.
        raise NoAnswer("the second measurement ended without an answer") from error
    finally:
        handed.unlink(missing_ok=True)
    return {"library": "pycanon", "rows": rows, **json.loads(done.stdout)}


def _deciding(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Marks the smallest and the least diverse classes, each up to half the rows; false where one decides unmarked."""
    order = {"n": "n, d, rowid", "d": "d, n, rowid"}
    parts = [
        f"SELECT id FROM (SELECT rowid AS id, sum(n) OVER (ORDER BY {by} ROWS UNBOUNDED PRECEDING) AS so_far "
        f"FROM (SELECT rowid, n, d FROM {name} ORDER BY {by} LIMIT {MOST_ROWS})) WHERE so_far <= {MOST_ROWS // 2}"
        for by in order.values()
    ]
    connection.execute(f"CREATE OR REPLACE TABLE {name}_chosen AS {' UNION '.join(parts)}")
    found = connection.execute(
        f"SELECT min(n) = (SELECT min(n) FROM {name}) AND min(d) IS NOT DISTINCT FROM (SELECT min(d) FROM {name}) "
        f"FROM {name} WHERE rowid IN (SELECT id FROM {name}_chosen)"
    ).fetchone()
    return bool(found and found[0])


def _hand_over(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    name: str,
    quasi: Sequence[str],
    sensitive: Sequence[str],
    handed: Path,
) -> int:
    """Writes the rows of the marked classes, each value as a number of its own; returns how many.

    A missing value has its number too: pandas' groupby would pass over such rows, and the library find too high a k.
    """
    alike = " AND ".join(f"rows_.{column} IS NOT DISTINCT FROM small.q{at}" for at, column in enumerate(quasi))
    codes = ", ".join(f"dense_rank() OVER (ORDER BY {column})" for column in [*quasi, *sensitive])
    taken = ", ".join(dict.fromkeys(f"rows_.{column}" for column in [*quasi, *sensitive]))
    rows = connection.execute(
        f"SELECT {codes} FROM (SELECT {taken} FROM {source} AS rows_ JOIN "
        f"(SELECT * FROM {name} WHERE rowid IN (SELECT id FROM {name}_chosen)) AS small ON {alike})"
    ).fetchall()
    with handed.open("w", newline="", encoding="ascii") as out:
        writer = csv.writer(out)
        writer.writerow([f"q{at}" for at in range(len(quasi))] + [f"s{at}" for at in range(len(sensitive))])
        writer.writerows(rows)
    return len(rows)
