"""Finds the coordinate system that a file names and turns its positions into degrees of WGS 84 (RFC 7946, section 4).

CGCS2000, China's national system, agrees with WGS 84 within centimetres, so its degrees are taken as they are. The
shifted systems of map services (GCJ-02, BD-09) have no exact way back and are refused.
"""

from __future__ import annotations

import re
from typing import Any

import pyproj
from pyproj.exceptions import CRSError, ProjError

from .geometry import Move
from .notes import Refused, shown

SAME = re.compile(r"CRS\s*:?84$|EPSG:+(4326|4490|4979)$|WGS[ _]?(19)?84$|China.*2000$|CGCS_?2000$", re.IGNORECASE)
MOST_TEXT = 20_000
pyproj.network.set_network_enabled(active=False)


def named(text: str) -> pyproj.CRS:
    """The coordinate system of this name or description (OGC URN, EPSG code, WKT)."""
    try:
        return pyproj.CRS.from_user_input(text[:MOST_TEXT])
    except (CRSError, ProjError, ValueError) as error:
        raise Refused("crs_unknown", found=shown(text, 80)) from error


def mover(text: str) -> tuple[Move | None, str]:
    """The way from this system to degrees, None where there is nothing to do; and the system's name."""
    if SAME.search(text.strip()):
        return None, "WGS 84"
    system = named(text)
    if system.is_geographic and SAME.search(system.name):
        return None, system.name
    try:
        transformer = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True)
    except (CRSError, ProjError) as error:
        raise Refused("crs_unknown", found=system.name) from error

    def move(xs: list[float], ys: list[float]) -> tuple[Any, Any]:
        return transformer.transform(xs, ys)

    return move, system.name
