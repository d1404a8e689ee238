"""API addresses of this floor."""

from opendata.api import exports, keys, managing, privacy, resources, tus, uploads, versions

urlpatterns = [
    *resources.urlpatterns,
    *versions.urlpatterns,
    *exports.urlpatterns,
    *managing.urlpatterns,
    *privacy.urlpatterns,
    *keys.urlpatterns,
    *uploads.urlpatterns,
    *tus.urlpatterns,
]
