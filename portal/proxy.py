"""Believes what a proxy says about the client only when the peer is a proxy that the operator named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
Network = IPv4Network | IPv6Network


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Says whether the text is an address inside one of the networks."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def client_address(peer: str, forwarded: str, networks: list[Network]) -> str:
    """Returns the client: walking from the nearest hop outward, the first address that is not one of our proxies."""
    address = peer
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not is_among(address, networks):
            break
        try:
            address = str(ip_address(hop))
        except ValueError:
            break
    return address


class TrustedProxyMiddleware:
    """Sets REMOTE_ADDR from X-Forwarded-For behind TRUSTED_PROXIES, and drops forwarded headers from anyone else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.networks: list[Network] = [ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Corrects the address and passes the request on."""
        # gunicorn leaves the peer empty when nginx comes by a unix socket, which only this machine can reach.
        peer = request.META.get("REMOTE_ADDR") or "127.0.0.1"
        if is_among(peer, self.networks):
            forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
            request.META["REMOTE_ADDR"] = client_address(peer, forwarded, self.networks)
        else:
            for header in FORWARDED:
                request.META.pop(header, None)
        return self.get_response(request)
