"""The Celery application: background work and the clockwork that starts it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("tianshan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
