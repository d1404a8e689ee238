"""What every page may say about the site itself."""

from django.conf import settings
from django.http import HttpRequest


def platform(request: HttpRequest) -> dict[str, object]:
    """Gives templates the site's name and whether this is the one-machine demonstration."""
    return {"SITE_NAME": settings.SITE_NAME, "EMBEDDED": settings.EMBEDDED}
