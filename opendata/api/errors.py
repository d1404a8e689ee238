"""What the data engine refuses, as the API says it: 422 for a query, 429 over quota, 503 when too busy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework import status
from rest_framework.exceptions import APIException, Throttled

from catalogue.api.schema import Unprocessable
from opendata.draw import OverQuota
from opendata.exports import ExportRefused
from opendata.rows import DeadlineExceeded, EngineBusy, QueryError


class Busy(APIException):
    """Every place of the row engine is taken; worth trying again soon."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    wait = 2


@contextmanager
def told() -> Iterator[None]:
    """Turns the engine's exceptions into the API's."""
    try:
        yield
    except QueryError as error:
        raise Unprocessable({error.parameter or "query": [str(error)]}) from error
    except (DeadlineExceeded, ExportRefused) as error:
        raise Unprocessable({"query": [str(error)]}) from error
    except OverQuota as error:
        raise Throttled(wait=error.seconds, detail=str(error)) from error
    except EngineBusy as error:
        raise Busy(str(error)) from error
