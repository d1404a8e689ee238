"""Reads what the operator set, and refuses to start on anything missing or unsafe, by its name.

Two modes. Production takes everything from the environment and assumes nothing. The embedded mode (PORTAL_EMBEDDED=1,
which `make` sets) runs on one machine out of `var/` and keeps a random secret of its own.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

import environ

REQUIRED = ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "STORAGE_URL")
SECRET_LENGTH = 50
SECRET_DISTINCT = 10
# gunicorn reads 3 as "this worker can never start" and stops, instead of starting it again for ever.
EXIT_CODE = 3


class UnsafeEnvironment(Exception):
    """The environment cannot be served from; the message is one sentence that names the variable."""


def refuse(reason: object) -> NoReturn:
    """Ends the process with one sentence and no traceback."""
    print(f"Tianshan cannot start: {reason}", file=sys.stderr)
    raise SystemExit(EXIT_CODE)


def flag(values: Mapping[str, str], name: str, default: bool) -> bool:
    """Returns a yes/no variable; anything but the usual words is refused rather than guessed."""
    value = values.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise UnsafeEnvironment(f"{name} must be 1 or 0, not {value!r}.")
    return default


def listed(values: Mapping[str, str], name: str) -> list[str]:
    """Returns a comma-separated variable as a list."""
    return [part.strip() for part in values.get(name, "").split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class Storage:
    """Where files live: a folder, or a bucket with its options."""

    folder: Path | None = None
    bucket: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def as_django(self) -> dict[str, object]:
        """Returns the row for Django's STORAGES."""
        if self.folder is not None:
            return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": self.folder}}
        options: dict[str, object] = {"bucket_name": self.bucket, "default_acl": None, "file_overwrite": False}
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | dict(self.options)}


STORAGE_OPTIONS = {"endpoint_url", "region_name", "addressing_style", "signature_version"}


def read_storage(url: str) -> Storage:
    """Returns the storage that STORAGE_URL names: file:///srv/files, or s3://bucket?endpoint_url=…&region_name=…

    Credentials never stand in the URL; boto3 reads AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY itself.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and len(parts.path) > 1:
        return Storage(folder=Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.hostname and "@" not in parts.netloc:
        options = tuple(parse_qsl(parts.query))
        unknown = [name for name, _ in options if name not in STORAGE_OPTIONS]
        if unknown:
            raise UnsafeEnvironment(f"STORAGE_URL has an option that does not exist: {unknown[0]}.")
        return Storage(bucket=parts.hostname, options=options)
    raise UnsafeEnvironment("STORAGE_URL must look like file:///srv/tianshan/files or s3://bucket?region_name=….")


def check_production(values: Mapping[str, str]) -> None:
    """Raises UnsafeEnvironment at the first variable that is missing or unsafe."""
    for name in REQUIRED:
        if not values.get(name, "").strip():
            raise UnsafeEnvironment(
                f"the environment variable {name} is not set. Production needs {', '.join(REQUIRED)}; "
                "to try the portal on one machine, use `make run`."
            )
    secret = values["SECRET_KEY"]
    if len(secret) < SECRET_LENGTH or len(set(secret)) < SECRET_DISTINCT or "insecure" in secret.lower():
        raise UnsafeEnvironment(
            f"SECRET_KEY is too weak: it needs at least {SECRET_LENGTH} random characters "
            '(python -c "import secrets; print(secrets.token_urlsafe(50))").'
        )
    if urlsplit(values["DATABASE_URL"]).scheme not in {"postgres", "postgresql"}:
        raise UnsafeEnvironment("DATABASE_URL must begin with postgresql://, the portal runs on PostgreSQL only.")
    if urlsplit(values["REDIS_URL"]).scheme not in {"redis", "rediss", "unix"}:
        raise UnsafeEnvironment("REDIS_URL must begin with redis://, rediss:// or unix://.")
    if any(host.startswith("*") for host in listed(values, "ALLOWED_HOSTS")):
        raise UnsafeEnvironment("ALLOWED_HOSTS must name the portal's own addresses, never *.")
    if flag(values, "DEBUG", False):
        raise UnsafeEnvironment(
            "DEBUG is on; it shows the portal's inside to visitors and is for the embedded mode only."
        )
    read_storage(values["STORAGE_URL"])


def read_database(url: str) -> dict[str, object]:
    """Returns Django's DATABASES row for a postgresql:// address."""
    config: dict[str, object] = environ.Env.db_url_config(url)
    return config


def kept_secret(path: Path) -> str:
    """Returns the embedded mode's secret, made once at random and readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(64)
        file.write(secret)
    return secret
