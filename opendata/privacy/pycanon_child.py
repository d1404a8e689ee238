"""Run as a program by `second`: reads numbers from a CSV file and prints k and l as pycanon finds them, as JSON."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys


def measured(packages: str, handed: str, quasi: int, sensitive: int) -> dict[str, object]:
    """Returns k, l and the library's version; l is None without a sensitive column.

    The library comes from a folder of its own, which only this process has in its path.
    """
    sys.path.append(packages)
    pandas, anonymity = importlib.import_module("pandas"), importlib.import_module("pycanon.anonymity")
    table = pandas.read_csv(handed)
    keys = [f"q{at}" for at in range(quasi)]
    values = [f"s{at}" for at in range(sensitive)]
    return {
        "k": int(anonymity.k_anonymity(table, keys)),
        "l": int(anonymity.l_diversity(table, keys, values)) if values else None,
        "version": importlib.metadata.version("pycanon"),
    }


if __name__ == "__main__":
    packages, handed, quasi, sensitive = sys.argv[1:]
    sys.stdout.write(json.dumps(measured(packages, handed, int(quasi), int(sensitive))))
