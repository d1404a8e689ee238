"""API addresses of this floor."""

from opendata.api import keys, managing, privacy, resources, tus, uploads, versions

urlpatterns = [
    *resources.urlpatterns,
    *versions.urlpatterns,
    *managing.urlpatterns,
    *privacy.urlpatterns,
    *keys.urlpatterns,
    *uploads.urlpatterns,
    *tus.urlpatterns,
]
