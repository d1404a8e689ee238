"""Shows a resource to a reader: columns, preview, files, API by example. The entry's page and its own page draw it."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.models import EntryVersion
from opendata import draw
from opendata.formats import formats_of
from opendata.histograms import Histogram, histogram_of
from opendata.models import Resource, ResourceVersion
from opendata.permits import Permit, permit_for
from opendata.querysets import ResourceQuerySet
from opendata.rows import EVERYTHING, Column, DeadlineExceeded, EngineBusy, Page, Query, Scope
from opendata.rows.schema import NUMBERS
from portal.accounts.access import Denied
from portal.accounts.actors import Actor

PREVIEW_ROWS = 20
PREVIEW_COLUMNS = 40
SHOWN_COLUMNS = 200
SHOWN_VERSIONS = 10
LONGEST_CELL = 120
LONGEST_END = 40
PREVIEW_KEPT = 24 * 3600
FILE_LABELS = {
    "csv": "CSV",
    "xlsx": "Excel (XLSX)",
    "json": "JSON",
    "ndjson": "NDJSON",
    "parquet": "Parquet",
    "geojson": "GeoJSON",
}


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One line of the column table; figures of the data (`nulls` and what follows) are None where not for this reader.

    `blanks` is the share of blank cells in percent.
    """

    name: str
    type: str
    label: str
    nulls: int | None
    why_text: str
    unit: str = ""
    low: str = ""
    high: str = ""
    blanks: float | None = None
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as text; `columns` are (name, is a number). Cells without a value are None."""

    columns: list[tuple[str, bool]]
    rows: list[list[str | None]]
    columns_left_out: int

    @property
    def cells(self) -> list[list[tuple[str | None, bool]]]:
        """The rows, each cell with whether it is a number."""
        numbers = [number for _name, number in self.columns]
        return [list(zip(row, numbers, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class File:
    """A way to download: its label and address."""

    label: str
    url: str
    format: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A resource as one reader may see it now. `denied` says why the data itself is not for them, with the article."""

    resource: Resource
    version: ResourceVersion | None
    permit: Permit | None
    denied: Denied | None
    columns: list[ShownColumn]
    columns_left_out: int
    preview: Preview | None
    preview_later: str
    preview_on_request: bool
    files: list[File]
    api_url: str
    api_example: str
    citation: str

    @property
    def held(self) -> bool:
        """Whether the entry is suspended: then nothing of its data is shown."""
        return self.resource.entry.availability == "suspended"

    @property
    def refused(self) -> bool:
        """Whether the data itself is not for this reader; `denied` is falsy, so templates ask here."""
        return self.denied is not None

    @property
    def nulls_known(self) -> bool:
        """Whether the figures of the columns are for this reader."""
        return any(column.nulls is not None for column in self.columns)

    @property
    def needs_key(self) -> bool:
        """Whether the data is given on application only (Art. 29)."""
        standing = self.resource.entry.published
        return standing is None or standing.open_class != "unconditional"

    @property
    def downloadable(self) -> bool:
        """Whether the entry is given out as files (Art. 27: the data form)."""
        standing = self.resource.entry.published
        return standing is None or standing.data_form != "api"

    @property
    def callable(self) -> bool:
        """Whether the entry is given out by API (Art. 27: the data form)."""
        standing = self.resource.entry.published
        return standing is None or standing.data_form != "download"


def type_label(kind: str) -> str:
    """Says what kind of values a column holds."""
    labels = {
        "integer": _("whole number"),
        "decimal": _("decimal number"),
        "float": _("floating-point number"),
        "boolean": _("yes or no"),
        "date": _("date"),
        "time": _("time"),
        "timestamp": _("date and time"),
        "text": _("text"),
        "json": _("structured (JSON)"),
        "geometry": _("place or shape"),
    }
    return labels.get(kind, kind)


def why_text(reason: str) -> str:
    """Says why a column that looks like numbers or dates was kept as text, so that nothing of it is lost."""
    reasons = {
        "leading_zeros": _("A code with leading zeros; as a number they would be lost."),
        "long_digits": _("A code with more digits than a number can hold exactly."),
        "name_says_code": _("The name says that it is a code, so it is not calculated with."),
        "mobile_numbers": _("Telephone numbers."),
        "identifier": _("Every value is different: an identifier."),
        "stored_as_text": _("The source file marks these cells as text."),
        "ambiguous_date": _("Day and month cannot be told apart with certainty."),
        "mixed": _("Numbers or dates and other words stand in one column."),
        "empty": _("No cell holds a value."),
        "thousands_separators": _("The numbers are written with separators, exactly as in the source."),
        "percentages": _("The numbers are written with a percent sign, exactly as in the source."),
        "ten_thousand_units": _("The numbers are written with a unit, exactly as in the source."),
        "fullwidth_digits": _("The digits are written in full width, exactly as in the source."),
        "currency_signs": _("The amounts are written with a currency sign, exactly as in the source."),
    }
    return reasons.get(reason, "")


def for_showing(resources: ResourceQuerySet) -> ResourceQuerySet:
    """Loads what `show` needs: the current version with its file's size, and the last versions' figures."""
    lately = (
        ResourceVersion.objects.published()
        .select_related("original")
        .defer("columns", "reading", "findings")
        .order_by("-number")[:SHOWN_VERSIONS]
    )
    return resources.select_related("current__original").prefetch_related(
        Prefetch("versions", queryset=lately, to_attr="lately")
    )


def show(
    resource: Resource,
    *,
    actor: Actor,
    now: dt.datetime,
    site: str,
    meanings: Mapping[str, str],
    preview_asked: bool = False,
) -> Shown:
    """Returns the resource as this actor may see it.

    `site` is the address of this site without a slash at its end; `meanings` are the entry's data elements by name.
    While the entry is held, nothing of the data is shown to anyone, its own officials included (Art. 30). A holder of a
    grant draws the preview only on request, since each drawing counts and is logged (Art. 15).
    """
    today = timezone.localdate(now)
    answer = permit_for(actor, resource, today=today)
    permit = answer if isinstance(answer, Permit) else None
    denied = answer if isinstance(answer, Denied) else None
    if resource.entry.availability == "suspended":
        held = permit_for(Actor.visitor(), resource, today=today)
        permit, denied = None, held if isinstance(held, Denied) else denied
    version = resource.current
    whole = permit is not None and draw.scope_of(permit) == EVERYTHING
    profile = version.columns if version else []
    on_request = permit is not None and permit.grant is not None and not preview_asked
    preview, later = None, ""
    if permit is not None and not on_request:
        preview, later = _preview(permit, actor=actor, now=now)
    return Shown(
        resource=resource,
        version=version,
        permit=permit,
        denied=denied,
        columns=[
            _column(one, meanings, rows=version.rows if whole and version else None) for one in profile[:SHOWN_COLUMNS]
        ],
        columns_left_out=max(0, len(profile) - SHOWN_COLUMNS),
        preview=preview,
        preview_later=later,
        preview_on_request=on_request,
        files=_files(permit, whole=whole) if permit else [],
        api_url=site + reverse("api_rows", args=[resource.pk]),
        api_example=_api_example(resource, site),
        citation=draw.citation(resource, obtained_on=today),
    )


def _column(profile: Mapping[str, Any], meanings: Mapping[str, str], *, rows: int | None) -> ShownColumn:
    """Returns one line; `rows` is the number of all rows, or None where figures of the data are not for this reader."""
    name = str(profile["name"])
    label = str(profile.get("label") or meanings.get(name) or "")
    kept = why_text(str(profile.get("kept_text") or "")) if profile["type"] == "text" else ""
    unit = str(profile.get("unit") or "")
    shown = ShownColumn(name, type_label(str(profile["type"])), label, None, kept, unit)
    if rows is None or "nulls" not in profile:
        return shown
    ordered = profile["type"] in {"integer", "decimal", "float", "date", "time", "timestamp"}
    low, high = (str(profile.get(end) or "") if ordered else "" for end in ("min", "max"))
    nulls = int(profile["nulls"])
    return replace(
        shown,
        nulls=nulls,
        low=low[:LONGEST_END],
        high=high[:LONGEST_END],
        blanks=round(100 * nulls / rows, 1) if rows else 0.0,
        histogram=histogram_of(profile),
    )


def _files(permit: Permit, *, whole: bool) -> list[File]:
    base = reverse("opendata:download", args=[permit.resource.pk])
    offered = formats_of(permit.version, permit)
    files = [File(label, f"{base}?format={fmt}", fmt) for fmt, label in FILE_LABELS.items() if fmt in offered]
    if whole:
        files.append(File(_("Original file"), f"{base}?format=original", "original"))
    return files


def files_of(permit: Permit, version: ResourceVersion) -> list[File]:
    """Returns the ways to download one version for good, under its number."""
    whole = draw.scope_of(permit) == EVERYTHING
    return [replace(one, url=f"{one.url}&version={version.number}") for one in _files(permit, whole=whole)]


def shown_columns(version: ResourceVersion, standing: EntryVersion | None, *, whole: bool) -> list[ShownColumn]:
    """Returns the columns of a version; their figures only where `whole` says that they are for this reader."""
    meanings = {row.name: row.meaning for row in standing.elements.all()} if standing else {}
    return [_column(one, meanings, rows=version.rows if whole else None) for one in version.columns[:SHOWN_COLUMNS]]


def _api_example(resource: Resource, site: str) -> str:
    """Returns a curl command that works as it stands; conditional data needs a key in it (Art. 29)."""
    version, standing = resource.current, resource.entry.published
    names = [str(one["name"]) for one in version.columns[:2]] if version else []
    lines = [f"curl -G {shlex.quote(site + reverse('api_rows', args=[resource.pk]))}"]
    if standing is None or standing.open_class != "unconditional":
        lines.append("-H 'Authorization: Bearer xjod_…'")
    if names and all("," not in name for name in names):
        lines.append(f"--data-urlencode {shlex.quote('select=' + ','.join(names))}")
    lines.append("--data-urlencode 'limit=5'")
    return " \\\n  ".join(lines)


def _preview(permit: Permit, *, actor: Actor, now: dt.datetime) -> tuple[Preview | None, str]:
    """Returns the first rows, or why they cannot be shown this moment. A version never changes, so they are kept."""
    key = f"preview:1:{permit.version.pk}"
    kept: Preview | None = cache.get(key) if permit.grant is None else None
    if kept is not None:
        return kept, ""
    try:
        page = draw.rows_page(permit, _first_rows, actor=actor, now=now, kind="preview")
    except (EngineBusy, DeadlineExceeded):
        return None, _("The preview is not ready just now: many people are reading data. Reload the page in a moment.")
    except draw.OverQuota as refused:
        return None, str(refused)
    made = _as_text(page, len(permit.version.columns))
    if permit.grant is None:
        cache.set(key, made, PREVIEW_KEPT)
    return made, ""


def _first_rows(columns: tuple[Column, ...], scope: Scope) -> Query:
    visible = [one.name for one in columns if scope.shows(one.name)]
    return Query(select=tuple(visible[:PREVIEW_COLUMNS]), limit=PREVIEW_ROWS)


def _as_text(page: Page, columns: int) -> Preview:
    return Preview(
        columns=[(column.name, column.type in NUMBERS) for column in page.columns],
        rows=[[cell_text(value) for value in row] for row in page.rows],
        columns_left_out=max(0, columns - len(page.columns)) if columns > PREVIEW_COLUMNS else 0,
    )


def cell_text(value: object) -> str | None:
    """Writes a value as it leaves by the API: exact decimals, ISO dates; long text is cut."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"
