"""Names the actor of every request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.accounts.actors import Actor, address_of
from portal.accounts.models import User


class ActorMiddleware:
    """Sets `request.actor`: the signed-in user, or a visitor. An API key replaces it in its authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Names the actor and passes the request on."""
        address = address_of(request)
        user = request.user
        actor = Actor.of_user(user, address) if isinstance(user, User) else Actor.visitor(address)
        request.actor = actor  # type: ignore[attr-defined]  # read through actors.actor_of
        return self.get_response(request)
