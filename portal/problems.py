"""Refusals, told the same way everywhere: a page for people, a problem document (RFC 9457) for programs.

A refusal says why, and by which article (Art. 38). What went wrong inside is logged, never shown.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import exceptions as api
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from portal.accounts.access import NotAllowed
from portal.law.errors import RuleBroken

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
API_PREFIX = "/api/"


def title_of(status: int) -> str:
    """Returns the short words for a status, in the reader's language."""
    titles = {
        400: _("The request cannot be read"),
        401: _("Sign-in or API key needed"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("This method is not offered here"),
        406: _("This format is not offered here"),
        409: _("A rule stands against it"),
        413: _("Too large"),
        415: _("This kind of content is not accepted"),
        422: _("The query cannot be answered"),
        429: _("Too many requests"),
        500: _("Something went wrong on our side"),
    }
    return titles.get(status) or titles[400 if status < 500 else 500]


def problem(
    status: int,
    detail: str,
    *,
    article: int | None = None,
    errors: Mapping[str, Any] | None = None,
    field: str | None = None,
) -> dict[str, Any]:
    """Returns the members of a problem document; `article` is the article of the Measures, `errors` the fields'."""
    body: dict[str, Any] = {"type": "about:blank", "title": title_of(status), "status": status, "detail": detail}
    if article is not None:
        body["article"] = article
    if errors is not None:
        body["errors"] = errors
    elif field is not None:
        body["errors"] = {field: [detail]}
    return body


def exception_handler(raised: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turns what an API view raised into a problem document; None leaves a real fault to Django's 500."""
    body, headers = _as_problem(raised)
    if body is None:
        return None
    set_rollback()
    if body["status"] == 403 and isinstance(raised, api.NotAuthenticated | api.AuthenticationFailed):
        body |= {"status": 401, "title": title_of(401)}
        headers.setdefault("WWW-Authenticate", "Bearer")
    response = Response(body, status=body["status"], headers=headers)
    response.content_type = PROBLEM_TYPE
    return response


def _as_problem(raised: Exception) -> tuple[dict[str, Any] | None, dict[str, str]]:
    if isinstance(raised, RuleBroken):
        return problem(409, say_refusal(raised), article=raised.article, field=raised.field), {}
    if isinstance(raised, NotAllowed):
        return problem(403, str(raised.reason), article=raised.article), {}
    if isinstance(raised, PermissionDenied):
        return problem(403, _("You are not allowed to do this.")), {}
    if isinstance(raised, Http404):
        return problem(404, _("There is nothing at this address, or nothing that you may see.")), {}
    if isinstance(raised, DjangoValidationError):
        return problem(400, _("Some values are not right."), errors=_django_errors(raised)), {}
    if isinstance(raised, api.ValidationError):
        errors = raised.detail if isinstance(raised.detail, dict) else {"non_field_errors": raised.detail}
        return problem(raised.status_code, _("Some values are not right."), errors=errors), {}
    if isinstance(raised, api.APIException):
        return problem(raised.status_code, str(raised.detail)), _headers_of(raised)
    return None, {}


def _headers_of(raised: api.APIException) -> dict[str, str]:
    headers = {}
    if wait := getattr(raised, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    if challenge := getattr(raised, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    return headers


def _django_errors(raised: DjangoValidationError) -> dict[str, list[str]]:
    if hasattr(raised, "error_dict"):
        return raised.message_dict
    return {"non_field_errors": list(raised.messages)}


def say_refusal(raised: RuleBroken) -> str:
    """Returns a broken rule's message in the reader's language."""
    return raised.say(get_language())


def wants_problem(request: HttpRequest | Request) -> bool:
    """Says whether an error at this address is told to a program."""
    return request.path.startswith(API_PREFIX)


class PageProblems:
    """Turns a refusal raised in a page's view into a page that says why, and what to do next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Passes the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, raised: Exception) -> HttpResponse | None:
        """Answers 409 for a broken rule and 403 for a denied act; anything else goes on to Django."""
        if not isinstance(raised, RuleBroken | NotAllowed):
            return None
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block and connection.settings_dict["ATOMIC_REQUESTS"]:
                connection.set_rollback(True)
        status = 409 if isinstance(raised, RuleBroken) else 403
        detail = say_refusal(raised) if isinstance(raised, RuleBroken) else str(raised.reason)
        return refusal(request, status, detail, article=raised.article)


def refusal(request: HttpRequest, status: int, detail: str, *, article: int | None = None) -> HttpResponse:
    """Returns an error as the page or the document that fits the address."""
    if wants_problem(request):
        body = problem(status, detail, article=article)
        return JsonResponse(body, status=status, content_type=PROBLEM_TYPE, json_dumps_params={"ensure_ascii": False})
    return page(request, str(status), status, detail, article)


def page(request: HttpRequest, name: str, status: int, detail: str = "", article: int | None = None) -> HttpResponse:
    """Returns the error page of this name; `detail` says why, where the page itself does not know."""
    context: dict[str, Any] = {
        "status": status,
        "title": title_of(status),
        "detail": detail,
        "article": article,
        "not_found": status == 404,  # such a page repeats nothing of the address it was asked by
    }
    try:
        return render(request, f"errors/{name}.html", context, status=status)
    except Exception:
        # Django answers with its 500 then, but logs only that, not why.
        logger.exception("The error page %s cannot be shown", name)
        raise


def page_forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answers 403 where Django itself denied."""
    return refusal(request, 403, str(exception or "") or _("You are not allowed to do this."))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answers 404: what does not exist and what may not be seen look alike."""
    return refusal(request, 404, _("There is nothing at this address, or nothing that you may see."))


def page_error(request: HttpRequest) -> HttpResponse:
    """Answers 500 without a word about the cause, and without needing the database for the page."""
    return refusal(request, 500, _("The fault has been recorded. Please try again in a while."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers 403 to a form that did not come from our own page, or came too late."""
    logger.warning("CSRF refused: %s", reason)
    if wants_problem(request):
        return refusal(request, 403, _("The form has expired. Please go back, reload the page and send it again."))
    return page(request, "403_csrf", 403)
