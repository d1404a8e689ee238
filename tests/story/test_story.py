"""The whole story once, through the pages, with real workers and files, until the key is refused after a report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.factories import CONDITIONAL, PASSWORD, make_entry, make_resource
from tests.story.applying import applies, is_decided_and_signed, makes_a_key, the_key_draws_that_entry_only
from tests.story.people import PHONE, Person, Shots
from tests.story.publishing import a_bad_file_changes_nothing, registers_and_publishes, uploads
from tests.story.reading import a_citizen_finds_and_downloads
from tests.story.reporting import (
    nothing_flows_any_more,
    reads_the_answer,
    reports_an_error,
    stops_the_data,
    the_auditor_sees_each_act,
)
from tests.story.words import EMISSIONS, HELD_TITLE, OPEN_TITLE, READINGS

ROLES = ("registrar", "reviewer", "secrecy", "officer", "application_reviewer", "handler", "auditor")

Enter = Callable[..., Person]


@pytest.fixture
def shots(tmp_path: Path) -> Shots:
    return Shots(tmp_path / "shots")


@pytest.fixture
def enter(browser: Browser, live_server: Any, shots: Shots) -> Iterator[Enter]:
    """Lets people come: each with a browser of their own, signed in where they have an office."""
    people: list[Person] = []

    def come(name: str = "", **options: Any) -> Person:
        person = Person(browser, live_server.url, shots, **options)
        people.append(person)
        if name:
            person.sign_in(f"{name}@example.org", PASSWORD)
        return person

    yield come
    for person in people:
        person.leave()


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_the_whole_story(cast, celery_worker, live_server, enter, tmp_path):
    words = {"title": "另一有条件开放条目", "title_en": "", "abstract": "与本故事无关。", "keywords": "另一条目"}
    other = make_entry(cast, "3065/0777", elements=[{"name": "名称", "type": "text"}], **words, **CONDITIONAL)
    other_resource = make_resource(cast, other)
    staff = {name: enter(name) for name in ROLES}

    registers_and_publishes(staff)
    open_resource = uploads(staff["registrar"], OPEN_TITLE, "readings.csv", READINGS.encode("gb18030"), tmp_path)
    held_resource = uploads(staff["registrar"], HELD_TITLE, "emissions.csv", EMISSIONS.encode(), tmp_path)
    a_bad_file_changes_nothing(staff["registrar"], held_resource, tmp_path)
    a_citizen_finds_and_downloads(enter(viewport=PHONE), open_resource)

    applicant = enter()
    receipt = applies(applicant, staff["officer"], tmp_path)
    is_decided_and_signed(applicant, staff, receipt)
    key = makes_a_key(applicant)
    the_key_draws_that_entry_only(live_server.url, key, held_resource, str(other_resource.pk))

    number, secret = reports_an_error(enter(viewport=PHONE))
    stops_the_data(staff["handler"], number)
    nothing_flows_any_more(live_server.url, key, held_resource, applicant)
    reads_the_answer(enter(viewport=PHONE), staff["handler"], number, secret)
    the_auditor_sees_each_act(staff["auditor"])
