"""API addresses of this floor."""

from opendata.api import exports, keys, managing, packages, privacy, resources, tus, uploads, versions

urlpatterns = [
    *resources.urlpatterns,
    *versions.urlpatterns,
    *exports.urlpatterns,
    *packages.urlpatterns,
    *managing.urlpatterns,
    *privacy.urlpatterns,
    *keys.urlpatterns,
    *uploads.urlpatterns,
    *tus.urlpatterns,
]
