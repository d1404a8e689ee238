"""Files made from versions: made once per question and kept for a while, small ones at once, large ones by a worker.

A question is a version, a format, and all else that the file depends on: the columns and rows that a grant leaves, and
the options. Equal questions share one Export row and one file below EXPORT_DIR, whoever asks; whether the asker may
have it is asked anew each time (`drawfiles`, `export_shown`), since the file may outlive the grant it was made for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from opendata import storage
from opendata.draw import columns_of, permit_required
from opendata.exports import EXTENSIONS, MEDIA_TYPES, Exported, ExportRefused, export
from opendata.models import Export, Resource, ResourceVersion
from opendata.permits import Permit
from opendata.rows import EVERYTHING, Column, EngineBusy, EngineConfig, Query, Scope, Table, scope_from_json
from opendata.rows.engine import Engine
from portal.accounts.actors import Actor
from portal.workflow.commands import lock

MOST_TRIES = 3
MOST_WAITING = 200
MOST_WAITING_EACH = 10
WAITS_TOO_LONG = dt.timedelta(minutes=1)
# A running worker shows itself at every step; XLSX is packed at the end without one, which takes minutes at most.
SILENT_SECONDS = 900
FAILURE_RESTS = dt.timedelta(hours=1)
PARTS_KEPT_SECONDS = 24 * 3600
STEP_SECONDS = 0.5
# What a cell of a format costs beside one of CSV.
WEIGHTS = {"xlsx": 5}
# Counted up when the writers change what they write, so that no file of theirs from before is given out.
EDITION = 1
LOST = "worker_lost"


class TakenOver(Exception):
    """Another try makes this file now: this one was thought lost, and stops."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: a version in a format, with a grant's limits (None: all of it) and the options."""

    version: ResourceVersion
    fmt: str
    limits: dict[str, Any] | None
    bom: bool

    @classmethod
    def of(cls, permit: Permit, fmt: str, *, bom: bool) -> Question:
        """Returns what the permit makes of a wish for a format."""
        grant = permit.grant
        limits = None
        # An empty list of columns narrows too: to nothing.
        if grant is not None and (grant.columns is not None or grant.row_filter is not None):
            limits = {"columns": grant.columns, "rows": grant.row_filter}
        return cls(permit.version, fmt, limits, bom and fmt == "csv")

    @property
    def mark(self) -> str:
        """The hash of all that the file depends on besides version and format."""
        told = json.dumps([EDITION, self.limits, self.bom], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the version, whatever a grant leaves of them."""
        return columns_of(Permit(self.version.resource, self.version))

    @property
    def scope(self) -> Scope:
        """The columns and rows that go into the file."""
        if self.limits is None:
            return EVERYTHING
        return scope_from_json(self.limits["columns"], self.limits["rows"], self.columns)

    @property
    def is_large(self) -> bool:
        """Whether there is more to write than somebody waits for."""
        scope = self.scope
        wide = len(self.columns) if scope.columns is None else len(scope.columns)
        return self.version.rows * wide * WEIGHTS.get(self.fmt, 1) > settings.EXPORT_CELLS_AT_ONCE

    @property
    def key(self) -> dict[str, Any]:
        """What finds the one row of this question."""
        return {"version": self.version, "format": self.fmt, "mark": self.mark}

    @property
    def options(self) -> dict[str, Any]:
        """What a worker needs to know besides version and format."""
        return {"limits": self.limits, "bom": self.bom}


def question_in(row: Export) -> Question:
    """Returns the question that a row was made for."""
    return Question(row.version, row.format, row.options["limits"], row.options["bom"])


def path_of(row: Export) -> Path:
    """Returns where the row's file lies, or will lie; the name says all that the file depends on."""
    extension = EXTENSIONS[row.format]  # type: ignore[index]
    return Path(settings.EXPORT_DIR) / str(row.version_id) / f"{row.mark[:32]}{extension}"


def media_type(fmt: str) -> str:
    """Returns the media type of a format."""
    return MEDIA_TYPES[fmt]  # type: ignore[index]


def is_there(row: Export | None) -> bool:
    """Says whether the file is made and has not been swept since."""
    return row is not None and row.state == "ready" and path_of(row).exists()


# --- Asking ----------------------------------------------------------------------------------------------------------


def export_find(question: Question) -> Export | None:
    """Returns the row whose file answers the question and lies ready; its file then counts as used just now."""
    row = Export.objects.filter(**question.key).first()
    if row is None or not is_there(row):
        return None
    path = path_of(row)
    os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    return row


def export_now(question: Question, permit: Permit, *, actor: Actor, now: dt.datetime) -> Export:
    """Makes the file while the asker waits. Raises ExportRefused where the format cannot hold the table."""
    row = Export(**question.key)
    done = _written(question, path_of(row))
    found, _made = Export.objects.update_or_create(
        **question.key,
        defaults={"state": "ready", "rows_done": done.rows, "size": done.size, "finished_at": now, "problem": ""},
        create_defaults={
            **_first(question, permit, actor, now),
            "state": "ready",
            "rows_done": done.rows,
            "size": done.size,
            "finished_at": now,
        },
    )
    return found


def export_queue(question: Question, permit: Permit, *, actor: Actor, now: dt.datetime) -> tuple[Export, bool]:
    """Returns the question's row and whether a worker has to be told of it.

    A row whose file was swept waits again, and so does one that failed, an hour later; before, ExportRefused says why.
    Raises EngineBusy where too many files wait already: of one person, or of all.
    """
    row = Export.objects.filter(**question.key).first()
    if row is None or row.state not in {"queued", "running"}:
        _require_room(actor)
    with transaction.atomic():
        row, made = Export.objects.get_or_create(**question.key, defaults=_first(question, permit, actor, now))
        if made:
            return row, True
        lock(row)
        if row.state in {"queued", "running"} or is_there(row):
            return row, False
        if row.state == "failed" and row.finished_at is not None and now < row.finished_at + FAILURE_RESTS:
            raise ExportRefused(problem_of(row))
        row.state, row.tries, row.rows_done, row.size, row.problem = "queued", 0, 0, 0, ""
        row.created_at, row.started_at, row.finished_at = now, None, None
        row.save()
        return row, True


def _first(question: Question, permit: Permit, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    return {"grant": permit.grant, "options": question.options, "requested_by": actor.user, "created_at": now}


def _require_room(actor: Actor) -> None:
    waiting = Export.objects.all().unfinished()
    mine = actor.user is not None and waiting.filter(requested_by=actor.user).count() >= MOST_WAITING_EACH
    if mine or waiting.count() >= MOST_WAITING:
        raise EngineBusy(_("Too many files are being made. Please come back in a few minutes."))


def problem_of(row: Export) -> str:
    """Returns the sentence that says why the file could not be made."""
    if row.problem == LOST:
        return _("The file could not be made: the work was cut off three times. Please try again in an hour.")
    return row.problem


def export_shown(actor: Actor, pk: Any, *, today: dt.date) -> tuple[Export, Permit]:
    """Returns an export that the actor may draw, with the permit; the permit is asked anew.

    An export of what a grant leaves is seen by those whose permit leaves the very same; to others it is not there.
    Raises Http404 where it is not visible, NotAllowed where the data is not for the actor.
    """
    seen = ResourceVersion.objects.all().visible_to(actor).published()
    related = Export.objects.filter(version__in=seen).select_related("version__parquet", "version__original")
    row = related.filter(pk=pk).first()
    if row is None:
        raise Http404
    resources = Resource.objects.all().visible_to(actor).select_related("entry__provider", "entry__published")
    resource = resources.filter(pk=row.version.resource_id).first()
    if resource is None:
        raise Http404
    permit = permit_required(actor, resource, today=today, version=row.version)
    if Question.of(permit, row.format, bom=row.options["bom"]).mark != row.mark:
        raise Http404
    return row, permit


# --- Making ----------------------------------------------------------------------------------------------------------


class _Counting(Engine):
    """An engine that tells how many rows have been read from it."""

    def __init__(self, config: EngineConfig, on_rows: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_rows = on_rows

    @contextmanager
    def batches(
        self, table: Table, query: Query, *, seconds: float | None = None, size: int = 10_000
    ) -> Iterator[pa.RecordBatchReader]:
        """Gives the rows as the engine does, and tells after each batch how many they were so far."""
        with super().batches(table, query, seconds=seconds, size=size) as reader:
            yield pa.RecordBatchReader.from_batches(reader.schema, self._counted(reader))

    def _counted(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in reader:
            yield batch
            rows += batch.num_rows
            self._on_rows(rows)


def _written(question: Question, path: Path, on_rows: Callable[[int], None] = lambda _rows: None) -> Exported:
    source = storage.blob_path(question.version.parquet)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = _Counting(EngineConfig.of(source.parent, threads=1, places=1), on_rows)
    fmt: Any = question.fmt
    try:
        return export(source, question.columns, fmt, path, scope=question.scope, bom=question.bom, engine=engine)
    finally:
        engine.close()


def export_claim(pk: str, *, now: dt.datetime) -> Export | None:
    """Takes a waiting export for this worker, or returns None where another has it or it is made."""
    with transaction.atomic():
        waiting = Export.objects.select_for_update(skip_locked=True, of=("self",))
        row = waiting.filter(pk=pk, state="queued", tries__lt=MOST_TRIES).first()
        if row is None:
            return None
        row.state, row.started_at, row.tries, row.rows_done = "running", now, row.tries + 1, 0
        row.save(update_fields=["state", "started_at", "tries", "rows_done"])
    _beat(row)
    return row


def export_run(row: Export, *, clock: Callable[[], dt.datetime]) -> Export:
    """Makes the file of a claimed export and keeps its rows and size; or says why the format cannot hold it.

    `clock` tells the time at the end. A try that was thought lost and comes back late changes nothing.
    """
    told = time.monotonic()

    def step(rows: int) -> None:
        nonlocal told
        if time.monotonic() - told >= STEP_SECONDS:
            told = time.monotonic()
            export_step(row, rows)

    try:
        done = _written(question_in(row), path_of(row), step)
    except ExportRefused as refused:
        _ended(row, now=clock(), problem=refused.message)
    except TakenOver:
        row.refresh_from_db()
    else:
        _ended(row, now=clock(), rows=done.rows, size=done.size)
    return row


def export_step(row: Export, rows: int) -> None:
    """Keeps how many rows a running export has written. Raises TakenOver where this try no longer counts."""
    mine = Export.objects.filter(pk=row.pk, state="running", tries=row.tries)
    if not mine.update(rows_done=rows):
        raise TakenOver
    _beat(row)


@transaction.atomic
def _ended(row: Export, *, now: dt.datetime, problem: str = "", rows: int = 0, size: int = 0) -> None:
    tries = row.tries
    lock(row)
    if row.state != "running" or row.tries != tries:
        return
    row.state, row.problem = ("failed", problem) if problem else ("ready", "")
    row.rows_done, row.size, row.finished_at = rows, size, now
    row.save(update_fields=["state", "problem", "rows_done", "size", "finished_at"])


def _pulse(row: Export) -> str:
    return f"export:{row.pk}:{row.tries}"


def _beat(row: Export) -> None:
    cache.set(_pulse(row), 1, SILENT_SECONDS)


# --- Sweeping --------------------------------------------------------------------------------------------------------


def exports_overdue(*, now: dt.datetime) -> list[Export]:
    """Returns the exports nobody was told of and those whose worker was lost, which wait again.

    After the last try an export ends as failed instead.
    """
    overdue = list(Export.objects.filter(state="queued", created_at__lt=now - WAITS_TOO_LONG))
    running = Export.objects.filter(state="running", started_at__lt=now - WAITS_TOO_LONG)
    silent = [row for row in running if cache.get(_pulse(row)) is None]
    return overdue + [row for row in silent if export_requeue(row, now=now)]


@transaction.atomic
def export_requeue(row: Export, *, now: dt.datetime) -> bool:
    """Puts an export whose worker was lost back in the queue, or ends it after its last try; true when it waits."""
    lock(row)
    if row.state != "running":
        return False
    if row.tries >= MOST_TRIES:
        _ended(row, now=now, problem=LOST)
        return False
    row.state = "queued"
    row.save(update_fields=["state"])
    return True


def files_trim(*, now: dt.datetime) -> int:
    """Removes files until the rest fits into EXPORT_MAX_BYTES, those asked for longest ago first; returns how many.

    The one asked for last always stays: it may be what somebody was just promised. Halves of files that a lost worker
    left go after a day. The rows stay; a later question finds its file gone and has it made again.
    """
    root = Path(settings.EXPORT_DIR)
    removed = 0
    for part in root.glob("*/.*.part"):
        if part.stat().st_mtime < now.timestamp() - PARTS_KEPT_SECONDS:
            part.unlink(missing_ok=True)
            removed += 1
    files = [(path.stat(), path) for path in root.glob("*/[!.]*") if path.is_file()]
    files.sort(key=lambda one: one[0].st_atime_ns)
    return removed + _removed(files[:-1], sum(stat.st_size for stat, _path in files))


def _removed(files: Sequence[tuple[os.stat_result, Path]], total: int) -> int:
    removed = 0
    for stat, path in files:
        if total <= settings.EXPORT_MAX_BYTES:
            break
        path.unlink(missing_ok=True)
        total -= stat.st_size
        removed += 1
    return removed
