"""What a request may be at all, looked at before anything of it is read or looked up."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.actors import actor_of
from portal.problems import refusal

FORM = "multipart/form-data"
# The pieces of a resumable upload (tus 1.0): they go to disk as they come, whatever their size.
PIECES = "application/offset+octet-stream"
# Ten attachments of 20 MB, and the form around them.
FORM_MAX_BYTES = 220 * 1024 * 1024
FORM_MARGIN = 1024 * 1024


def body_limit(request: HttpRequest) -> int:
    """Returns how many bytes this person may send here: files come by forms, and large ones from officials only."""
    plain = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    actor, kind = actor_of(request), request.content_type or ""
    if actor.kind != "user" or not kind.startswith((FORM, PIECES)):
        return plain
    official = access.is_official(actor.user)
    if kind.startswith(PIECES):
        return int(settings.UPLOAD_MAX_BYTES) if official else plain
    return int(settings.UPLOAD_FORM_BYTES) + FORM_MARGIN if official else FORM_MAX_BYTES


def body_size(request: HttpRequest) -> int:
    """Returns the announced size of the body; Django reads no more of it than this."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    return int(announced) if announced.isdecimal() else 0


class RequestLimits:
    """Refuses a body that is too large before a byte of it is read, and an address that no text can hold."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers 413 or 404, or passes the request on."""
        size = body_size(request)
        if size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE and size > (most := body_limit(request)):
            message = _("This is more than can be sent here: at most %(n)s MB.")
            return refusal(request, 413, message % {"n": most // (1024 * 1024)})
        if "\x00" in request.path_info:
            return refusal(request, 404, _("There is nothing at this address, or nothing that you may see."))
        return self.get_response(request)
