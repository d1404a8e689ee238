"""Settings of the tests: the embedded services, a database and Redis numbers of this run's own, files to a folder.

TEST_DB_SUFFIX, and the worker's name under pytest-xdist, keep runs apart that share one `var/`. A Celery worker that
the tests start gets the same settings, and by TEST_DATABASE and TEST_FILES the same database and files.
"""

import os
import tempfile
import zlib
from pathlib import Path

os.environ["PORTAL_EMBEDDED"] = "1"

from portal.embedded.broker import DATABASES as REDIS_DATABASES
from portal.embedded.places import TEST_OWNER
from portal.settings import *
from portal.settings import CACHES, DATABASES, PLACES, STORAGES, broker_url

RUN = os.environ.get("TEST_DB_SUFFIX", "") + os.environ.get("PYTEST_XDIST_WORKER", "")
SUFFIX = os.environ.get("TEST_DB_SUFFIX", "")

# pytest-django adds the worker's name to the database itself.
DATABASES["default"] |= {
    "USER": TEST_OWNER,
    "NAME": os.environ.get("TEST_DATABASE") or f"tianshan_{SUFFIX or 'run'}",
    "TEST": {"NAME": f"test_tianshan{'_' if SUFFIX else ''}{SUFFIX}"},
    "CONN_MAX_AGE": 0,
}

_pair = 2 + 2 * (zlib.crc32(RUN.encode()) % (REDIS_DATABASES // 2 - 1))
REDIS_URL, CACHE_URL = PLACES.redis(_pair), PLACES.redis(_pair + 1)
CACHES["default"]["LOCATION"] = CACHE_URL
CELERY_BROKER_URL = broker_url(REDIS_URL)

TEST_FILES = Path(os.environ.get("TEST_FILES") or tempfile.mkdtemp(prefix="tianshan-tests-"))
MEDIA_ROOT = TEST_FILES / "files"
STATIC_ROOT = TEST_FILES / "static"
FILE_UPLOAD_TEMP_DIR = TEST_FILES / "tmp"
EMAIL_FILE_PATH = TEST_FILES / "mail"
EXPORT_DIR = TEST_FILES / "exports"
for _folder in (MEDIA_ROOT, STATIC_ROOT, FILE_UPLOAD_TEMP_DIR, EMAIL_FILE_PATH):
    _folder.mkdir(parents=True, exist_ok=True)
STORAGES["default"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": MEDIA_ROOT},
}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
