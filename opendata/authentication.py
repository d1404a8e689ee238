"""API authentication by key: `Authorization: Bearer xjod_…` or `X-API-Key` (RFC 6750)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from opendata.keys import key_actor
from portal.accounts.actors import Actor, address_of
from portal.accounts.models import User


class APIKeyAuthentication(BaseAuthentication):
    """Names the actor of a request that carries a key; a key that is not good is 401, never a visitor."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        """Returns the key's owner and actor, or None where no key is sent."""
        secret = self._sent(request)
        if secret is None:
            return None
        actor = key_actor(secret, address=address_of(request._request), now=timezone.now())
        if actor is None or actor.user is None:
            raise AuthenticationFailed(_("This API key is unknown, expired or revoked. Please make a new one."))
        request._request.actor = actor  # type: ignore[attr-defined]  # read through actors.actor_of
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        """Returns the challenge that makes the answer 401."""
        return 'Bearer realm="api"'

    @staticmethod
    def _sent(request: Request) -> str | None:
        words = str(request.headers.get("Authorization", "")).split()
        if len(words) == 2 and words[0].lower() == "bearer":
            return words[1]
        sent = request.headers.get("X-API-Key")
        return str(sent).strip() if sent is not None else None
