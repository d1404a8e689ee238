"""Which formats a version is offered in: those that can hold what the asker may draw of it."""

from __future__ import annotations

from opendata.draw import scope_of
from opendata.exports import formats_for
from opendata.models import ResourceVersion
from opendata.permits import Permit
from opendata.rows import columns_from_profile


def formats_of(version: ResourceVersion, permit: object = None) -> tuple[str, ...]:
    """Returns the formats; a grant that leaves no geometry leaves no GeoJSON either."""
    columns = columns_from_profile(version.columns)
    if isinstance(permit, Permit):
        scope = scope_of(permit)
        columns = tuple(one for one in columns if scope.shows(one.name))
    return ("original", *formats_for(columns))
