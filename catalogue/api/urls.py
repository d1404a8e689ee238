"""API addresses of the catalogue. A code holds a slash, so longer addresses come before the entry's own."""

from django.urls import URLPattern, path

from catalogue.api import entries, reference, versions

urlpatterns: list[URLPattern] = [
    path("entries/", entries.EntryList.as_view(), name="api_entries"),
    path("entries/facets/", entries.EntryFacets.as_view(), name="api_facets"),
    path(
        "entries/<path:code>/versions/<int:number>/<slug:command>/",
        versions.VersionCommand.as_view(),
        name="api_version_command",
    ),
    path("entries/<path:code>/versions/<int:number>/", versions.VersionDetail.as_view(), name="api_version"),
    path("entries/<path:code>/versions/", versions.VersionList.as_view(), name="api_entry_versions"),
    path(
        "entries/<path:code>/availability/<slug:command>/",
        entries.EntryCommand.as_view(),
        name="api_entry_command",
    ),
    path("entries/<path:code>/", entries.EntryDetail.as_view(), name="api_entry"),
    path("versions/", versions.VersionQueue.as_view(), name="api_versions"),
    path("departments/", reference.DepartmentList.as_view(), name="api_departments"),
    path("departments/<slug:code>/", reference.DepartmentDetail.as_view(), name="api_department"),
    path("codes/", reference.CodeLists.as_view(), name="api_codes"),
    path("codes/<slug:name>/", reference.CodeListDetail.as_view(), name="api_code_list"),
]
