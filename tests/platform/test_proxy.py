"""Only a proxy that the operator named may say who the client is."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from portal.proxy import TrustedProxyMiddleware


def seen(settings, peer, proxies=(), **headers):
    """Returns the address and the scheme that a view sees."""
    settings.TRUSTED_PROXIES = list(proxies)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxies else None
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **headers)
    found = []
    TrustedProxyMiddleware(lambda r: found.append((r.META["REMOTE_ADDR"], r.scheme)) or HttpResponse())(request)
    return found[0]


@pytest.mark.parametrize(
    ("peer", "proxies", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", ["10.0.0.0/8"], "198.51.100.1", "203.0.113.9"),
        ("10.0.0.2", ["10.0.0.0/8"], "198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", ["10.0.0.0/8"], "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", ["10.0.0.0/8"], "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.2", ["10.0.0.0/8"], "nonsense", "10.0.0.2"),
        ("10.0.0.2", ["10.0.0.0/8"], "198.51.100.1, nonsense", "10.0.0.2"),
        ("10.0.0.2", ["10.0.0.0/8"], "", "10.0.0.2"),
        ("", ["127.0.0.1"], "198.51.100.1", "198.51.100.1"),
        ("::1", ["::1"], "2001:db8::1", "2001:db8::1"),
    ],
)
def test_client_address(settings, peer, proxies, forwarded, expected):
    assert seen(settings, peer, proxies, HTTP_X_FORWARDED_FOR=forwarded)[0] == expected


def test_scheme_is_believed_from_the_proxy_alone(settings):
    assert seen(settings, "10.0.0.2", ["10.0.0.2"], HTTP_X_FORWARDED_PROTO="https")[1] == "https"
    assert seen(settings, "203.0.113.9", ["10.0.0.2"], HTTP_X_FORWARDED_PROTO="https")[1] == "http"
