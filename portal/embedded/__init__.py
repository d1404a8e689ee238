"""The embedded mode: PostgreSQL, Redis, web, worker and clock on one machine, out of one folder."""
