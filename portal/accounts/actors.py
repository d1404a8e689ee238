"""Actor: whoever acts or looks. Always a named someone: a user, an API key, a visitor or the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpRequest

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """Names who acts, and from where; an API key carries the grants it was made for."""

    kind: str
    id: str
    label: str
    user: User | None = None
    address: str = ""
    grant_ids: frozenset[UUID] | None = None

    @classmethod
    def of_user(cls, user: User, address: str = "") -> Actor:
        """Returns the actor that a signed-in user is."""
        return cls("user", str(user.pk), user.get_full_name(), user, address)

    @classmethod
    def visitor(cls, address: str = "") -> Actor:
        """Returns the actor that someone without an account is."""
        return cls("visitor", "visitor", "visitor", None, address)

    @classmethod
    def reporter(cls, report_id: object, address: str = "") -> Actor:
        """Returns the actor that someone who knows a report's receipt number and secret is."""
        return cls("reporter", str(report_id), "reporter", None, address)


SYSTEM = Actor("system", "system", "system")


def address_of(request: HttpRequest) -> str:
    """Returns the client's address as the server in front of us states it (settings decide whom to trust)."""
    return str(request.META.get("REMOTE_ADDR") or "")


def actor_of(request: HttpRequest) -> Actor:
    """Returns who makes this request; the middleware and the API's authentication set it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware for every request
    return actor
