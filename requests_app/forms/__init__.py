"""Forms of applications, identities and reports."""
