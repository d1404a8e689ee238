"""Pages of applications, identities and reports."""
