"""Static files: each name carries the hash of its content, each file is stored compressed beside itself."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class PortalStaticStorage(CompressedManifestStaticFilesStorage):
    """Hashes and compresses; source maps that packages mention but do not ship are left alone."""

    support_js_module_import_aggregation = False
    # Packages' files end with "sourceMappingURL" notes for developers; only the style sheets' own url() are rewritten.
    patterns = tuple(
        (extension, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for extension, rules in CompressedManifestStaticFilesStorage.patterns
    )
