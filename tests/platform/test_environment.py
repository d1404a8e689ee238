"""Production starts from its environment alone, and refuses by name what is missing or unsafe."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.embedded.places import BASE_DIR
from portal.environment import (
    EXIT_CODE,
    REQUIRED,
    UnsafeEnvironment,
    check_optional,
    check_production,
    flag,
    kept_secret,
    listed,
    read_storage,
)

GOOD = {
    "SECRET_KEY": "q8Jd-3kfPz_0vWm2Lx7RtYb5NsHc9GaEu4TiOo1DpQj6FyKw",
    "DATABASE_URL": "postgresql://portal:word@db.example.cn/portal",
    "REDIS_URL": "redis://cache.example.cn:6379/0",
    "ALLOWED_HOSTS": "data.example.cn, .data.example.cn",
    "STORAGE_URL": "file:///srv/portal/files",
    "EMAIL_URL": "smtp://localhost:25",
}
GOOD["SECRET_KEY"] += "Zx"


def start(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of ours as production would, with nothing but this environment."""
    base = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    return subprocess.run(
        [sys.executable, *command], cwd=BASE_DIR, env=base | environment, check=False, capture_output=True, text=True
    )


def test_complete_environment_is_accepted():
    check_production(GOOD)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_variable_is_named(name, value):
    environment = {key: text for key, text in GOOD.items() if key != name}
    if value is not None:
        environment[name] = value
    with pytest.raises(UnsafeEnvironment, match=f"variable {name} is not set"):
        check_production(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", GOOD["SECRET_KEY"][:49]),
        ("SECRET_KEY", "ab" * 40),
        ("SECRET_KEY", "django-insecure-" + GOOD["SECRET_KEY"]),
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
        ("DATABASE_URL", "mysql://portal@db/portal"),
        ("DATABASE_URL", "portal"),
        ("REDIS_URL", "http://cache"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "data.example.cn,*"),
        ("ALLOWED_HOSTS", "*.example.cn"),
        ("STORAGE_URL", "/srv/files"),
        ("STORAGE_URL", "file://"),
        ("STORAGE_URL", "s3://key:secret@bucket"),
        ("STORAGE_URL", "s3://bucket?acl=public-read"),
        ("DEBUG", "1"),
        ("DEBUG", "maybe"),
    ],
)
def test_unsafe_value_is_refused_by_name(name, value):
    with pytest.raises(UnsafeEnvironment, match=name):
        check_production(GOOD | {name: value})


def test_manage_says_one_sentence_and_shows_no_traceback(tmp_path):
    answer = start({"VAR_DIR": str(tmp_path / "none")}, "manage.py", "check")
    assert answer.returncode == EXIT_CODE
    assert answer.stderr.strip().splitlines() == [
        line for line in answer.stderr.strip().splitlines() if line.startswith("Tianshan cannot start: ")
    ]
    assert "SECRET_KEY is not set" in answer.stderr


def test_web_server_ends_instead_of_starting_its_workers_for_ever(tmp_path):
    answer = start(
        {"VAR_DIR": str(tmp_path)}, "-m", "gunicorn", "portal.wsgi", "-b", f"unix:{tmp_path}/web", "--no-control-socket"
    )
    assert answer.returncode == EXIT_CODE
    assert "SECRET_KEY is not set" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_production_passes_the_deployment_checks(tmp_path):
    answer = start(GOOD | {"VAR_DIR": str(tmp_path)}, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr


def test_deployment_check_warns_of_the_embedded_mode(tmp_path):
    answer = start(
        {"VAR_DIR": os.environ.get("VAR_DIR", ""), "PORTAL_EMBEDDED": "1"},
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
    )
    assert answer.returncode == 1
    assert "portal.W001" in answer.stderr


def test_production_is_closed_by_default(tmp_path):
    program = (
        "from django.conf import settings as s; "
        "print(s.DEBUG, s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_HSTS_SECONDS > 0, s.SECURE_PROXY_SSL_HEADER, s.ACCOUNT_EMAIL_VERIFICATION, s.ALLOWED_HOSTS)"
    )
    answer = start(GOOD | {"VAR_DIR": str(tmp_path)}, "-c", program)
    expected = "False True True True True None mandatory ['data.example.cn', '.data.example.cn']"
    assert answer.stdout.strip() == expected


def test_secret_is_made_once_and_closed_to_others(tmp_path):
    path = tmp_path / "var" / "secret_key"
    first = kept_secret(path)
    assert kept_secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_secret(tmp_path / "other") != first
    check_production(GOOD | {"SECRET_KEY": first})


def test_s3_storage_takes_no_credentials_and_stays_private():
    row = read_storage("s3://portal-files?endpoint_url=https://s3.example.cn&region_name=cn-west").as_django()
    assert row == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "portal-files",
            "default_acl": None,
            "file_overwrite": False,
            "endpoint_url": "https://s3.example.cn",
            "region_name": "cn-west",
        },
    }


def test_folder_storage_keeps_its_path():
    assert read_storage("file:///srv/%E6%96%87%E4%BB%B6").folder == Path("/srv/文件")


def test_flags_and_lists():
    assert [flag({"X": text}, "X", False) for text in ("1", "true", "ON", "yes")] == [True] * 4
    assert [flag({"X": text}, "X", True) for text in ("0", "False", "off", "no")] == [False] * 4
    assert flag({}, "X", True) is True
    assert listed({"X": " a, b ,,"}, "X") == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql:///"),
        ("DATABASE_URL", "postgresql://db.example.cn:port/portal"),
        ("CACHE_URL", "locmemcache://"),
        ("ALLOWED_HOSTS", ","),
        ("ALLOWED_HOSTS", "."),
        ("ALLOWED_HOSTS", "data.example.cn,.cn"),
        ("TRUSTED_PROXIES", "proxy"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("SECURE_HSTS_SECONDS", "long"),
        ("CONN_MAX_AGE", "-1"),
        ("UPLOAD_MAX_BYTES", "2GB"),
        ("ROWS_SECONDS", "nan"),
        ("EXPORT_MAX_BYTES", "20G"),
        ("EXPORT_CELLS_AT_ONCE", "many"),
        ("EXPORT_DIR", "exports"),
        ("ACCEL_PREFIX", "protected"),
        ("TIANDITU_KEY", "a key'; img-src *"),
        ("ROWS_THREADS", "two"),
        ("LOG_LEVEL", "chatty"),
        ("CSRF_TRUSTED_ORIGINS", "data.example.cn"),
        ("EMAIL_URL", "mail.example.cn"),
    ],
)
def test_a_variable_that_cannot_work_is_refused_by_its_name(name, value):
    values = GOOD | {name: value}
    with pytest.raises(UnsafeEnvironment, match=name):
        check_optional(values)
        check_production(values)


def test_an_optional_variable_ends_the_start_in_one_sentence():
    ended = start(GOOD | {"UPLOAD_MAX_BYTES": "2GB"}, "manage.py", "check")
    assert ended.returncode == EXIT_CODE
    assert ended.stderr.strip() == "Tianshan cannot start: UPLOAD_MAX_BYTES must be a whole number."


def test_tiles_of_tianditu_are_admitted_by_the_policy_only_with_a_key():
    code = "from django.conf import settings; print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES'])"
    without, with_key = (start(GOOD | more, "-c", code) for more in ({}, {"TIANDITU_KEY": "0123456789abcdef"}))
    assert "tianditu" not in without.stdout
    policy = ast.literal_eval(with_key.stdout)
    named = {name: [one for one in sources if "tianditu" in str(one)] for name, sources in policy.items()}
    assert {name for name, hosts in named.items() if hosts} == {"img-src", "connect-src"}
    assert "https://t0.tianditu.gov.cn" in named["connect-src"]
    assert "0123456789abcdef" not in with_key.stdout
