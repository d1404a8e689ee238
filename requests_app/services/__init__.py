"""Commands on applications, agreements, identities and reports."""
