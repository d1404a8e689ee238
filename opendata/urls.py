"""Addresses of this floor, joined from its rooms."""

from opendata.views import (
    deciding,
    explore,
    exports,
    grants,
    intake,
    keys,
    packages,
    privacy,
    public,
    settings,
    versions,
)

app_name = "opendata"

urlpatterns = [
    *public.urlpatterns,
    *versions.urlpatterns,
    *exports.urlpatterns,
    *packages.urlpatterns,
    *explore.urlpatterns,
    *intake.urlpatterns,
    *deciding.urlpatterns,
    *settings.urlpatterns,
    *privacy.urlpatterns,
    *grants.urlpatterns,
    *keys.urlpatterns,
]
