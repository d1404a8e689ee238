"""The test bed is what it claims: a real worker, a real browser, an append-only table that empties, no way out."""

import socket
import time

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from pytest_socket import SocketConnectBlockedError

from portal.celery import app


def test_outbound_sockets_are_closed():
    with socket.socket() as outbound, pytest.raises(SocketConnectBlockedError):
        outbound.connect(("192.0.2.1", 80))


@pytest.mark.django_db
def test_database_is_the_run_s_own():
    assert connection.settings_dict["NAME"].startswith("test_tianshan")
    assert settings.CELERY_BROKER_URL.startswith("redis+socket://")


@pytest.mark.django_db(transaction=True)
def test_flush_empties_a_table_whose_trigger_refuses_it():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND NOT tgisinternal")
        assert cursor.fetchone()[0] > 0
        cursor.execute(
            "INSERT INTO audit_event (at, action, actor_kind, actor_id, actor_label, object_type, object_id,"
            " object_label, jurisdiction, address, outcome, data)"
            " VALUES (now(), 'test.done', 'system', 'system', 'system', 'x', '1', 'x', '', '', 'done', '{}')"
        )
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event")
        assert cursor.fetchone() == (0,)
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


def test_worker_does_a_task_for_real(celery_worker):
    app.send_task("celery.accumulate", ["only", "once"])
    deadline = time.monotonic() + 20
    while "Task celery.accumulate" not in celery_worker.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    log = celery_worker.read_text()
    assert "celery.accumulate" in log
    assert "succeeded" in log


@pytest.mark.usefixtures("transactional_db")
def test_api_documentation_works_under_the_strict_policy(live_server, page):
    """The page runs its scripts and draws the API, and the browser refuses nothing of it."""
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.goto(f"{live_server.url}/api/v1/docs/")
    page.locator(".opblock-tag, .info .title").first.wait_for()
    assert "Tianshan" in page.locator(".info .title").inner_text()
    assert refused == []


@override_settings(ROOT_URLCONF="portal.urls")
@pytest.mark.django_db
def test_headers_of_every_answer(client):
    response = client.get("/api/v1/docs/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_schema_is_openapi_3_1(client):
    response = client.get("/api/v1/schema/", headers={"accept": "application/json"})
    assert response.json()["openapi"] == "3.1.0"
