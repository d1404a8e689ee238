"""Addresses of the roof. Each room writes its own from the root of the site; here they get their namespaces."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from portal.site import styleguide
from portal.site.views import account, audit, catalogue, departments, desk, entry, health, home, law, stats
from portal.site.views import help as help_page

public: list[URLPattern] = [
    path("", home.home, name="home"),
    path("departments/", departments.department_list, name="departments"),
    path("departments/<slug:code>/", departments.department, name="department"),
    path("stats/", stats.stats, name="stats"),
    path("help/", help_page.help_page, name="help"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    *law.urlpatterns,
]
lists: list[URLPattern] = [
    path("catalogue/", catalogue.entry_list, name="list"),
    path("catalogue/<path:code>/", entry.detail, name="detail"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *health.urlpatterns,
    path("", include((desk.urlpatterns, "desk"))),
    path("", include((audit.urlpatterns, "audit"))),
    path("", include((account.urlpatterns, "accounts"))),
    path("", include((public, "site"))),
    path("", include((lists, "catalogue"))),
]
