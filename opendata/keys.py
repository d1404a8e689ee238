"""API keys: `xjod_` + 30 base62 characters + a checksum; only a SHA-256 is stored, the key is shown once."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import string
import zlib
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from opendata.models import APIKey, Grant
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor
from portal.audit.services import record
from portal.law import RuleBroken

PREFIX = "xjod_"
ALPHABET = string.digits + string.ascii_letters
SECRET_LENGTH = 30
CHECK_LENGTH = 6
LONGEST_LIFE = dt.timedelta(days=366)
TOUCH_EVERY = dt.timedelta(minutes=1)


def checksum(text: str) -> str:
    """Returns six base62 characters of the CRC-32, so that a mistyped key is known without a query."""
    number, found = zlib.crc32(text.encode()), ""
    for _place in range(CHECK_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        found = ALPHABET[rest] + found
    return found


def new_secret() -> str:
    """Returns a fresh key with about 178 bits of chance."""
    body = PREFIX + "".join(secrets.choice(ALPHABET) for _place in range(SECRET_LENGTH))
    return body + checksum(body)


def looks_right(secret: str) -> bool:
    """Says whether a text has the form and checksum of a key."""
    if len(secret) != len(PREFIX) + SECRET_LENGTH + CHECK_LENGTH or not secret.isascii():
        return False
    body = secret[:-CHECK_LENGTH]
    return secret.startswith(PREFIX) and secrets.compare_digest(secret[-CHECK_LENGTH:], checksum(body))


def digest(secret: str) -> str:
    """Returns the SHA-256 that is stored; the key is random, so no salt or stretching is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def key_create(
    *, actor: Actor, name: str, grants: Sequence[Grant], expires_at: dt.datetime, now: dt.datetime
) -> tuple[APIKey, str]:
    """Makes a key for the actor's own grants and returns it with its secret, which is never shown again."""
    if actor.kind != "user" or actor.user is None:
        raise NotAllowed(Denied(_("Sign in to make a key."), 29))
    if not name.strip():
        raise RuleBroken(_("Give the key a name, so that you know it again."), 36, field="name")
    if not grants:
        raise RuleBroken(_("Choose at least one grant for this key."), 29, field="grants")
    held = set(Grant.objects.all().held_by(actor).active(timezone.localdate(now)).values_list("pk", flat=True))
    if not {grant.pk for grant in grants} <= held:
        raise NotAllowed(Denied(_("A key can only be made for grants that are yours and active."), 29))
    if not now < expires_at <= now + LONGEST_LIFE:
        raise RuleBroken(_("A key lives from now for at most one year."), 36, field="expires_at")
    secret = new_secret()
    key = APIKey.objects.create(
        user=actor.user,
        name=name.strip()[:80],
        start=secret[: len(PREFIX) + 4],
        digest=digest(secret),
        created_at=now,
        expires_at=expires_at,
    )
    key.grants.set(grants)
    record("opendata.key.created", actor=actor, obj=key, at=now, article=36, data=_told(key, grants))
    return key, secret


@transaction.atomic
def key_revoke(key: APIKey, *, actor: Actor, now: dt.datetime) -> APIKey:
    """Ends a key at once; only its owner does this here."""
    if actor.kind != "user" or actor.user is None or key.user_id != actor.user.pk:
        raise NotAllowed(Denied(_("Only the owner of a key revokes it."), 36))
    key = APIKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is not None:
        raise RuleBroken(_("This key has been revoked already."), 36)
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    record("opendata.key.revoked", actor=actor, obj=key, at=now, article=36)
    return key


def key_actor(secret: str, *, address: str, now: dt.datetime) -> Actor | None:
    """Returns the actor a key stands for, or None where it is unknown, expired or revoked."""
    if not looks_right(secret):
        return None
    key = APIKey.objects.select_related("user").filter(digest=digest(secret)).first()
    if key is None or not key.is_good(now):
        return None
    if key.last_used_at is None or now - key.last_used_at > TOUCH_EVERY:
        APIKey.objects.filter(pk=key.pk).update(last_used_at=now, last_address=address)
    grants = frozenset(key.grants.values_list("pk", flat=True))
    return Actor("api_key", str(key.pk), str(key), key.user, address, grants)


def _told(key: APIKey, grants: Sequence[Grant]) -> dict[str, object]:
    return {"grants": [str(grant.pk) for grant in grants], "expires_at": key.expires_at.isoformat()}
