"""The form of an entry's code: class code, slash, sequence (LAW: unique, never reused)."""

from __future__ import annotations

import re

# The sequence holds a digit, so no code can be mistaken for an address such as "3065/versions".
CODE = re.compile(r"[0-9A-Za-z]{1,32}/(?=[A-Za-z]*[0-9])[0-9A-Za-z]{1,31}")


def is_code(text: str) -> bool:
    """Says whether the text can be the code of an entry."""
    return CODE.fullmatch(text) is not None
