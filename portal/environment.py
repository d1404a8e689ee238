"""Reads what the operator set, and refuses to start on anything missing or unsafe, by its name.

Two modes. Production takes everything from the environment and assumes nothing. The embedded mode (PORTAL_EMBEDDED=1,
which `make` sets) runs on one machine out of `var/` and keeps a random secret of its own.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

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


def _is_anyones(host: str) -> bool:
    """Says whether the pattern lets in hosts of other people: *, or a dot before a top domain or nothing."""
    return host.startswith("*") or (host.startswith(".") and "." not in host.strip("."))


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
    if not read_database(values["DATABASE_URL"]).get("NAME"):
        raise UnsafeEnvironment("DATABASE_URL must name a database: postgresql://user:password@host:5432/name.")
    for name in ("REDIS_URL", "CACHE_URL"):
        if values.get(name) and urlsplit(values[name]).scheme not in {"redis", "rediss", "unix"}:
            raise UnsafeEnvironment(f"{name} must begin with redis://, rediss:// or unix://.")
    hosts = listed(values, "ALLOWED_HOSTS")
    if not hosts or any(_is_anyones(host) for host in hosts):
        raise UnsafeEnvironment("ALLOWED_HOSTS must name the portal's own addresses, never * or a whole top domain.")
    if flag(values, "DEBUG", False):
        raise UnsafeEnvironment(
            "DEBUG is on; it shows the portal's inside to visitors and is for the embedded mode only."
        )
    read_storage(values["STORAGE_URL"])


WHOLE_NUMBERS = (
    "SECURE_HSTS_SECONDS",
    "CONN_MAX_AGE",
    "UPLOAD_MAX_BYTES",
    "ROWS_THREADS",
    "EXPORT_MAX_BYTES",
    "EXPORT_CELLS_AT_ONCE",
)
SHAPES = {
    **dict.fromkeys(WHOLE_NUMBERS, (r"[0-9]{1,15}", "a whole number")),
    "ROWS_SECONDS": (r"[0-9]{1,4}(\.[0-9]+)?", "a number of seconds"),
    "ACCEL_PREFIX": (r"/[0-9A-Za-z_-]+/", "an internal address such as /protected/"),
    "EXPORT_DIR": (r"/.+", "a whole path"),
    "TIANDITU_KEY": (r"[0-9A-Za-z]{8,128}", "letters and digits only"),
}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def check_optional(values: Mapping[str, str]) -> None:
    """Raises UnsafeEnvironment at the first optional variable that is set and cannot be what it should be."""
    for name, (shape, expected) in SHAPES.items():
        if values.get(name) and not re.fullmatch(shape, values[name]):
            raise UnsafeEnvironment(f"{name} must be {expected}.")
    if values.get("LOG_LEVEL") and values["LOG_LEVEL"] not in LOG_LEVELS:
        raise UnsafeEnvironment(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
    for proxy in listed(values, "TRUSTED_PROXIES"):
        _check_proxy(proxy)
    for origin in listed(values, "CSRF_TRUSTED_ORIGINS"):
        if urlsplit(origin).scheme not in {"http", "https"}:
            raise UnsafeEnvironment("CSRF_TRUSTED_ORIGINS must list whole origins, such as https://data.example.cn.")
    if values.get("EMAIL_URL"):
        try:
            environ.Env.email_url_config(values["EMAIL_URL"])
        except (ImproperlyConfigured, ValueError) as error:
            raise UnsafeEnvironment("EMAIL_URL must look like smtp+tls://user:password@host:587.") from error


def _check_proxy(proxy: str) -> None:
    try:
        network = ip_network(proxy, strict=False)
    except ValueError as error:
        raise UnsafeEnvironment(f"TRUSTED_PROXIES must list addresses or networks, not {proxy!r}.") from error
    if network.prefixlen == 0:
        raise UnsafeEnvironment("TRUSTED_PROXIES must name the proxies, never the whole internet.")


def read_database(url: str) -> dict[str, object]:
    """Returns Django's DATABASES row for a postgresql:// address."""
    try:
        config: dict[str, object] = environ.Env.db_url_config(url)
    except ValueError as error:
        raise UnsafeEnvironment("DATABASE_URL must look like postgresql://user:password@host:5432/name.") from error
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
