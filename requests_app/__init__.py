"""Applications and reports."""
