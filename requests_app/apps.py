"""Django application of this floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RequestsAppConfig(AppConfig):
    """Names the application."""

    name = "requests_app"
    label = "requests_app"
    verbose_name = _("Applications and reports")
    default_auto_field = "django.db.models.BigAutoField"
