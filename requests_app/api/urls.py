"""API addresses of this floor, joined from its rooms."""

from requests_app.api import applications, identity, reports

urlpatterns = [*identity.urlpatterns, *reports.urlpatterns, *applications.urlpatterns]
