"""Addresses of this floor, joined from its rooms."""

from opendata.views import deciding, explore, grants, intake, keys, privacy, public, settings, versions

app_name = "opendata"

urlpatterns = [
    *public.urlpatterns,
    *versions.urlpatterns,
    *explore.urlpatterns,
    *intake.urlpatterns,
    *deciding.urlpatterns,
    *settings.urlpatterns,
    *privacy.urlpatterns,
    *grants.urlpatterns,
    *keys.urlpatterns,
]
