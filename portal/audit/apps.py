"""Django application of this floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Names the application."""

    name = "portal.audit"
    label = "audit"
    verbose_name = _("Record of acts")
    default_auto_field = "django.db.models.BigAutoField"
