"""Django application of this floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Names the application."""

    name = "portal.accounts"
    label = "accounts"
    verbose_name = _("Who is who")
    default_auto_field = "django.db.models.BigAutoField"
