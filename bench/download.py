"""One large file by nginx as a static one, through the portal behind nginx, and from the portal alone; and its memory.

Behind nginx the portal decides, counts and logs, and nginx sends (X-Accel-Redirect, deploy/nginx.conf): what is left to
compare is the deciding. From the portal alone the workers send; their memory must not grow with the file.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import nginx
from bench.report import Context, Section, Table
from bench.web import Web, serving
from bench.world import publish, world
from opendata import storage
from opendata.models import Resource
from portal.embedded.places import Places

ROUNDS = 15
TARGET = 0.8
MB = 1_000_000
FLAT = 32 * MB
PORTAL, ALONE, STATIC = "portal behind nginx (X-Accel)", "portal alone", "nginx, as a static file"


@dataclass(frozen=True, slots=True)
class Got:
    """One download: seconds to the first byte of the file, seconds in all, bytes."""

    first: float
    wall: float
    size: int

    @property
    def rate(self) -> float:
        """Megabytes a second."""
        return self.size / MB / self.wall


def run(context: Context) -> Section:
    """Downloads one published file many times, the ways taken in turn, and watches the workers meanwhile."""
    cast, entry = world()
    resource = publish(cast, entry, context.csv())
    if resource.current is None:
        raise RuntimeError(f"{resource} has no version")
    stored = storage.blob_path(resource.current.original)
    context.say(f"download: {stored.stat().st_size / MB:.0f} MB stand")
    taken: dict[str, list[Got]] = {}
    if nginx.BINARY is not None:
        taken |= _behind(context, resource, stored)
    with serving(context.var) as web:
        taken[ALONE], memory = _alone(web, address(resource))
    return Section("download", "Downloads", [Table(_lines(taken)), memory], _notes(taken, stored, memory))


def address(resource: Resource) -> str:
    """Returns the address of the original file."""
    return f"/api/v1/resources/{resource.pk}/download/?format=original"


def _behind(context: Context, resource: Resource, stored: Path) -> dict[str, list[Got]]:
    """Takes the file as a static one and through the portal, in turn, from one nginx."""
    files, exports = storage.local_root(), Places(context.var).var / "exports"
    taken: dict[str, list[Got]] = {STATIC: [], PORTAL: []}
    environment = {"ACCEL_PREFIX": "/protected/", "TRUSTED_PROXIES": "127.0.0.1"}
    with (
        serving(context.var, environment) as web,
        nginx.before(web, context.folder / "nginx", files=files, exports=exports) as port,
    ):
        ways = {STATIC: f"/as-static/{stored.relative_to(files).as_posix()}", PORTAL: address(resource)}
        for way in ways.values():
            get(port, way)
        for number in range(ROUNDS):
            for name, way in ways.items():
                taken[name].append(get(port, way))
            context.say(f"download: round {number + 1} of {ROUNDS}")
    return taken


def _alone(web: Web, way: str) -> tuple[list[Got], Table]:
    """Takes the file from the portal's own workers: one caller, then eight at once, and their memory through it."""
    get(web.port, way.replace("original", "parquet"))
    before = web.memory()
    lines = [["memory of all web processes", "MB (PSS)"], ["before", f"{before / MB:.0f}"]]
    with _watched(web) as most:
        taken = [get(web.port, way) for _ in range(ROUNDS)]
    lines.append([f"most while one caller takes it {ROUNDS} times", f"{most() / MB:.0f}"])
    with _watched(web) as most:
        callers = [threading.Thread(target=get, args=(web.port, way)) for _ in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    lines += [["most while eight take it at once", f"{most() / MB:.0f}"], ["after", f"{web.memory() / MB:.0f}"]]
    return taken, Table(lines, "Memory without nginx")


@contextmanager
def _watched(web: Web) -> Iterator[Callable[[], int]]:
    """Looks at the memory of the web processes ten times a second while the block runs; gives the most seen."""
    seen, stop = [web.memory()], threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            seen.append(web.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: max(seen)
    finally:
        stop.set()
        watcher.join()


def get(port: int, way: str) -> Got:
    """Takes a file over a connection of its own and throws it away; raises RuntimeError unless all of it came."""
    request = f"GET {way} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    room = bytearray(1 << 20)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(request.encode("ascii"))
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                raise RuntimeError(f"{way}: the connection was closed")
            received += piece
        first = time.monotonic() - began
        head, _blank, rest = received.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
        size = len(rest)
        while size < length and (count := connection.recv_into(room)):
            size += count
    wall = time.monotonic() - began
    if not head.startswith(b"HTTP/1.1 200") or size != length:
        raise RuntimeError(f"{way}: {head[:60]!r}, {size} of {length} bytes")
    return Got(first, wall, size)


def _lines(taken: dict[str, list[Got]]) -> list[list[str]]:
    static = median(one.rate for one in taken[STATIC]) if STATIC in taken else None
    lines = [["one caller", "MB a second", "first byte, ms", "of nginx's static file"]]
    for name, got in taken.items():
        rate, first = median(one.rate for one in got), median(one.first for one in got) * 1000
        lines.append([name, f"{rate:,.0f}", f"{first:.1f}", f"{rate / static:.2f}" if static else "–"])
    return lines


def _notes(taken: dict[str, list[Got]], stored: Path, memory: Table) -> list[str]:
    notes = [
        f"The original CSV, {stored.stat().st_size / MB:.0f} MB, from the file system's cache over loopback; medians "
        f"of {ROUNDS} downloads, the ways taken in turn. Permit, count and log of use are included.",
        f"Targets: at least {TARGET} of nginx's static file behind nginx; memory flat without it.",
    ]
    misses = []
    if STATIC not in taken:
        notes.append("There was no nginx on this machine: only the portal alone was measured.")
    elif (ratio := median(one.rate for one in taken[PORTAL]) / median(one.rate for one in taken[STATIC])) < TARGET:
        misses.append(f"{ratio:.2f} of nginx's static file")
    before, *later = (int(row[1]) for row in memory.rows[1:])
    if (grown := max(later) - before) * MB > FLAT:
        misses.append(f"memory grew by {grown} MB")
    return [*notes, f"Misses: {'; '.join(misses) or 'none'}."]
