"""`make run`: one command brings everything up, keeps it up, and takes everything down again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.embedded.broker import redis_answers
from portal.embedded.children import FIRST_PAUSE, Child
from portal.embedded.places import BASE_DIR, Places
from portal.embedded.postgres import postgres_answers

PATIENCE = 240


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment_of(var: Path, port: int | str, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"VAR_DIR": str(var), "PORT": str(port), **more}


def refused(var: Path, port: int | str, **more: str) -> str:
    """Runs the supervisor where it must refuse; returns its one sentence."""
    answer = subprocess.run(
        [sys.executable, "-m", "portal.embedded", "run"],
        cwd=BASE_DIR,
        env=environment_of(var, port, **more),
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    return answer.stderr


class Running:
    """A supervisor in the background, with what it says."""

    def __init__(self, var: Path, port: int, log: Path) -> None:
        self.port, self.log, self.places = port, log, Places(var)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.embedded", "run"],
                cwd=BASE_DIR,
                env=environment_of(var, port),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until_said(self, words: str, times: int = 1) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.said().count(words) < times:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=90)


def processes_of(var: Path) -> list[str]:
    """Returns the command lines of the living processes that belong to one data folder or were started for it."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            command = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if command and (os.fsencode(var) in command or b"VAR_DIR=" + os.fsencode(var) + b"\0" in environment):
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.mark.timeout(600)
def test_life_of_a_run(tmp_path):
    """First start, pages, a second start refused, a killed web server and database, Ctrl-C, a quick second start."""
    var, port = tmp_path / "var", free_port()
    first = Running(var, port, tmp_path / "first.log")
    try:
        first.wait_until_said("Ctrl-C")
        assert f"http://127.0.0.1:{port}/" in first.said()
        assert [first.status(path) for path in ("/livez", "/readyz", "/", "/catalogue/", "/api/v1/entries/")] == [
            200
        ] * 5

        assert "already runs in this folder" in refused(var, free_port())

        web = next(line for line in processes_of(var) if "gunicorn" in line)
        assert "portal.wsgi" in web
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and web.encode() == _command(process).replace(b"\0", b" "):
                os.kill(int(process.name), signal.SIGKILL)
        first.wait_until_said("web 已重新启动")
        _wait_until(lambda: _is_up(first))

        os.kill(int((var / "postgres" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
        first.wait_until_said("does not answer, starting it again")
        _wait_until(lambda: postgres_answers(first.places))
        _wait_until(lambda: _is_up(first, "/catalogue/"))
    finally:
        code = first.stop(signal.SIGINT)
    assert code == 0, first.said()
    assert (postgres_answers(first.places), redis_answers(first.places)) == (False, False)
    assert processes_of(var) == []

    second = Running(var, port, tmp_path / "second.log")
    try:
        begin = time.monotonic()
        second.wait_until_said("Ctrl-C")
        seconds = time.monotonic() - begin
        assert "first run only" not in second.said()
        assert second.status("/") == 200
    finally:
        code = second.stop(signal.SIGTERM)
    assert code == 0, second.said()
    assert processes_of(var) == []
    assert seconds < 90


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _is_up(running: Running, path: str = "/livez") -> bool:
    try:
        return running.status(path) == 200
    except OSError:
        return False


def _wait_until(happens) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_busy_port_is_said_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused(tmp_path / "var", taken.getsockname()[1])
    assert "choose another port" in said
    assert "请换一个端口" in said
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_port_that_is_none_is_said(tmp_path, port):
    assert "PORT must be a number" in refused(tmp_path / "var", port)


def test_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(tmp_path / "file" / "var", free_port())


def test_child_that_falls_is_started_again_with_growing_pauses(tmp_path):
    child = Child("sleeper", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log")
    child.start()
    pauses = []
    for _fall in range(3):
        child.process.wait()
        words = child.look_after()
        assert "(3)" in words
        pauses.append(round(child.due_at - time.monotonic()))
        assert child.look_after() == ""
        child.due_at = 0.0
        assert "started again" in child.look_after()
    child.end(time.monotonic() + 5)
    assert pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]


def test_child_that_will_not_end_is_ended_with_all_it_started(tmp_path):
    program = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)']).pid, flush=True);"
        " time.sleep(300)"
    )
    child = Child("deaf", [sys.executable, "-c", program], tmp_path / "log")
    child.start()
    _wait_until(lambda: (tmp_path / "log").read_text().strip().isdigit())
    grandchild = Path("/proc") / (tmp_path / "log").read_text().strip()
    child.ask_to_end()
    child.end(time.monotonic() + 0.5)
    assert child.process is None
    _wait_until(lambda: not _command(grandchild))
