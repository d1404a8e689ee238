"""Workflow: commands, clocks, calendar, outbox. Shared by every case."""
