"""Addresses of this floor, joined from its rooms."""

from requests_app.views import applications, identity, reports

app_name = "requests"

urlpatterns = [*identity.urlpatterns, *reports.urlpatterns, *applications.urlpatterns]
