"""The table that everything is measured on: 5,000,000 rows of seven columns, the same bytes for the same seed.

`python -m bench.table PATH --rows N` writes it as CSV; DuckDB computes each row from its number, in seconds. Days are
not in order, stations and regions are drawn evenly, and each note is unique, so that no engine is helped by an order
that real tables may lack; only `id` counts upwards, as row numbers of a register do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb

ROWS = 5_000_000
SEED = 20_230_217
COLUMNS = ("id", "day", "station", "pm25", "flow", "region", "note")
STATIONS = 3_000
# Four characters each, cut out of one text: DuckDB indexes a list ten times slower.
REGIONS = ("乌鲁木齐", "喀什地区", "和田地区", "塔城地区")
WORDS = ("巡检正常", "设备校准", "数据补传", "仪器更换", "断电重启", "人工复核", "风沙天气", "降雪覆盖")
DAYS = 3_652

_ROW = """
    SELECT
        i + 1 AS id,
        DATE '2014-01-01' + CAST(hash(i, {seed}) % {days} AS INTEGER) AS day,
        'XJ' || lpad(CAST(hash(i, {seed} + 1) % {stations} AS VARCHAR), 4, '0') AS station,
        CAST((hash(i, {seed} + 2) % 1000) * (hash(i, {seed} + 3) % 1000) / 2000.0 AS DECIMAL(5, 1)) AS pm25,
        CAST((hash(i, {seed} + 4) % 10000000) / 100.0 AS DECIMAL(8, 2)) AS flow,
        substr('{regions}', 1 + 4 * CAST(hash(i, {seed} + 5) % 4 AS INTEGER), 4) AS region,
        '编号' || CAST(1000000 + i AS VARCHAR)
            || substr('{words}', 1 + 4 * CAST(hash(i, {seed} + 6) % 8 AS INTEGER), 4) AS note
    FROM range({rows}) AS numbers(i)
"""


def write(path: Path, *, rows: int = ROWS, seed: int = SEED) -> Path:
    """Writes the table as CSV (UTF-8, comma, one header line) and returns its path."""
    made = _ROW.format(
        seed=int(seed), days=DAYS, stations=STATIONS, regions="".join(REGIONS), words="".join(WORDS), rows=int(rows)
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY ({made}) TO $path (FORMAT csv, HEADER)", {"path": str(path)})
    return path


def main() -> None:
    """Writes the table that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    write(asked.path, rows=asked.rows, seed=asked.seed)
    sys.stdout.write(f"{asked.path}: {asked.rows:,} rows, {asked.path.stat().st_size / 1e6:.0f} MB\n")


if __name__ == "__main__":
    main()
