"""`python -m portal.embedded run`: the whole portal on one machine, in the foreground."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from portal.embedded.broker import redis_answers
from portal.embedded.children import GRACE_SECONDS, Child
from portal.embedded.places import BASE_DIR, CannotStart, Places
from portal.embedded.postgres import postgres_answers
from portal.embedded.services import ensure_services, held_services

READY_SECONDS = 60
LOOK_SECONDS = 2.0


class Stop(BaseException):
    """Somebody asked us to stop; not an Exception, so that nothing on the way takes it for a fault."""


def run(places: Places) -> int:
    """Runs the portal until Ctrl-C or SIGTERM; returns the exit code."""
    host, port = _address()
    _check_port(host, port)
    places.prepare()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask_to_stop)
    with _only_one(places):
        try:
            _say(f"数据目录 / data folder: {places.var}")
            started = time.monotonic()
            with ExitStack() as services:
                _step(
                    "启动 PostgreSQL 与 Redis / Starting PostgreSQL and Redis",
                    lambda: services.enter_context(held_services(places)),
                )
                _prepare(places)
                _serve(places, host, port, started)
        except Stop:
            _say("已停止，数据保留在 / Stopped; the data stays in", str(places.var))
    return 0


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    # A second Ctrl-C while stopping must not leave half of it running.
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    raise Stop


# --- Before anything starts ------------------------------------------------------------------------------------------


def _address() -> tuple[str, int]:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(
            f"PORT 应为 1 到 65535 的整数，现在是 {text!r}。/ PORT must be a number from 1 to 65535, not {text!r}."
        )
    return os.environ.get("HOST") or "127.0.0.1", int(text)


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"无法监听 {host}:{port}（{error.strerror}），请换一个端口，例如 PORT=8080 make run。/ "
                f"Cannot listen on {host}:{port} ({error.strerror}): choose another port, say PORT=8080 make run."
            ) from error


@contextmanager
def _only_one(places: Places) -> Iterator[None]:
    with (places.run / "supervisor.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"本目录中已有一个门户在运行（{places.var}），请先停止它，或用 VAR_DIR 指定另一个目录。/ "
                f"The portal already runs in this folder ({places.var}): stop it first, or set VAR_DIR."
            ) from error
        yield


# --- Preparing -------------------------------------------------------------------------------------------------------


def _prepare(places: Places) -> None:
    _step("更新数据库结构 / Migrating the database", lambda: _manage(places, "migrate", "--noinput"))
    _step("编译界面语言 / Compiling the languages", lambda: _python(places, "tools/locale.py", "compile"))
    _once(
        places,
        "static",
        _statics_digest(places),
        "收集静态文件 / Collecting static files",
        "collectstatic",
        "--noinput",
        "--clear",
    )
    _once(places, "demo", "loaded", "载入示例数据（仅首次）/ Loading the demonstration (first run only)", "demo_load")


def _once(places: Places, name: str, digest: str, title: str, *command: str) -> None:
    """Runs a command only if it has not been done for this digest."""
    stamp = places.var / f"{name}.done"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    _step(title, lambda: _manage(places, *command))
    stamp.write_text(digest, encoding="ascii")


def _statics_digest(places: Places) -> str:
    """Returns a digest that changes when any file that is served as static may have changed."""
    digest = hashlib.sha256()
    for path in sorted((BASE_DIR / "static").rglob("*")):
        state = path.stat()
        digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    for path in (BASE_DIR / "package-lock.json", BASE_DIR / "requirements.txt", BASE_DIR / "portal" / "statics.py"):
        digest.update(path.read_bytes())
    digest.update(str((places.var / "static" / "staticfiles.json").exists()).encode())
    return digest.hexdigest()


def _manage(places: Places, *command: str) -> None:
    _python(places, "manage.py", *command)


def _python(places: Places, *command: str) -> None:
    """Runs a Python program to its end; its words go to var/log/setup.log, and onto the screen if it fails."""
    log = places.logs / "setup.log"
    with log.open("ab") as output:
        output.write(f"--- {' '.join(command)}\n".encode())
        output.flush()
        begin = output.tell()
        process = subprocess.Popen(
            [sys.executable, *command], cwd=BASE_DIR, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait()
        except Stop:
            process.terminate()
            process.wait()
            raise
    if code:
        words = log.read_bytes()[begin:].decode(errors="replace").strip().splitlines()[-20:]
        raise CannotStart("\n".join([*words, f"{' '.join(command)} 失败，见 {log} / failed, see {log}"]))


def _step(title: str, work: Callable[[], object]) -> None:
    print(f"  {title} … ", end="", flush=True)
    begin = time.monotonic()
    try:
        work()
    except BaseException:
        print("✗", flush=True)
        raise
    print(f"{time.monotonic() - begin:.1f} s", flush=True)


def _say(*words: str) -> None:
    print(" ".join(words), flush=True)


# --- Serving ---------------------------------------------------------------------------------------------------------


def children(places: Places, host: str, port: int) -> list[Child]:
    """Returns the three programs: web, worker, clock."""
    python = sys.executable
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    celery = [python, "-m", "celery", "-A", "portal.celery"]
    web = [python, "-m", "gunicorn", "portal.wsgi", "-c", str(Path(__file__).with_name("gunicorn_conf.py")), "-b", bind]
    worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    # Celery warns of a worker under root for the sake of pickled messages; ours are JSON and nothing else is accepted.
    quiet = {"PYTHONWARNINGS": "ignore::celery.platforms.SecurityWarning"} if os.getuid() == 0 else {}
    return [
        Child("web", web, places.logs / "web.log"),
        Child("worker", worker, places.logs / "worker.log", quiet),
        Child("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile="], places.logs / "beat.log"),
    ]


def _serve(places: Places, host: str, port: int, started: float) -> None:
    programs = children(places, host, port)
    try:
        _step("启动网站、后台任务与定时器 / Starting web, worker and clock", lambda: _start(programs, host, port))
        _welcome(places, host, port, time.monotonic() - started)
        while True:
            time.sleep(LOOK_SECONDS)
            _look_after_services(places)
            for program in programs:
                if words := program.look_after():
                    _say(words)
    finally:
        _say("正在停止 / Stopping …")
        for program in programs:
            program.ask_to_end()
        deadline = time.monotonic() + GRACE_SECONDS
        for program in programs:
            program.end(deadline)


def _look_after_services(places: Places) -> None:
    """Starts PostgreSQL or Redis again if one has died; a failure is said, and tried again at the next look."""
    if postgres_answers(places) and redis_answers(places):
        return
    _say("PostgreSQL 或 Redis 没有应答，正在重新启动 / PostgreSQL or Redis does not answer, starting it again")
    try:
        ensure_services(places)
    except CannotStart as error:
        _say(str(error))


def _start(programs: list[Child], host: str, port: int) -> None:
    for program in programs:
        program.start()
    web = programs[0]
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(host, port):
        if web.process is None or web.process.poll() is not None or time.monotonic() > deadline:
            words = web.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
            raise CannotStart(
                "\n".join([*words, f"网站未能启动，见 {web.log} / The web server did not start, see {web.log}"])
            )
        time.sleep(0.1)


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(_local(host), port, timeout=5)
    try:
        connection.request("GET", "/livez", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


def _local(host: str) -> str:
    """Returns an address at which this machine reaches itself."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # compared, not bound


def _welcome(places: Places, host: str, port: int, seconds: float) -> None:
    shown = _local(host)
    _say(f"\n天山已就绪，用时 {seconds:.0f} 秒 / Tianshan is ready in {seconds:.0f} s:")
    _say(f"  http://{f'[{shown}]' if ':' in shown else shown}:{port}/\n")
    accounts = subprocess.run(
        [sys.executable, "manage.py", "demo_accounts"], cwd=BASE_DIR, check=False, capture_output=True, text=True
    )
    _say(accounts.stdout.rstrip() if accounts.returncode == 0 else accounts.stderr.strip()[-500:])
    _say(f"\n日志 / logs: {places.logs}    停止 / stop: Ctrl-C")
