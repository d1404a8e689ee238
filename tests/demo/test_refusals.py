"""Where the demonstration is not loaded: a load that is interrupted, a database that is somebody else's."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalogue.models import Entry
from demo.load import CannotLoad, load, standing
from demo.people import ACCOUNTS
from opendata.models import IngestJob, Resource
from portal.accounts.models import Department, Jurisdiction, User
from portal.audit.models import Event
from portal.workflow.reference import reference_load
from tests.factories import make_department, make_user

pytestmark = pytest.mark.django_db


def test_interrupted_load_leaves_nothing_behind():
    def stop(line):
        if "行 / rows" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(stop, now=timezone.now())
    assert standing().is_absent
    left = [model.objects.count() for model in (Jurisdiction, User, Event, Resource, IngestJob)]
    assert left == [0] * 5


@pytest.fixture
def department(db):
    """Makes a department that is no part of the demonstration."""
    reference_load()
    return make_department("another")


def test_database_with_other_departments_is_refused(department):
    with pytest.raises(CommandError, match="示例数据只能载入没有部门的数据库"):
        call_command("demo_load", stdout=StringIO())
    assert Department.objects.get() == department
    assert not Entry.objects.exists()


def test_part_of_a_demonstration_is_refused(db):
    User.objects.create_user(email=ACCOUNTS[0].email, password=None, name="示例用户")
    with pytest.raises(CannotLoad, match="0 other departments and 1 parts"):
        load(pytest.fail, now=timezone.now())


def test_people_without_departments_are_no_hindrance(db):
    make_user("operator")
    assert standing().is_absent


def test_accounts_are_not_told_before_the_load(db):
    with pytest.raises(CommandError, match="demo_load"):
        call_command("demo_accounts", stdout=StringIO())
