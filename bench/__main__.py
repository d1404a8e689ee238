"""`python -m bench rows|ingest|download|handles|all --rows N`: measures, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from bench.report import Context, write
from bench.table import ROWS
from bench.table import write as write_table

PARTS = ("rows", "ingest", "download", "handles")
REPORT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Runs the parts that the command line names, in a folder of their own that goes afterwards."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="+", choices=[*PARTS, "all"])
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the generated table")
    parser.add_argument("--report", type=Path, default=REPORT, help="the page to write")
    parser.add_argument("--seconds", type=float, default=2.0, help="time for each figure")
    parser.add_argument("--resources", type=int, default=2000, help="small resources to query in turn (handles)")
    asked = parser.parse_args()
    names = PARTS if "all" in asked.parts else tuple(dict.fromkeys(asked.parts))
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o711)
    began = time.monotonic()

    def say(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {text}\n")
        sys.stderr.flush()

    try:
        _measure(names, asked, folder, say)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(f"written: {asked.report}")
    return 0


def _measure(names: tuple[str, ...], asked: argparse.Namespace, folder: Path, say: object) -> None:
    """Starts the services, sets Django up on them and runs each part that there is."""
    os.environ |= {"VAR_DIR": str(folder / "var"), "PORTAL_EMBEDDED": "1", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    # Django must find the environment above, so it is set up only now.
    import django  # noqa: PLC0415

    from portal.embedded.places import Places  # noqa: PLC0415
    from portal.embedded.services import held_services  # noqa: PLC0415

    @cache
    def csv() -> Path:
        return write_table(folder / "table.csv", rows=asked.rows)

    with held_services(Places(folder / "var")):
        django.setup()
        options = {"seconds": asked.seconds, "resources": asked.resources}
        for name in names:
            if find_spec(f"bench.{name}") is None:
                continue
            place = folder / name
            place.mkdir()
            context = Context(asked.rows, place, folder / "var", csv, say, options)  # type: ignore[arg-type]
            write([importlib.import_module(f"bench.{name}").run(context)], asked.report)


if __name__ == "__main__":
    sys.exit(main())
