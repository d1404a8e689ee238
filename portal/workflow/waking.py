"""wake: tells a worker, after the commit, that a row waits for it; a sweeper finds what nobody was told of."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(task: Any, *args: str) -> None:
    """Sends a Celery task once the transaction is committed.

    With the broker down the act still stands: the row was written first, and its sweeper sends it later.
    """

    def send() -> None:
        try:
            task.delay(*args)
        except OperationalError as error:
            logger.warning("broker not reached, %s waits for its sweeper: %s", task.name, error)

    transaction.on_commit(send)
