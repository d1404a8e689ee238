"""`python tools/locale.py update|add FILE.json|check|missing|compile`: see tools/translations.py.

Python puts a script's own folder first on its path, where this file's name would hide the standard library's `locale`.
So it does nothing but put the project's folder there and run the tool.
"""

import os
import runpy
import sys

if __name__ == "__main__":
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    runpy.run_module("tools.translations", run_name="__main__")
