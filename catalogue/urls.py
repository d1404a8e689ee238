"""Addresses of the catalogue's desk; the public pages belong to the roof."""

from django.urls import URLPattern, URLResolver, include, path

from catalogue.views import entries, versions

entries_urlpatterns: list[URLPattern] = [*versions.urlpatterns, *entries.urlpatterns]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((entries_urlpatterns, "entries")))]
