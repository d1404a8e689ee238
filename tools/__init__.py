"""Tools for those who work on the portal; nothing of it runs in production."""
