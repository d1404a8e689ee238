"""A whole entry as one ZIP: its tables as CSV, and beside them what a reader needs to use them rightly (Art. 28, 32).

The files are drawn by `drawfiles.download` one by one, so that permit, limits, quota and log are those of every other
download. What the reader may not draw is named with its reason. The ZIP is written while it is sent: nothing of it is
kept, memory stays flat, and the same versions give the same bytes all day. docs/packages.md describes what is in it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import IO

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalogue.models import Entry, EntryVersion
from opendata import drawfiles
from opendata.draw import OverQuota, over_quota, scope_of
from opendata.exports import ExportRefused
from opendata.models import Export, Resource
from opendata.permits import Permit, permit_for
from opendata.rows import EVERYTHING
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor

CHUNK = 256 * 1024
CHECKSUMS = "CHECKSUMS.sha256"
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
_LONGEST_NAME = 80
# Windows forbids these in names; a leading dot hides a file.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+|^\.+|\.{2,}')
_PACKED = frozenset({".zip", ".xlsx", ".ods", ".parquet", ".gz", ".7z"})

Said = dict[str, str]


class NotYet(Exception):
    """Some of the tables are too large to wait for: workers make them; `exports` say how far they are."""

    def __init__(self, exports: Sequence[Export]) -> None:
        super().__init__(", ".join(str(one.pk) for one in exports))
        self.exports = tuple(exports)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that may be drawn now: which resource by its place in the entry, under which permit, in which format."""

    number: int
    permit: Permit
    fmt: str

    @property
    def title(self) -> str:
        """The resource's own title, whatever the reader's language, since names in the ZIP are made of it."""
        return self.permit.resource.title


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not in the package, with the reason in each language and the article."""

    title: str
    why: Said
    article: int


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the package: its path in it, and where its bytes lie."""

    path: str
    source: Path
    wanted: Wanted
    rows: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader would get of an entry now: nothing is made, logged or counted yet."""

    entry: Entry
    standing: EntryVersion
    wanted: tuple[Wanted, ...]
    missing: tuple[Missing, ...]

    @property
    def private(self) -> bool:
        """Whether something in it is for this reader alone."""
        return any(one.permit.grant or one.permit.own for one in self.wanted)


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into one package: the drawn files, what is missing, and the day on which it was obtained."""

    entry: Entry
    standing: EntryVersion
    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]
    obtained_on: dt.date


@dataclass(frozen=True, slots=True)
class Written:
    """What became known of a file while it was sent."""

    size: int
    sha256: str


def in_each_language(say: Callable[[], str]) -> Said:
    """Returns the same sentence in each of the portal's languages, for files that outlive the reader's session."""
    said = {}
    for language in LANGUAGES:
        with override(language):
            said[language] = say()
    return said


def entry_of(actor: Actor, code: str) -> Entry:
    """Returns the entry that the actor sees under this code. Raises Http404."""
    seen = Entry.objects.all().visible_to(actor).with_code(code)
    found = seen.select_related("provider__jurisdiction", "published").first()
    if found is None:
        raise Http404
    return found


def package_plan(actor: Actor, entry: Entry, *, today: dt.date, original: bool = False) -> Plan:
    """Returns what the actor may draw of the entry today; retired resources are left out (Art. 24).

    `original` asks for the uploaded files too. Raises NotAllowed where nothing may be drawn, with the first reason.
    """
    standing = entry.published or entry.versions.order_by("-number").first()
    visible = Resource.objects.all().visible_to(actor).filter(entry=entry, retired_at=None, current__isnull=False)
    wanted: list[Wanted] = []
    missing: list[Missing] = []
    first: Denied | None = None
    for number, resource in enumerate(visible.select_related("current__original", "current__parquet"), start=1):
        resource.entry = entry
        answer = permit_for(actor, resource, today=today)
        if isinstance(answer, Denied):
            first = answer if first is None else first  # a refusal is falsy
            why = in_each_language(_asking_again(actor, resource, today, answer))
            missing.append(Missing(resource.title, why, answer.article or 0))
            continue
        wanted.append(Wanted(number, answer, "csv"))
        if original and scope_of(answer) == EVERYTHING:
            wanted.append(Wanted(number, answer, "original"))
        elif original:
            missing.append(Missing(resource.title, in_each_language(_original_is_whole), 45))
    if standing is None or not wanted:
        raise NotAllowed(Denied(_("This entry has no published data yet."), 10) if first is None else first)
    return Plan(entry, standing, tuple(wanted), tuple(missing))


def _asking_again(actor: Actor, resource: Resource, today: dt.date, answer: Denied) -> Callable[[], str]:
    def say() -> str:
        again = permit_for(actor, resource, today=today)
        return str(again.reason if isinstance(again, Denied) else answer.reason)

    return say


def _original_is_whole() -> str:
    return _("The original file is not given: your grant covers a part of this data.")


def package_draw(plan: Plan, *, actor: Actor, now: dt.datetime, today: dt.date) -> Contents:
    """Draws the files of a plan: each is logged and counted as a download of its own (Art. 15).

    First all are made, then all are drawn, so that nothing is counted for a package that cannot be sent yet. Raises
    NotYet, EngineBusy, DeadlineExceeded; and OverQuota or ExportRefused only where no file is left, since what a
    quota or a format does not allow is named in the package.
    """
    waiting: list[Export] = []
    stopped: dict[Wanted, OverQuota | ExportRefused] = {}
    parts: list[Part] = []
    for leaves in (_nothing, _file):
        for one in plan.wanted:
            if one in stopped:
                continue
            try:
                found = drawfiles.download(one.permit, one.fmt, actor=actor, now=now, leaves=leaves)
            except drawfiles.NotYet as later:
                waiting.append(later.export)
            except (OverQuota, ExportRefused) as refused:
                stopped[one] = refused
            else:
                if leaves is _file:
                    parts.append(Part(_path(one, found), found.path, one, found.rows, found.media_type))
        if waiting:
            raise NotYet(waiting)
    if not parts:
        raise next(iter(stopped.values()))
    missing = (*plan.missing, *(_stopped(one, refused, now) for one, refused in stopped.items()))
    return Contents(plan.entry, plan.standing, tuple(parts), missing, today)


def _nothing(_found: drawfiles.Download) -> drawfiles.Leaving:
    return "nothing"


def _file(_found: drawfiles.Download) -> drawfiles.Leaving:
    return "file"


def _stopped(one: Wanted, refused: OverQuota | ExportRefused, now: dt.datetime) -> Missing:
    if isinstance(refused, OverQuota):
        return Missing(one.title, in_each_language(lambda: str(over_quota(now))), 45)
    return Missing(one.title, in_each_language(lambda: str(refused)), 0)


def safe_name(text: str) -> str:
    """Returns a text as a part of a file name that every system takes; Chinese stays Chinese."""
    name = " ".join(_UNSAFE.sub("-", text).split()).strip(" .-")
    return name[:_LONGEST_NAME].rstrip(" .-") or "data"


def _path(one: Wanted, found: drawfiles.Download) -> str:
    if one.fmt == "original":
        name = PurePath(found.filename)
        suffix = safe_name(name.suffix)
        return f"original/{one.number:02}-{safe_name(name.stem)}.{suffix}"
    return f"data/{one.number:02}-{safe_name(one.title)}.csv"


# --- Writing ---------------------------------------------------------------------------------------------------------


def checksums(written: Mapping[str, Written]) -> str:
    """Returns the list that `sha256sum -c` reads."""
    return "".join(f"{one.sha256}  {name}\n" for name, one in written.items())


class _Sink:
    """Takes what the ZIP's writer writes, until it is fetched to be sent; it cannot be sought in."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Has nothing to push on."""

    def take(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


@dataclass
class Archive:
    """A package as bytes to be sent, made while they are asked for; ZIP64 where a file or the whole is over 4 GiB.

    All files are opened before the first byte, so that one that is swept from the cache while others are sent is whole.
    `before` and `after` give the texts that stand first and last; what stands last knows hashes and sizes.
    """

    contents: Contents
    before: dict[str, str]
    after: Callable[[dict[str, Written]], dict[str, str]]
    _written: dict[str, Written] = field(default_factory=dict)

    def __iter__(self) -> Iterator[bytes]:
        """Gives the ZIP piece by piece; at its end, and where it is broken off, the files are closed."""
        with ExitStack() as opening:
            files = [(part, opening.enter_context(part.source.open("rb"))) for part in self.contents.parts]
            yield from self._pieces(files)

    def _pieces(self, files: Sequence[tuple[Part, IO[bytes]]]) -> Iterator[bytes]:
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", compresslevel=6) as archive:  # type: ignore[call-overload]  # only writes
            for name, text in self.before.items():
                self._text(archive, name, text)
            for part, file in files:
                for _chunk in self._file(archive, part, file):
                    if piece := sink.take():
                        yield piece
            for name, text in self.after(self._written).items():
                self._text(archive, name, text)
            self._text(archive, CHECKSUMS, checksums(self._written))
        yield sink.take()

    def _info(self, name: str, size: int) -> zipfile.ZipInfo:
        day = self.contents.obtained_on
        info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
        info.create_system, info.external_attr, info.file_size = 3, 0o100644 << 16, size
        packed = PurePath(name).suffix.lower() in _PACKED
        info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
        return info

    def _text(self, archive: zipfile.ZipFile, name: str, text: str) -> None:
        data = text.encode()
        archive.writestr(self._info(name, len(data)), data)
        self._written[name] = Written(len(data), hashlib.sha256(data).hexdigest())

    def _file(self, archive: zipfile.ZipFile, part: Part, file: IO[bytes]) -> Iterator[None]:
        digest, size = hashlib.sha256(), 0
        with archive.open(self._info(part.path, os.fstat(file.fileno()).st_size), "w") as out:
            while chunk := file.read(CHUNK):
                out.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                yield
        self._written[part.path] = Written(size, digest.hexdigest())
        yield
