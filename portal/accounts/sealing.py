"""Seals identity numbers: readable only with the portal's key, comparable without opening them (Art. 13, 36).

Keys come from SECRET_KEY by HKDF (RFC 5869), one for sealing and one for comparing, so that neither is the key that
signs sessions. SECRET_KEY_FALLBACKS keep what was sealed before a change of key readable and comparable.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

SALT = b"portal.accounts.sealing"
KEY_BYTES = 32
SHOWN_AT_START, SHOWN_AT_END = 3, 2


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=SALT, info=purpose).derive(secret.encode())


def _secrets() -> list[str]:
    return [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]


def _box() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(secret, b"seal"))) for secret in _secrets()])


def seal(text: str) -> str:
    """Returns the text sealed under the present key; equal texts give different seals."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Returns the text of a seal; raises cryptography's InvalidToken for one that another key made or that changed."""
    return _box().decrypt(sealed.encode()).decode()


def digests(text: str) -> list[str]:
    """Returns the keyed digests by which the text may be on file: under the present key first, then earlier ones."""
    return [hmac.new(_derive(secret, b"digest"), text.encode(), hashlib.sha256).hexdigest() for secret in _secrets()]


def masked(text: str) -> str:
    """Returns the text with its middle hidden: enough to know one's own number again, too little to use it."""
    hidden = max(0, len(text) - SHOWN_AT_START - SHOWN_AT_END)
    return text[:SHOWN_AT_START] + "*" * hidden + text[len(text) - SHOWN_AT_END :]
