"""Ties the platform's own parts to Django's start: the Celery application and the system checks."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from portal import checks
from portal.celery import app as celery_app

__all__ = ["PlatformConfig", "celery_app"]


class PlatformConfig(AppConfig):
    """Names the application and registers its checks."""

    name = "portal"
    label = "portal"

    def ready(self) -> None:
        """Registers the deployment checks; importing this module has made Celery's application the current one."""
        register(checks.production_is_complete, Tags.security, deploy=True)
        register(checks.database_is_postgresql, Tags.database)
