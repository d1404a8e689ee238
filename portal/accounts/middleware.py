"""Names the actor of every request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

from portal.accounts.actors import Actor, actor_of, address_of
from portal.accounts.models import User

API_PREFIX = "/api/"
API_WHO = ("Authorization", "X-API-Key")


class ActorMiddleware:
    """Sets `request.actor`: the signed-in user, or a visitor. An API key replaces it in its authentication.

    What somebody named was answered is theirs: no cache keeps it, unless the view says otherwise (RFC 9111).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Names the actor and passes the request on."""
        address = address_of(request)
        user = request.user
        actor = Actor.of_user(user, address) if isinstance(user, User) else Actor.visitor(address)
        request.actor = actor  # type: ignore[attr-defined]  # read through actors.actor_of
        response = self.get_response(request)
        if actor_of(request).kind != "visitor" and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        if request.path_info.startswith(API_PREFIX):
            patch_vary_headers(response, API_WHO)
        return response
