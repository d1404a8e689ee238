"""What runs by the clock. One row per task: its name, how often, and how long a missed turn is worth doing."""

from typing import Any

from celery.schedules import crontab


def every(task: str, seconds: int) -> dict[str, Any]:
    """Returns a row that repeats a task; a turn not taken before the next one is due is dropped."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


def daily(task: str, hour: int, minute: int = 0) -> dict[str, Any]:
    """Returns a row that runs a task once a day, Shanghai time."""
    return {"task": task, "schedule": crontab(hour=str(hour), minute=str(minute)), "options": {"expires": 12 * 3600}}


BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "outbox": every("portal.workflow.tasks.outbox_sweep", 60),
    "overdue": every("portal.workflow.tasks.clocks_mark_overdue", 600),
    "ingest": every("opendata.tasks.ingest_sweep", 30),
    "deidentify": every("opendata.tasks.deidentify_sweep", 60),
    "uploads": every("opendata.uploadtasks.uploads_clear", 600),
    "exports": every("opendata.tasks.exports_sweep", 60),
    "export_files": every("opendata.tasks.exports_trim", 300),
    "quarantine": daily("opendata.tasks.quarantine_sweep", 4),
    "grants": every("opendata.tasks.grants_turn", 600),
    "reports": every("requests_app.tasks.reports_close", 3600),
    "applications": every("requests_app.tasks.applications_lapse", 3600),
}
