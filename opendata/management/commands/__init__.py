"""Management commands of open data."""
