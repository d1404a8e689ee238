"""Static files: each name carries the hash of its content, each file is stored compressed beside itself."""

from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage

# What packages bring besides the files that pages use: maps, sources, other builds of the same, another API browser.
NEEDLESS = (
    "*.map",
    "*.ts",
    "*.scss",
    "*.gz",
    "*.esm.*",
    "*.LICENSE*",
    "bootstrap-grid*",
    "bootstrap-reboot*",
    "bootstrap-utilities*",
    "bootstrap.css",
    "bootstrap.js",
    "bootstrap.bundle.js",
    "bootstrap.min.js",
    "bootstrap.rtl.css",
    "bootstrap-icons.css",
    "bootstrap-icons.json",
    "echarts.js",
    "echarts.common*",
    "echarts.simple*",
    "maplibre-gl.js",
    "maplibre-gl-dev.js",
    "maplibre-gl-csp-dev.js",
    "maplibre-gl-csp-worker-dev.js",
    "browser-test-bundle.js",
    "tus.js",
    "extension",
    "ext",
    "package.json",
    "htmx.js",
    "htmx.amd.js",
    "htmx.cjs.js",
    "redoc",
)


class ProjectFinder(FileSystemFinder):
    """Finds the project's own files and those of the front-end packages, and collects only the needed ones."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """Yields what is collected."""
        return super().list([*(ignore_patterns or ()), *NEEDLESS])


class AppFinder(AppDirectoriesFinder):
    """Finds the files of the applications, and collects only the needed ones."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        """Yields what is collected."""
        return super().list([*(ignore_patterns or ()), *NEEDLESS])


class PortalStaticStorage(CompressedManifestStaticFilesStorage):
    """Hashes and compresses; source maps that packages mention but do not ship are left alone."""

    support_js_module_import_aggregation = False
    # Packages' files end with "sourceMappingURL" notes for developers; only the style sheets' own url() are rewritten.
    patterns = tuple(
        (extension, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for extension, rules in CompressedManifestStaticFilesStorage.patterns
    )
