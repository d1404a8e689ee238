"""API addresses of this floor."""

from opendata.api import keys, resources, uploads

urlpatterns = [*resources.urlpatterns, *keys.urlpatterns, *uploads.urlpatterns]
