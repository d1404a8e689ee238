"""Ties the platform's own parts to Django's start: the Celery application and the system checks."""

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFilesConfig
from django.core.checks import Tags, register

from portal import checks
from portal.celery import app as celery_app

__all__ = ["PlatformConfig", "StaticFilesConfig", "celery_app"]


class StaticFilesConfig(DjangoStaticFilesConfig):
    """Leaves out what packages bring besides the files that pages use: maps, sources, and other builds of the same."""

    ignore_patterns = [
        *DjangoStaticFilesConfig.ignore_patterns,
        "*.map",
        "*.ts",
        "*.scss",
        "*.gz",
        "*.esm.*",
        "*.LICENSE*",
        "bootstrap-grid*",
        "bootstrap-reboot*",
        "bootstrap-utilities*",
        "bootstrap.css",
        "bootstrap.js",
        "bootstrap.bundle.js",
        "bootstrap.min.js",
        "bootstrap.rtl.css",
        "bootstrap-icons.css",
        "bootstrap-icons.json",
        "echarts.js",
        "echarts.common*",
        "echarts.simple*",
        "extension",
        "ext",
        "package.json",
        "htmx.js",
        "htmx.amd.js",
        "htmx.cjs.js",
        "redoc",
    ]


class PlatformConfig(AppConfig):
    """Names the application and registers its checks."""

    name = "portal"
    label = "portal"

    def ready(self) -> None:
        """Registers the deployment checks; importing this module has made Celery's application the current one."""
        register(checks.production_is_complete, Tags.security, deploy=True)
        register(checks.database_is_postgresql, Tags.database)
