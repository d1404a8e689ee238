"""One department with open data for all tests of a file: read once, and taken back when the file is through."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from opendata.models import Resource
from tests.cast import Cast, make_cast
from tests.factories import make_entry, make_resource


@contextmanager
def standing_world(django_db_blocker: Any) -> Iterator[tuple[Cast, Resource]]:
    """Makes a cast and an open resource; each test runs in a savepoint above them."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        yield cast, make_resource(cast, make_entry(cast))
        transaction.set_rollback(True)
