"""Prints how well spoilt CSV files are read, kind by kind, beside DuckDB's own sniffer (python -m bench.pollution)."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from opendata.ingest import child
from opendata.ingest.reading import Limits
from tests.opendata.ingest.pollution import Polluted, Rows, averages, polluted, read_by_duckdb, rows_of, table_of


def main(*, every: bool) -> None:
    """Read every spoilt file both ways and print the scores, the worst kinds first."""
    files = polluted(every=every)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)

        def ours(one: Polluted) -> Rows | None:
            out = place / f"out-{one.name}-{one.kind}".replace("/", "_").replace(" ", "_")
            out.mkdir()
            path = place / "data.csv"
            path.write_bytes(one.content)
            task = {"path": str(path), "filename": "data.csv", "out": str(out), "limits": asdict(Limits())}
            reading = child.run(task | {"overrides": {}, "want_csv": True}).reading
            return rows_of(reading.csv)

        def theirs(one: Polluted) -> Rows | None:
            path = place / "data.csv"
            path.write_bytes(one.content)
            return read_by_duckdb(path)

        kinds, simple, weighted = averages(table_of(files, ours))
        others, others_simple, others_weighted = averages(table_of(files, theirs))
    sys.stderr.write(f"{'kind':32}{'here':>8}{'DuckDB':>8}\n")
    for kind in sorted(kinds, key=kinds.__getitem__):
        sys.stderr.write(f"{kind:32}{kinds[kind]:8.3f}{others[kind]:8.3f}\n")
    sys.stderr.write(f"{'mean of the kinds':32}{simple:8.3f}{others_simple:8.3f}\n")
    sys.stderr.write(f"{'weighted by frequency':32}{weighted:8.3f}{others_weighted:8.3f}\n")


if __name__ == "__main__":
    main(every="--every" in sys.argv)
