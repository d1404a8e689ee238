"""`…/rows/` and `…/query/`: pages of rows or groups, in the format that is asked for."""

from __future__ import annotations

import hashlib
import urllib.parse
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header, parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from opendata import draw
from opendata.api.base import ROW_PROBLEMS, ResourceView
from opendata.api.errors import told
from opendata.api.parsers import RawJSONParser
from opendata.api.serializers import PageSerializer, QuerySerializer
from opendata.looking import resource_for_rows
from opendata.permits import Permit
from opendata.rows import QueryError, columns_json, dumps, parse_body, query_from_json, query_from_string
from opendata.rows.answers import MEDIA_TYPES, Answer, RowFormat
from opendata.rows.tree import Count
from portal.accounts.actors import actor_of
from portal.problems import PROBLEM_TYPE, exception_handler

_KEY_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_X_API_KEY")
_MEDIA = [*MEDIA_TYPES.values()]
_BY_MEDIA = {media: fmt for fmt, media in MEDIA_TYPES.items()}
PARAMETERS = [
    OpenApiParameter("select", str, description="Columns, separated by commas."),
    OpenApiParameter("sort", str, description="Columns, separated by commas; `-` means descending."),
    OpenApiParameter("limit", int, description="Rows on a page, at most 10,000."),
    OpenApiParameter("offset", int, description="Rows to pass over before the first page; then follow the cursor."),
    OpenApiParameter("cursor", str, description="The `cursor` of the page before."),
    OpenApiParameter("count", str, enum=[one.value for one in Count], description="Whether to count all rows."),
    OpenApiParameter("group_by", str, description="Columns to group by, separated by commas."),
    OpenApiParameter(
        "aggregates",
        str,
        description="Figures of each group: `count`, or count, sum, avg, min, max, distinct `:column`.",
    ),
    OpenApiParameter(
        "bbox", str, description="`west,south,east,north` in degrees: rows whose geometry's bounds meet it."
    ),
    OpenApiParameter("version", int, description="The number of a published version; without it the one that stands."),
    OpenApiParameter("format", str, enum=[one.value for one in RowFormat], description="Wins over `Accept`."),
]
FORMATS = {(200, media): bytes for media in _MEDIA[1:]}


class OwnNegotiation(DefaultContentNegotiation):
    """Leaves `Accept` to the view, which knows the formats of rows."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Returns the first renderer, which writes the problems."""
        return renderers[0], renderers[0].media_type


class Rows(ResourceView):
    """Rows by a query string, in the `column__operator` grammar."""

    content_negotiation_class = OwnNegotiation

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answers a reader without a key on the shortest way; keys and other methods go through REST framework.

        Both ways end in `answer`, under the same permit. What is left out is machinery that has nothing to do for a
        GET by a session: parsers, throttles and renderers.
        """
        if request.method not in ("GET", "HEAD") or any(name in request.META for name in _KEY_HEADERS):
            return super().dispatch(request, *args, **kwargs)
        try:
            return answer_get(request, kwargs["pk"])
        except Exception as raised:
            response = exception_handler(raised, {})
            if response is None:
                raise
            headers = {name: value for name, value in response.items() if name.lower() != "content-type"}
            return JsonResponse(
                response.data,
                status=response.status_code,
                content_type=PROBLEM_TYPE,
                headers=headers,
                json_dumps_params={"ensure_ascii": False},
            )

    @extend_schema(
        summary="Rows by a query string",
        description=(
            "Filters are `column__operator=value` with the operators exact, ne, in, gt, gte, lt, lte, contains, "
            "startswith, isnull and range. With `group_by` or `aggregates` there is a row for each group, and `sort` "
            "takes the names of the answer's columns (`pm25__avg`). Each resource documents its own columns at "
            "`…/openapi.json`. The next page stands in `Link` in every format; the count, outside JSON, in "
            "`X-Total-Count` and `X-Total-Count-Is`."
        ),
        parameters=PARAMETERS,
        responses={200: PageSerializer, **FORMATS, **ROW_PROBLEMS},
        examples=[
            OpenApiExample(
                "page", value={"rows": [{"station": "01A", "pm25": 35.5}], "cursor": None, "next": None, "count": 1}
            )
        ],
    )
    def get(self, request: Request, pk: Any) -> HttpResponseBase:
        """Returns one page; ETag is made from the version, the query, the format and the citation."""
        return answer_get(request._request, pk)


class Queries(ResourceView):
    """Rows or groups by a JSON tree: select, where, group_by, aggregates, having, sort, limit, cursor, count, bbox."""

    parser_classes = [RawJSONParser]
    content_negotiation_class = OwnNegotiation

    @extend_schema(
        summary="Rows by a JSON query",
        parameters=PARAMETERS[-2:],
        request=QuerySerializer,
        responses={200: PageSerializer, **FORMATS, **ROW_PROBLEMS},
        examples=[
            OpenApiExample(
                "and-or",
                request_only=True,
                value={
                    "select": ["station", "pm25"],
                    "where": {"and": [{"column": "pm25", "op": "gt", "value": 75}]},
                    "sort": ["-pm25"],
                    "limit": 10,
                },
            )
        ],
    )
    def post(self, request: Request, pk: Any) -> HttpResponseBase:
        """Returns one page; the cursor of the next goes into the body of the next query."""
        with told():
            body = parse_body(request.data["body"])  # type: ignore[call-overload]  # what RawJSONParser makes
        return answer(
            request._request, pk, lambda columns, scope: query_from_json(body, columns, scope=scope), pairs=None
        )


def answer_get(request: HttpRequest, pk: Any) -> HttpResponse:
    """Returns the page that the query string asks for."""
    pairs = urllib.parse.parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)

    def read(columns: Any, scope: Any) -> Any:
        return query_from_string(pairs, columns, scope=scope, ignore=("format", "version"))

    return answer(request, pk, read, pairs=pairs)


def answer(request: HttpRequest, pk: Any, read: draw.Read, pairs: list[tuple[str, str]] | None) -> HttpResponse:
    """Returns one page under the permit of whoever asks; 304 where they have it already.

    `pairs` is the query string of a GET, from which the address of the next page is made.
    """
    actor, now = actor_of(request), timezone.now()
    today = timezone.localdate(now)
    resource = resource_for_rows(actor, pk)
    version = draw.version_asked(resource, request.GET.get("version"))
    permit = draw.permit_required(actor, resource, today=today, version=version)
    citation = draw.citation(resource, obtained_on=today, version=version)
    sent: list[HttpResponse] = []
    with told():
        fmt = chosen_format(request)

        def leaves(mark: draw.Mark) -> bool:
            """Says whether the page goes out; else puts down what is told instead."""
            if pairs is None:
                return True
            etag = _etag(request, mark, citation)
            known = {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
            if "*" in known or etag.removeprefix("W/") in known:
                sent.append(HttpResponseNotModified(headers={"ETag": etag}))
            elif request.method == "HEAD":
                sent.append(HttpResponse(headers={"ETag": etag}, content_type=_content_type(fmt)))
            return not sent

        drawn = draw.rows_answer(permit, read, fmt, actor=actor, now=now, leaves=leaves)
    response = sent[0] if drawn.answer is None else _page(request, permit, fmt, drawn.answer, pairs, citation)
    if drawn.answer is not None and pairs is not None:
        response["ETag"] = _etag(request, drawn.mark, citation)
    response["Cache-Control"] = "private, no-store" if permit.grant or permit.own else "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    patch_vary_headers(response, ("Accept",))
    return response


def chosen_format(request: HttpRequest) -> RowFormat:
    """Returns the format that `format=` names, or the best that `Accept` allows.

    Raises QueryError for an unknown name and NotAcceptable (406) where nothing that is offered is accepted.
    """
    name = request.GET.get("format")
    if name is not None:
        if name not in list(RowFormat):
            message = _("“%(format)s” is not offered. Choose one of: %(known)s.")
            raise QueryError(message % {"format": name[:40], "known": ", ".join(RowFormat)}, "format")
        return RowFormat(name)
    if "HTTP_ACCEPT" not in request.META:
        return RowFormat.JSON
    media = request.get_preferred_type(_MEDIA)
    if media is None:
        raise NotAcceptable(_("Rows are offered as: %(known)s.") % {"known": ", ".join(_MEDIA)})
    return _BY_MEDIA[media]


def _page(
    request: HttpRequest,
    permit: Permit,
    fmt: RowFormat,
    found: Answer,
    pairs: list[tuple[str, str]] | None,
    citation: str,
) -> HttpResponse:
    following = _next(request, pairs, found.next_cursor) if pairs is not None and found.next_cursor else None
    content = found.body
    if fmt is RowFormat.JSON:
        head = {
            "resource": str(permit.resource.pk),
            "version": permit.version.number,
            "columns": columns_json(found.columns),
        }
        tail = {
            "cursor": found.next_cursor,
            "next": following,
            "count": found.total,
            "count_is": None if found.total_is is Count.NONE else found.total_is.value,
            "citation": citation,
        }
        content = b"".join([dumps(head)[:-1], b',"rows":', found.body, b",", dumps(tail)[1:]])
    response = HttpResponse(content, content_type=_content_type(fmt))
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    if fmt is not RowFormat.JSON:
        name = f"{permit.resource.title}-v{permit.version.number}.{fmt.value}"
        response["Content-Disposition"] = content_disposition_header(True, name)
        response["X-Data-Citation"] = urllib.parse.quote(citation, safe=" ,.:;()")
        if found.next_cursor:
            response["X-Next-Cursor"] = found.next_cursor
        if found.total is not None:
            response["X-Total-Count"] = str(found.total)
            response["X-Total-Count-Is"] = found.total_is.value
    return response


def _content_type(fmt: RowFormat) -> str:
    return "text/csv; charset=utf-8; header=present" if fmt is RowFormat.CSV else MEDIA_TYPES[fmt]


def _next(request: HttpRequest, pairs: list[tuple[str, str]], cursor: str) -> str:
    """Returns the address of the next page: the same query, from where this page ended."""
    kept = [(name, value) for name, value in pairs if name not in ("cursor", "offset")]
    return request.build_absolute_uri(f"{request.path}?{urllib.parse.urlencode([*kept, ('cursor', cursor)])}")


def _etag(request: HttpRequest, mark: draw.Mark, citation: str) -> str:
    """Returns a validator (RFC 9110 §8.8) of all that a page depends on, strong where its bytes are always the same.

    The envelope holds the citation, in the reader's language and of this day, and addresses of this site.
    """
    parts = "\n".join([mark.text, citation, request.build_absolute_uri("/")])
    digest = hashlib.sha256(parts.encode()).hexdigest()[:40]
    return f'"{digest}"' if mark.steady else f'W/"{digest}"'
