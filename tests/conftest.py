"""What every test stands on: PostgreSQL, Redis, a worker and a browser, all real; and no way out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from portal.celery import app as celery_app
from portal.embedded.places import BASE_DIR
from portal.embedded.services import held_services
from tests.cast import Cast, make_cast
from tools.translations import compile_mo

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_ARGUMENTS = [
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    *(["--no-sandbox"] if os.getuid() == 0 else []),
]
LONG = (
    "tests/story",
    "tests/test_canary",
    "tests/platform/test_s",
    "tests/demo",
    "tests/test_events",
    "tests/test_matrix",
)
_services = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Brings the services up for the whole run, and the translations up to date."""
    if config.option.help or config.option.collectonly:
        return
    # pytest-xdist's workers ignore SIGINT, and their children would inherit it: PostgreSQL is stopped by that signal.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _services.enter_context(held_services(settings.PLACES))
    if not hasattr(config, "workerinput"):
        compile_mo()


def pytest_unconfigure() -> None:
    """Lets the services go, and removes the run's files."""
    _services.close()
    shutil.rmtree(settings.TEST_FILES, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that open a browser, and skips them, saying so, where there is none and none is demanded."""
    for item in items:
        if {"page", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
            if CHROMIUM is None and os.environ.get("REQUIRE_BROWSER") != "1":
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine: apt-get install chromium"))
    # Long files first, so that no process is left alone with one of them at the end.
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(autouse=True)
def _default_language() -> None:
    """Begins each test in Chinese: a request in English leaves its language behind in the process."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True, scope="session")
def _tables_empty_despite_triggers() -> Iterator[None]:
    """Lets `flush` empty the tables whose triggers refuse it: in the tests' own session the triggers rest meanwhile."""

    def execute(self: DatabaseOperations, statements: list[str]) -> None:
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                cursor.execute(statement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Ends, before the test database is dropped, what a stopped worker or thread left connected to it."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Gives each test an empty cache; the Redis number is this run's own."""
    cache.clear()


# --- Worker ----------------------------------------------------------------------------------------------------------


def _empty_queue() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()


@pytest.fixture(scope="session")
def _worker_process(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Starts one Celery worker on the test database, for all the tests that ask for one."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE": connection.settings_dict["NAME"],
        "TEST_FILES": str(settings.TEST_FILES),
    }
    command = [sys.executable, "-W", "ignore", "-m", "celery", "-A", "portal.celery", "worker", "--concurrency", "2"]
    _empty_queue()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
            cwd=BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for_worker(process, log)
            yield log
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_for_worker(process: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(60):
        if process.poll() is not None:
            break
        if celery_app.control.ping(timeout=0.5):
            return
    pytest.fail(f"the Celery worker did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture
def celery_worker(transactional_db: None, _worker_process: Path) -> Iterator[Path]:
    """Gives the test a running Celery worker that sees what it commits; the value is the worker's log.

    Only for tests that really commit: use it with `transactional_db` or `live_server`. At the end the worker stops
    listening, what is still queued is thrown away and what is running is waited for: no job reaches into another test.
    """
    _empty_queue()
    celery_app.control.add_consumer(celery_app.conf.task_default_queue, reply=True)
    yield _worker_process
    celery_app.control.cancel_consumer(celery_app.conf.task_default_queue, reply=True)
    _empty_queue()
    for _attempt in range(60):
        running = celery_app.control.inspect(timeout=0.5).active()
        if running is not None and not any(running.values()):
            return
    pytest.fail("a task did not end with its test")


# --- Browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Starts Chromium once for the run."""
    if CHROMIUM is None:
        pytest.fail("REQUIRE_BROWSER=1, but there is no chromium on this machine: apt-get install chromium")
    # Playwright keeps an event loop in this thread, and Django would take every query for one made inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def browser_context_args() -> dict[str, Any]:
    """Returns the reader of the pages: a phone's width, Chinese; a test overrides this fixture for another."""
    return {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 390, "height": 844}}


@pytest.fixture
def context(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """Opens a fresh profile: no cookies, no cache."""
    with browser.new_context(**browser_context_args) as fresh:
        fresh.set_default_timeout(15_000)
        yield fresh


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Opens an empty tab."""
    return context.new_page()


# --- People ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def cast(db: None) -> Cast:
    """Gives the test its people and departments."""
    return make_cast()
