"""Django's settings. Production reads its environment alone; the embedded mode reads `var/` (portal/environment.py)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.embedded.places import Places
from portal.enumnames import ENUM_NAMES
from portal.environment import (
    Storage,
    UnsafeEnvironment,
    check_optional,
    check_production,
    flag,
    kept_secret,
    listed,
    read_database,
    read_storage,
    refuse,
)
from portal.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
SITE_NAME = _("Tianshan Public Data Portal")

# --- Where this runs -------------------------------------------------------------------------------------------------

try:
    check_optional(os.environ)
    EMBEDDED = flag(os.environ, "PORTAL_EMBEDDED", False)
    if EMBEDDED:
        PLACES = Places.from_environment()
        VAR_DIR = PLACES.var
        SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret(VAR_DIR / "secret_key")
        DEBUG = flag(os.environ, "DEBUG", False)
        ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *listed(os.environ, "ALLOWED_HOSTS")]
        DATABASES: dict[str, dict[str, Any]] = {"default": PLACES.database()}
        REDIS_URL, CACHE_URL = PLACES.redis(0), PLACES.redis(1)
        STORAGE = Storage(folder=VAR_DIR / "files")
    else:
        check_production(os.environ)
        VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()
        SECRET_KEY = os.environ["SECRET_KEY"]
        DEBUG = False
        ALLOWED_HOSTS = listed(os.environ, "ALLOWED_HOSTS")
        DATABASES = {"default": read_database(os.environ["DATABASE_URL"])}
        REDIS_URL = os.environ["REDIS_URL"]
        CACHE_URL = os.environ.get("CACHE_URL") or REDIS_URL
        STORAGE = read_storage(os.environ["STORAGE_URL"])
    # Behind a proxy that ends TLS: which peers may say who the client is, and whether it came by https.
    TRUSTED_PROXIES = listed(os.environ, "TRUSTED_PROXIES")
    SECURE_SSL_REDIRECT = flag(os.environ, "SECURE_SSL_REDIRECT", not EMBEDDED)
    HTTPS = flag(os.environ, "HTTPS", not EMBEDDED)
    HSTS_SECONDS = int(os.environ.get("SECURE_HSTS_SECONDS") or (31_536_000 if HTTPS else 0))
except UnsafeEnvironment as error:
    refuse(error)

DATABASES["default"] |= {
    "CONN_MAX_AGE": int(os.environ.get("CONN_MAX_AGE") or 60),
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- What it is made of ----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.apps.PlatformConfig",
    "portal.audit",
    "portal.accounts",
    "portal.workflow",
    "catalogue",
    "opendata",
    "requests_app",
    "portal.site",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "guardian",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "portal.proxy.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.ActorMiddleware",
    "portal.limits.RequestLimits",
    "portal.problems.PageProblems",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.platform",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# --- People ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "portal.accounts.passwords.LongEnough",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# No row stands for "anonymous": what visitors may see is public, and is asked of the object.
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = True
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False

# Mail goes out by EMAIL_URL (smtp+tls://user:password@host:587); without it nobody could confirm an address by letter.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if os.environ.get("EMAIL_URL") else "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
}

if os.environ.get("EMAIL_URL"):
    vars().update(environ.Env.email_url_config(os.environ["EMAIL_URL"]))
elif EMBEDDED:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "noreply@localhost"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Sessions are rows: a session that was ended stays ended, whatever the cache was doing at that moment.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "portal.problems.csrf_failed"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = listed(os.environ, "CSRF_TRUSTED_ORIGINS")
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Security --------------------------------------------------------------------------------------------------------

SECURE_HSTS_SECONDS = HSTS_SECONDS
SECURE_HSTS_INCLUDE_SUBDOMAINS = bool(HSTS_SECONDS)
SECURE_HSTS_PRELOAD = bool(HSTS_SECONDS)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
# TrustedProxyMiddleware drops this header from everyone but the proxies in TRUSTED_PROXIES.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Tiles of Tianditu under maps of data, where the operator has a key (docs/explore.md); the note is its 审图号.
TIANDITU_KEY = os.environ.get("TIANDITU_KEY") or ""
TIANDITU_NOTE = os.environ.get("TIANDITU_NOTE") or ""
TIANDITU_HOSTS = [f"https://t{number}.tianditu.gov.cn" for number in range(8)]
_TILES = TIANDITU_HOSTS if TIANDITU_KEY else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *_TILES],
        "font-src": [SELF],
        "connect-src": [SELF, *_TILES],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# --- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or VAR_DIR / "static")
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS: list[Any] = [
    BASE_DIR / "static",
    *(
        (f"vendor/{package.removesuffix('.org')}", NODE_MODULES / package / folder)
        for package, folder in (
            ("bootstrap", "dist"),
            ("bootstrap-icons", "font"),
            ("htmx.org", "dist"),
            ("echarts", "dist"),
            ("maplibre-gl", "dist"),
            ("tus-js-client", "dist"),
        )
        if (NODE_MODULES / package / folder).is_dir()
    ),
]
STATICFILES_FINDERS = ["portal.statics.ProjectFinder", "portal.statics.AppFinder"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": STORAGE.as_django(),
    "staticfiles": {"BACKEND": "portal.statics.PortalStaticStorage"},
}
WHITENOISE_MAX_AGE = 600
MEDIA_ROOT = STORAGE.folder or VAR_DIR / "files"
MEDIA_URL = "/media-is-never-served/"
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "tmp" if EMBEDDED else None
FILE_UPLOAD_PERMISSIONS = 0o640
# A file that comes in pieces and may pause; one that comes at once, by a form or in one request.
UPLOAD_MAX_BYTES = int(os.environ.get("UPLOAD_MAX_BYTES") or 20 * 1024**3)
UPLOAD_FORM_BYTES = min(UPLOAD_MAX_BYTES, 2 * 1024**3)
# What readers download is made once per format and kept here, the latest asked for, up to this many bytes.
EXPORT_DIR = Path(os.environ.get("EXPORT_DIR") or VAR_DIR / "exports").resolve()
EXPORT_MAX_BYTES = int(os.environ.get("EXPORT_MAX_BYTES") or 20 * 1024**3)
# Cells (rows × columns) that are written while the reader waits; more of them are written by a worker.
EXPORT_CELLS_AT_ONCE = int(os.environ.get("EXPORT_CELLS_AT_ONCE") or 5_000_000)
# Behind nginx: the internal address below which it serves what the portal has allowed (deploy/nginx.conf).
ACCEL_PREFIX = os.environ.get("ACCEL_PREFIX", "")
ROWS_MEMORY = os.environ.get("ROWS_MEMORY") or "512MB"
ANONYMITY_PACKAGES = Path(os.environ.get("ANONYMITY_PACKAGES") or Path(sys.prefix) / "anonymity")  # docs/adr/0012
ROWS_THREADS = int(os.environ.get("ROWS_THREADS") or 2)
ROWS_SECONDS = float(os.environ.get("ROWS_SECONDS") or 5)
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

# --- Cache, broker, clock --------------------------------------------------------------------------------------------

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "tianshan",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}


def broker_url(url: str) -> str:
    """Returns a Redis address in the words of kombu, which spells the unix socket in its own way."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    return f"redis+socket://{parts.path}?virtual_host={parts.query.removeprefix('db=') or '0'}"


TASK_SECONDS = 3600
CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A message that a lost worker held comes back after this time, so it must be longer than any task may run.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": TASK_SECONDS * 2,
    "global_keyprefix": "tianshan:",
    "socket_timeout": 30,
    "socket_connect_timeout": 3,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = TASK_SECONDS
CELERY_TASK_SOFT_TIME_LIMIT = TASK_SECONDS - 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_IMPORTS = ["opendata.uploadtasks"]
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# --- API -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "opendata.authentication.APIKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "portal.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.problems.exception_handler",
    "PAGE_SIZE": 20,
    "URL_FORMAT_OVERRIDE": None,  # `format` is a word of our own addresses: a filter, and the kind of a download
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tianshan Public Data Portal API",
    "DESCRIPTION": "The catalogue, its data, applications and reports. Errors are RFC 9457 problem documents.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Two lists of codes are called "kind"; each keeps a name of its own.
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.openapi.add_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
}

# --- Logs ------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "portal.logs.OneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL") or "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
