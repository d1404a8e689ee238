"""Reads a ZIP that holds exactly one data file: a table, a document, a Parquet file or the parts of a shapefile.

Nothing is unpacked by its name: the one member that is wanted goes to a file of our own naming, counted as it comes.
Archives within archives, links, passwords, names that lead out of the folder and archives that unpack to hundreds of
times their size are refused with the member's name.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from .notes import Refused, shown
from .reading import MIB
from .table import Job

ENTRIES = 10_000
RATIO, RATIO_FROM = 200, 64 * MIB
CHUNK = MIB
TABLES = frozenset({
    "csv", "tsv", "tab", "xlsx", "xlsm", "xls", "ods", "json", "geojson", "jsonl", "ndjson", "parquet",
})  # fmt: skip
SHAPE_PARTS = ("shp", "shx", "dbf", "prj", "cpg")
NESTED = frozenset({"zip", "7z", "rar", "gz", "tgz", "bz2", "xz", "zst", "tar", "jar"})
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    ValueError,
    NotImplementedError,
    zlib.error,
    RuntimeError,
    OSError,
    OverflowError,
)


class Member:
    """One file in the archive, under the name that people gave it."""

    def __init__(self, entry: zipfile.ZipInfo) -> None:
        self.entry = entry
        self.name = entry.filename if entry.flag_bits & 0x800 else _readable(entry.filename)
        path = PurePosixPath(self.name.lower())
        self.stem, self.extension = str(path.with_suffix("")) if path.name else "", path.suffix.lstrip(".")


def _readable(name: str) -> str:
    """A name without the mark of UTF-8: Chinese Windows writes it in GBK."""
    try:
        return name.encode("cp437").decode("gb18030")
    except UnicodeError:
        return name


def unpack(job: Job) -> str:
    """Take the data file out of the archive and let the job read that; returns its extension (shp: a shapefile)."""
    job.stage("unpack")
    try:
        with zipfile.ZipFile(job.path) as archive:
            members = _members(archive, job)
            chosen = _choose(job, members)
            parts = _parts(chosen, members)
            kept = [_extract(archive, member, job) for member in parts]
    except DAMAGE as error:
        raise Refused("damaged_file", found=error) from error
    others = [member.name for member in members if member not in parts]
    if others:
        job.notes.info("zip_others", count=len(others), names=[shown(name, 80) for name in others[:10]])
    job.notes.info("zip_member_read", found=chosen.name)
    job.path, job.filename = kept[0], chosen.name
    return chosen.extension


def _members(archive: zipfile.ZipFile, job: Job) -> list[Member]:
    """The files of the archive; what may not be in one is refused before anything is unpacked."""
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise Refused("too_many_parts", found=len(entries), expected=ENTRIES)
    files: dict[str, Member] = {}
    for entry in entries:
        member = Member(entry)
        if entry.flag_bits & 0x1 or entry.flag_bits & 0x40:
            raise Refused("encrypted_file", found=member.name)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise Refused("zip_link", found=member.name)
        if _leads_out(entry.filename) or _leads_out(member.name):
            raise Refused("zip_unsafe_name", found=member.name)
        if entry.is_dir() or any(mark in member.name for mark in LITTER) or member.name.rsplit("/", 1)[-1][:1] == ".":
            continue
        if member.name.lower() in files:
            raise Refused("zip_name_twice", found=member.name)
        files[member.name.lower()] = member
    if "xl/workbook.xml" in files or "mimetype" in files:
        raise Refused("not_what_the_name_says", found="XLSX/ODS", expected="zip")
    job.reading.members = [member.name for member in files.values()][:1000]
    return list(files.values())


def _leads_out(name: str) -> bool:
    """Whether a name is absolute, climbs, or holds marks that some system reads as a path."""
    parts = name.replace("\\", "/").split("/")
    odd = not name or "\\" in name or "\0" in name
    return odd or name.startswith("/") or ".." in parts or (len(name) > 1 and name[1] == ":")


def _choose(job: Job, members: Sequence[Member]) -> Member:
    """The data file to read: the only one, or the one that the publisher chose."""
    shapes = {member.stem for member in members if member.extension == "shp"}
    data = [member for member in members if member.extension in TABLES or member.extension == "shp"]
    data = data or [member for member in members if member.extension == "txt"]
    loose = [member for member in members if member.extension in {"dbf", "shx"} and member.stem not in shapes]
    asked = str(job.overrides.get("member") or "")
    names = [member.name for member in data]
    if asked:
        wanted = next((member for member in data if member.name == asked), None)
        if wanted is None:
            raise Refused("unknown_member", found=asked, expected=", ".join(names))
        return wanted
    if len(data) > 1:
        raise Refused("zip_several", found=", ".join(names[:20]), count=len(data))
    if data:
        return data[0]
    nested = next((member.name for member in members if member.extension in NESTED), "")
    if nested:
        raise Refused("zip_nested", found=nested)
    if loose:
        raise Refused("shapefile_incomplete", found=loose[0].name, expected=".shp")
    raise Refused("zip_nothing", found=", ".join(member.name for member in members[:10]))


def _parts(chosen: Member, members: Sequence[Member]) -> list[Member]:
    if chosen.extension != "shp":
        return [chosen]
    beside = {member.extension: member for member in members if member.stem == chosen.stem}
    for needed in ("shx", "dbf"):
        if needed not in beside:
            raise Refused("shapefile_incomplete", found=chosen.name, expected=f".{needed}")
    return [beside[part] for part in SHAPE_PARTS if part in beside]


def _extract(archive: zipfile.ZipFile, member: Member, job: Job) -> Path:
    """Write one member to the scratch folder under a name of ours; its bytes are counted, not believed."""
    packed = max(1, member.entry.compress_size)
    most = max(RATIO_FROM, min(job.limits.output // 2, RATIO * packed))
    if member.entry.file_size > most:
        raise _too_much(member.entry.file_size, most, packed)
    target = job.work / f"member.{member.extension}"
    total = 0
    with archive.open(member.entry) as stream, target.open("wb") as file:
        while piece := stream.read(CHUNK):
            total += len(piece)
            if total > most:
                raise _too_much(total, most, packed)
            file.write(piece)
    return target


def _too_much(found: int, most: int, packed: int) -> Refused:
    return Refused("unpacks_to_too_much", found=found, expected=most, packed=packed)
