"""The demonstration: made-up departments, people, data and cases, loaded by the real services alone."""
