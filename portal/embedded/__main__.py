"""`python -m portal.embedded run|services|stop|status`."""

from __future__ import annotations

import argparse
import os
import sys

from portal.embedded.broker import redis_answers
from portal.embedded.places import CannotStart, Places
from portal.embedded.postgres import postgres_answers
from portal.embedded.services import keep_services, stop_services
from portal.embedded.supervisor import run


def main(arguments: list[str] | None = None) -> int:
    """Does what the command says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m portal.embedded", description=__doc__)
    parser.add_argument("command", choices=["run", "services", "stop", "status"])
    command = parser.parse_args(arguments).command
    os.environ["PORTAL_EMBEDDED"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    places = Places.from_environment()
    try:
        if command == "run":
            return run(places)
        if command == "services":
            keep_services(places)
            print(f"PostgreSQL 与 Redis 已启动 / PostgreSQL and Redis are up: {places.run}")
        elif command == "stop":
            if not stop_services(places):
                print(
                    "仍有程序在使用，未停止。/ Still in use by a running portal or test: not stopped.", file=sys.stderr
                )
                return 1
            print("已停止 / stopped")
        else:
            return _status(places)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _status(places: Places) -> int:
    up = {"PostgreSQL": postgres_answers(places), "Redis": redis_answers(places)}
    for name, answers in up.items():
        print(f"{name}: {'运行中 / up' if answers else '未运行 / down'}")
    return 0 if all(up.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
