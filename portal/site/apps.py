"""Django application of the roof."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    """Names the application."""

    name = "portal.site"
    label = "site"
    verbose_name = _("Pages of the portal")
