"""Receipt numbers, and the secrets that open a report without an account (Art. 29, 30).

A number is a kind, the day of receipt, five characters by chance and a check character: SQ-20261123-7KQ2M4. A secret
is twenty characters by chance (99 bits) in groups of four; only its SHA-256 is kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets

# The alphabet of GB 32100: no I, O, S, V, Z, which are misread; 31 is prime, so one wrong character always shows.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
RANDOM_LENGTH = 5
SECRET_GROUPS, GROUP_LENGTH = 5, 4
FORM = re.compile(r"([A-Z]{2})-(\d{8})-([0-9A-Z]{6})")


def check_letter(day: str, letters: str) -> str:
    """Returns the check character of a day (eight digits) and the characters chosen by chance."""
    total = sum(ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(day + letters))
    return ALPHABET[-total % 31]


def new_receipt(prefix: str, day: dt.date) -> str:
    """Returns a fresh number; nothing of it can be guessed from another, and it tells nobody how many there are."""
    letters = "".join(secrets.choice(ALPHABET) for _place in range(RANDOM_LENGTH))
    return f"{prefix}-{day:%Y%m%d}-{letters}{check_letter(f'{day:%Y%m%d}', letters)}"


def receipt_read(text: str) -> str:
    """Returns a number as it is kept, from how people type it: any letter case, blanks around or inside."""
    return "".join(text.split()).upper()


def receipt_looks_right(number: str) -> bool:
    """Says whether a number was written down without a mistake."""
    found = FORM.fullmatch(number)
    if found is None or not set(found[3]) <= set(ALPHABET):
        return False
    return found[3][-1] == check_letter(found[2], found[3][:-1])


def new_secret() -> str:
    """Returns a fresh secret, written in groups so that it can be copied by hand."""
    groups = ("".join(secrets.choice(ALPHABET) for _place in range(GROUP_LENGTH)) for _group in range(SECRET_GROUPS))
    return "-".join(groups)


def secret_digest(secret: str) -> str:
    """Returns the SHA-256 that is kept; a random secret needs no salt. Case, blanks and hyphens do not matter."""
    return hashlib.sha256(re.sub(r"[\s-]", "", secret).upper().encode()).hexdigest()


def secret_fits(secret: str, digest: str) -> bool:
    """Says whether a secret is the one whose digest is kept, in a time that tells nothing of how near it came."""
    return secrets.compare_digest(secret_digest(secret), digest)
