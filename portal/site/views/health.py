"""/livez and /readyz, for whoever watches over the machines."""

from __future__ import annotations

import logging
import uuid

import redis
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache

logger = logging.getLogger(__name__)


@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Says that the process answers; touches nothing else, so a slow database never gets it restarted."""
    return HttpResponse("ok\n", content_type="text/plain")


def database_usable() -> bool:
    """Says whether the database answers and every migration is applied."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def storage_usable() -> bool:
    """Says whether a small file can be written, read and removed."""
    name = default_storage.save(f"health/{uuid.uuid4()}", ContentFile(b"ok"))
    try:
        with default_storage.open(name) as stream:
            return bool(stream.read() == b"ok")
    finally:
        default_storage.delete(name)


def broker_usable() -> bool:
    """Says whether Redis answers."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
        return bool(client.ping())


CHECKS = {
    "database": (database_usable, DatabaseError),
    "storage": (storage_usable, OSError),
    "broker": (broker_usable, redis.RedisError),
}


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Says whether database with its migrations, storage and broker are usable: 200, or 503 naming what is not."""
    found = {}
    for name, (check, failure) in CHECKS.items():
        try:
            found[name] = check()
        except failure as error:
            logger.warning("not ready: %s: %s", name, error)
            found[name] = False
    ready = all(found.values())
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


urlpatterns = [path("livez", livez, name="livez"), path("readyz", readyz, name="readyz")]
