"""Starts and stops the embedded PostgreSQL and Redis.

Whoever uses them holds a lease, a shared lock on a file; the last one to let go stops them. `keep_services` leaves
them running until `stop_services`. A killed process lets go of its lock with its last breath, so nothing leaks.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.embedded.broker import redis_answers, start_redis, stop_redis
from portal.embedded.places import Places
from portal.embedded.postgres import postgres_answers, start_postgres, stop_postgres


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
            start_redis(places)
        if not postgres_answers(places):
            start_postgres(places)


def _stop(places: Places) -> None:
    stop_postgres(places)
    stop_redis(places)
