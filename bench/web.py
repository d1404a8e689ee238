"""The portal as it is served: gunicorn with the embedded mode's own settings, and a small client that waits for it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from portal.embedded.places import BASE_DIR, Places
from portal.embedded.supervisor import children

WAIT_SECONDS = 60
LARGEST_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Web:
    """A running web server: where it listens, and its master process."""

    host: str
    port: int
    pid: int

    def processes(self) -> list[int]:
        """Returns the ids of the master and its workers."""
        return [self.pid, *_children_of(self.pid)]

    def memory(self) -> int:
        """Returns the proportional memory (PSS) of all its processes, in bytes: pages they share count once."""
        return sum(_pss(pid) for pid in self.processes())


@contextmanager
def serving(var: Path, environment: Mapping[str, str] | None = None) -> Iterator[Web]:
    """Serves the portal with its two workers while the block runs."""
    port = free_port()
    web = children(Places(var), "127.0.0.1", port)[0]
    log = (var / "log" / "bench-web.log").open("ab")
    process = subprocess.Popen(
        web.command, cwd=BASE_DIR, env=os.environ | dict(environment or {}), stdout=log, stderr=subprocess.STDOUT
    )
    try:
        wait_for(process, port, "/livez")
        yield Web("127.0.0.1", port, process.pid)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def free_port() -> int:
    """Returns a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Waits until a server answers; raises RuntimeError where it has ended or stays silent."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            with Client("127.0.0.1", port) as client:
                client.get(path)
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not answer")


class Client:
    """One kept-alive HTTP/1.1 connection; plain sockets, so that the client takes little of the machine it measures."""

    def __init__(self, host: str, port: int) -> None:
        self._address, self._host = (host, port), f"{host}:{port}"
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def get(self, path: str) -> tuple[int, bytes]:
        """Returns the status and the content; opens a new connection where the server has closed the former."""
        request = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nAccept: application/json\r\n\r\n".encode("ascii")
        if self._socket is not None:
            try:
                return self._exchange(request)
            except ConnectionError:
                self.close()
        self._socket = socket.create_connection(self._address, timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._exchange(request)

    def _exchange(self, request: bytes) -> tuple[int, bytes]:
        connection = self._socket
        if connection is None:
            raise ConnectionError
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            part = connection.recv(262_144)
            if not part or len(received) > LARGEST_HEAD + 262_144:
                raise ConnectionError
            received += part
        head, _blank, body = received.partition(b"\r\n\r\n")
        status, headers = int(head[9:12]), head.lower()
        if b"\r\ntransfer-encoding: chunked" in headers:
            body = self._chunked(connection, body)
        else:
            length = int(headers.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0]) if status != 304 else 0
            parts, size = [body], len(body)
            while size < length:
                part = connection.recv(262_144)
                if not part:
                    raise ConnectionError
                parts.append(part)
                size += len(part)
            body = b"".join(parts)
        if b"\r\nconnection: close" in headers:
            self.close()
        return status, body

    @staticmethod
    def _chunked(connection: socket.socket, begun: bytes) -> bytes:
        body = begun
        while not body.endswith(b"0\r\n\r\n"):
            part = connection.recv(262_144)
            if not part:
                raise ConnectionError
            body += part
        return body


def _children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(one) for one in found.read_text(encoding="ascii").split()] if found.exists() else []


def _pss(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    if not rollup.exists():
        return 0
    lines = rollup.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
