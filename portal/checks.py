"""What `manage.py check` looks at besides Django's own checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.db import connections

POSTGRESQL_MINIMUM = 150000


def production_is_complete(app_configs: Iterable[AppConfig] | None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Warns, with --deploy, of what works but should not be served to the public like this."""
    found: list[CheckMessage] = []
    if settings.EMBEDDED:
        found.append(Caution("The embedded mode is for one machine and for trying out.", id="portal.W001"))
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        found.append(Caution("EMAIL_URL is not set: nobody confirms an address by mail.", id="portal.W002"))
    return found


def database_is_postgresql(
    app_configs: Iterable[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Sequence[CheckMessage]:
    """Refuses any database but PostgreSQL 15 or newer; runs when a command names the database (migrate does)."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            found.append(Error(f"The database {alias!r} is not PostgreSQL.", id="portal.E001"))
            continue
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            version = int(cursor.fetchone()[0])
        if version < POSTGRESQL_MINIMUM:
            found.append(Error("The portal needs PostgreSQL 15 or newer.", id="portal.E002"))
    return found
