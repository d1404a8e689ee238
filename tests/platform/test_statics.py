"""Static files: the packages' files that pages use are collected, hashed and compressed, and pages name only such."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from portal.embedded.places import BASE_DIR

NAMED = re.compile(r"""{%\s*static\s+["']([^"'{]+)["']""")
SOURCES = [BASE_DIR / name for name in ("templates", "portal", "catalogue", "opendata", "requests_app")]


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> dict[str, str]:
    """Collects as a first start does; returns where each name went."""
    folder = tmp_path_factory.mktemp("static")
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "portal.settings", "STATIC_ROOT": str(folder)}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput"], cwd=BASE_DIR, env=environment, check=True
    )
    manifest = json.loads((folder / "staticfiles.json").read_text(encoding="utf-8"))
    return {name: str(folder / hashed) for name, hashed in manifest["paths"].items()}


def names_in_templates() -> set[str]:
    return {
        name
        for folder in SOURCES
        for path in folder.rglob("*.html")
        for name in NAMED.findall(path.read_text(encoding="utf-8"))
    }


def test_every_file_that_a_template_names_is_collected(collected):
    assert names_in_templates()
    assert names_in_templates() - collected.keys() == set()


@pytest.mark.parametrize(
    "name",
    [
        "vendor/bootstrap/css/bootstrap.min.css",
        "vendor/bootstrap/css/bootstrap.rtl.min.css",
        "vendor/bootstrap/js/bootstrap.bundle.min.js",
        "vendor/bootstrap-icons/bootstrap-icons.min.css",
        "vendor/bootstrap-icons/fonts/bootstrap-icons.woff2",
        "vendor/htmx/htmx.min.js",
        "vendor/echarts/echarts.min.js",
        "vendor/maplibre-gl/maplibre-gl-csp.js",
        "vendor/maplibre-gl/maplibre-gl-csp-worker.js",
        "vendor/maplibre-gl/maplibre-gl.css",
        "vendor/tus-js-client/tus.min.js",
    ],
)
def test_package_s_file_is_there_under_a_hashed_name(collected, name):
    path = Path(collected[name])
    assert re.search(r"\.[0-9a-f]{12}\.", path.name)
    assert path.stat().st_size > 1000


def test_text_is_compressed_beside_itself(collected):
    assert Path(collected["vendor/echarts/echarts.min.js"] + ".gz").exists()


def test_nothing_needless_is_served(collected):
    assert [name for name in collected if name.endswith((".map", ".ts", ".scss"))] == []
    assert sum(Path(path).stat().st_size for path in collected.values()) < 20_000_000
