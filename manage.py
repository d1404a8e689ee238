#!/usr/bin/env python
"""Django's command line.

Without any environment this is production, which refuses to start on what is missing. In a folder where `make` has
made `var/`, and with no DATABASE_URL set, it runs in the embedded mode and brings PostgreSQL and Redis up for as long
as the command takes.
"""

import os
import sys

from django.core.management import execute_from_command_line

from portal.embedded.places import CannotStart, Places
from portal.embedded.services import held_services


def main() -> int:
    """Runs one command; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    places = Places.from_environment()
    if "PORTAL_EMBEDDED" not in os.environ and "DATABASE_URL" not in os.environ and places.marker.exists():
        os.environ["PORTAL_EMBEDDED"] = "1"
    if os.environ.get("PORTAL_EMBEDDED") != "1":
        execute_from_command_line(sys.argv)
        return 0
    try:
        with held_services(places):
            execute_from_command_line(sys.argv)
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
