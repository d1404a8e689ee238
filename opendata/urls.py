"""Addresses of this floor, joined from its rooms."""

from opendata.views import desk, keys, public

app_name = "opendata"

urlpatterns = [*public.urlpatterns, *desk.urlpatterns, *keys.urlpatterns]
