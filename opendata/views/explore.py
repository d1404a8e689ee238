"""A resource's query builder and its map: `/resources/<uuid>/explore/` and `/resources/<uuid>/features.json`."""

from __future__ import annotations

import math
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from opendata import draw, mapping
from opendata.draw import OverQuota
from opendata.examples import Example, examples
from opendata.exploring import build
from opendata.models import Resource
from opendata.permits import Permit, permit_for
from opendata.queryaddress import MARK, Pairs, call_of, canonical, without
from opendata.rows import (
    EVERYTHING,
    MAX_LIMIT,
    Column,
    ColumnType,
    Count,
    DeadlineExceeded,
    EngineBusy,
    Page,
    Query,
    QueryError,
    Scope,
    dumps,
    query_from_string,
)
from opendata.rows.schema import NUMBERS
from opendata.showing import cell_text
from portal.accounts.access import Denied
from portal.accounts.actors import Actor, actor_of
from portal.problems import PROBLEM_TYPE, problem

PAGE_ROWS = 500
PAGE_COLUMNS = 60
GEOMETRY_CELL = 40
BUSY_SECONDS = 2
DOWNLOADS = (("csv", "CSV"), ("ndjson", "NDJSON"), ("parquet", "Parquet"), ("arrow", "Arrow"), ("json", "JSON"))
DOWNLOAD_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Head:
    """One column of the answer: its name, what it means, how it is sorted, and the address that sorts by it."""

    name: str
    label: str
    number: bool
    sorted: str
    sort_url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of one page of the query as text, ready to be drawn."""

    heads: list[Head]
    rows: list[list[tuple[str | None, bool]]]
    total: int | None
    estimated: bool
    next_url: str
    first_url: str
    columns_left_out: int
    rows_cut: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, and when to come back."""

    status: int
    message: str
    seconds: float = 0.0


class Room:
    """One resource as one reader may explore it now."""

    def __init__(self, request: HttpRequest, pk: Any) -> None:
        self.request, self.actor, self.now = request, actor_of(request), timezone.now()
        found = Resource.objects.all().visible_to(self.actor)
        related = found.select_related("entry__provider__jurisdiction", "entry__published", "current__parquet")
        self.resource: Resource = get_object_or_404(related, pk=pk)
        self.standing = self.resource.entry.published

    @cached_property
    def answer(self) -> Permit | Denied:
        """The permit, or why not. Held data is shown on a page to nobody, its own officials included (Art. 30)."""
        today = timezone.localdate(self.now)
        held = self.resource.entry.availability == "suspended"
        return permit_for(Actor.visitor() if held else self.actor, self.resource, today=today)

    @cached_property
    def pairs(self) -> Pairs:
        """The decoded parameters in their order; Django has refused too many of them by then."""
        len(self.request.GET)
        return urllib.parse.parse_qsl(self.request.META.get("QUERY_STRING", ""), keep_blank_values=True)

    def labels(self, permit: Permit) -> dict[str, str]:
        """What the columns mean: the publisher's label, else the entry's data element of that name."""
        meanings = {row.name: row.meaning for row in self.standing.elements.all()} if self.standing else {}
        profile = permit.version.columns
        return {one["name"]: str(one.get("label") or meanings.get(one["name"]) or "") for one in profile}

    @property
    def is_public(self) -> bool:
        """Whether the entry's page exists."""
        return self.standing is not None and self.resource.entry.availability in {"live", "suspended"}


@require_safe
def explore(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows the builder, the rows that its query gives, and the same query as a call in each language."""
    room = Room(request, pk)
    permit = room.answer
    context: dict[str, Any] = {
        "resource": room.resource,
        "entry": room.resource.entry,
        "standing": room.standing,
        "is_public": room.is_public,
    }
    if isinstance(permit, Denied):
        return render(request, "opendata/explore.html", context | {"denied": permit, "refused": True}, status=403)
    scope = draw.scope_of(permit)
    columns = [column for column in draw.columns_of(permit) if scope.shows(column.name)]
    wanted = canonical(room.pairs, columns)
    if wanted != room.pairs:
        return HttpResponseRedirect(_address(request.path, wanted))
    answer, failure, error = _drawn(room, permit)
    builder = build(
        request.path,
        room.pairs,
        columns,
        labels=room.labels(permit),
        frequent=_frequent(permit, scope),
        error=error,
    )
    call = call_of(room.pairs)
    api_url = request.build_absolute_uri(reverse("api_rows", args=[room.resource.pk]))
    context |= {
        "builder": builder,
        "answer": answer,
        "failure": failure,
        "waiting": answer is None and failure is None and error is None,
        "live": permit.grant is None,
        "calls": [] if error else _calls(room, api_url, call),
        "downloads": [] if error else _downloads(api_url, call, len(columns)),
        "drawable": mapping.geometry_of(permit) is not None,
        "map": None if builder.grouped or error else mapping.map_of(permit, call),
    }
    status = 422 if error else failure.status if failure else 200
    response = render(request, "opendata/explore.html", context, status=status)
    if failure and failure.seconds:
        response["Retry-After"] = str(math.ceil(failure.seconds))
    return response


def _address(base: str, pairs: Pairs) -> str:
    query = urllib.parse.urlencode(pairs)
    return f"{base}?{query}" if query else base


def _drawn(room: Room, permit: Permit) -> tuple[Answer | None, Failure | None, QueryError | None]:
    """Draws one page; a holder of a grant draws only by asking, since each drawing counts and is logged (Art. 15)."""
    if permit.grant is not None and not call_of(room.pairs):
        return None, None, None
    asked: list[Query] = []

    def read(columns: tuple[Column, ...], scope: Scope) -> Query:
        plain = [(name, value) for name, value in room.pairs if not name.startswith(MARK)]
        query = query_from_string(plain, columns, scope=scope)
        asked.append(query)
        shown = [one.name for one in columns if scope.shows(one.name)][:PAGE_COLUMNS]
        select = query.select[:PAGE_COLUMNS] if query.select or query.grouped else tuple(shown)
        return replace(query, select=select, limit=min(query.limit, PAGE_ROWS))

    try:
        page = draw.rows_page(permit, read, actor=room.actor, now=room.now)
    except QueryError as refused:
        return None, None, refused
    except OverQuota as refused:
        return None, Failure(429, str(refused), refused.seconds), None
    except DeadlineExceeded as refused:
        return None, Failure(422, str(refused)), None
    except EngineBusy as refused:
        return None, Failure(503, str(refused), BUSY_SECONDS), None
    return _answer(room, permit, asked[0], page), None, None


def _answer(room: Room, permit: Permit, query: Query, page: Page) -> Answer:
    labels, pairs = room.labels(permit), call_of(room.pairs)
    directions = {key.column: "descending" if key.descending else "ascending" for key in query.sort}
    numbers = [column.type in NUMBERS for column in page.columns]
    scope = draw.scope_of(permit)
    visible = sum(1 for one in draw.columns_of(permit) if scope.shows(one.name))
    following = [*pairs, ("cursor", page.next_cursor)] if page.next_cursor else []
    return Answer(
        heads=[_head(room, pairs, column, labels, directions.get(column.name, "")) for column in page.columns],
        rows=[list(zip(map(_cell, page.columns, row), numbers, strict=True)) for row in page.rows],
        total=page.total if page.total is not None else _whole_count(permit, query, scope),
        estimated=page.total_is is Count.ESTIMATED,
        next_url=_address(room.request.path, following) if following else "",
        first_url=_address(room.request.path, pairs) if query.cursor else "",
        columns_left_out=0 if query.grouped else max(0, len(query.select or range(visible)) - PAGE_COLUMNS),
        rows_cut=query.limit > PAGE_ROWS and bool(page.next_cursor),
    )


def _cell(column: Column, value: object) -> str | None:
    """Writes a cell; of a geometry only the beginning, which says its kind."""
    if column.type is ColumnType.GEOMETRY and value is not None:
        return f"{str(value)[:GEOMETRY_CELL]}…"
    return cell_text(value)


def _whole_count(permit: Permit, query: Query, scope: Scope) -> int | None:
    """Returns the number of all rows where the query takes them all, so that nothing need be counted."""
    asks_all = query.where is None and query.box is None and not query.grouped and scope.row_filter is None
    return permit.version.rows if asks_all else None


def _head(room: Room, pairs: Pairs, column: Column, labels: Mapping[str, str], direction: str) -> Head:
    """Makes a column head that sorts by its column: first rising, then falling, then in the table's own order."""
    rest = without(pairs, "sort", "offset")
    name = column.name
    term = {"": name, "ascending": f"-{name}"}.get(direction, "")
    url = ""
    if column.sortable and "," not in name and '"' not in name:
        url = _address(room.request.path, [*rest, ("sort", term)] if term else rest)
    return Head(name, labels.get(name, ""), column.type in NUMBERS, direction, url)


def _frequent(permit: Permit, scope: Scope) -> dict[str, list[str]]:
    """Returns the most frequent values of text columns, where the reader may see figures of the whole data."""
    if scope != EVERYTHING:
        return {}
    return {
        one["name"]: [str(value) for value, _count in one.get("histogram") or []]
        for one in permit.version.columns
        if one["type"] == "text"
    }


def _calls(room: Room, api_url: str, call: Pairs) -> list[Example]:
    needs_key = room.standing is None or room.standing.open_class != "unconditional"
    return examples(api_url, call, needs_key=needs_key)


def _downloads(api_url: str, call: Sequence[tuple[str, str]], columns: int) -> list[tuple[str, str]]:
    """Returns the addresses of the query's answer as files, as many rows as one answer may have."""
    most = min(MAX_LIMIT, DOWNLOAD_CELLS // max(1, columns))
    kept = [*without(call, "limit"), ("limit", str(most))]
    return [(label, _address(api_url, [*kept, ("format", fmt)])) for fmt, label in DOWNLOADS]


@require_safe
def features(request: HttpRequest, pk: Any) -> HttpResponse:
    """Answers the query's rows as a GeoJSON FeatureCollection for the map, bounded in features, points and bytes."""
    room = Room(request, pk)
    permit = room.answer
    if isinstance(permit, Denied):
        return _refused(403, str(permit.reason), article=permit.article)
    if mapping.geometry_of(permit) is None:
        raise Http404
    try:
        collection = mapping.collection(permit, room.pairs, actor=room.actor, now=room.now)
    except (QueryError, DeadlineExceeded) as refused:
        return _refused(422, str(refused))
    except OverQuota as refused:
        return _refused(429, str(refused), seconds=refused.seconds)
    except EngineBusy as refused:
        return _refused(503, str(refused), seconds=BUSY_SECONDS)
    response = HttpResponse(dumps(collection), content_type="application/geo+json")
    response["Cache-Control"] = "private, no-store" if permit.grant or permit.own else "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _refused(status: int, detail: str, *, article: int | None = None, seconds: float = 0) -> HttpResponse:
    """Answers a map's question with a problem document (RFC 9457)."""
    response = JsonResponse(problem(status, detail, article=article), status=status, content_type=PROBLEM_TYPE)
    if seconds:
        response["Retry-After"] = str(math.ceil(seconds))
    return response


urlpatterns = [
    path("resources/<uuid:pk>/explore/", explore, name="explore"),
    path("resources/<uuid:pk>/features.json", features, name="features"),
]
