"""Addresses of this floor, joined from its rooms."""

from opendata.views import explore, grants, intake, keys, public

app_name = "opendata"

urlpatterns = [*public.urlpatterns, *explore.urlpatterns, *intake.urlpatterns, *grants.urlpatterns, *keys.urlpatterns]
