"""Every address begins here; each floor owns the ones under its own word."""

from django.urls import URLPattern, URLResolver, include, path

from portal.openapi import SchemaDocument, SchemaPage

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("requests_app.api.urls")),
    path("", include("opendata.api.urls")),
    # An entry's code holds a slash, so its address matches nearly everything below entries/: it comes last.
    path("", include("catalogue.api.urls")),
    path("schema/", SchemaDocument.as_view(), name="api_schema"),
    path("docs/", SchemaPage.as_view(), name="api_docs"),
]

urlpatterns = [
    path("", include("requests_app.urls")),
    path("", include("opendata.urls")),
    path("", include("catalogue.urls")),
    # An entry's code holds a slash, so its page matches nearly everything below catalogue/: the roof comes last.
    path("", include("portal.site.urls")),
    path("account/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include(api_urlpatterns)),
]

handler403 = "portal.problems.page_forbidden"
handler404 = "portal.problems.page_not_found"
handler500 = "portal.problems.page_error"
