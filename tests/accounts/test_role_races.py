"""Appointments at the same moment: one person never gets two of the three roles of one department (Art. 12)."""

import threading

import pytest
from django.db import connection

from portal.accounts import access
from portal.accounts.services import FOUR_EYES
from portal.law import RuleBroken
from tests.cast import make_cast
from tests.factories import appoint, make_user


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_turn", range(5))
def test_three_roles_for_one_person_at_once(_turn):
    cast, user = make_cast(), make_user("newcomer")
    gate, refused = threading.Barrier(len(FOUR_EYES)), []

    def run(role):
        gate.wait()
        try:
            appoint(user, role, cast.department)
        except RuleBroken as broken:
            refused.append(broken.article)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(role,)) for role in FOUR_EYES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == [12, 12]
    assert sum(access.has_role(user, role, cast.department) for role in FOUR_EYES) == 1
