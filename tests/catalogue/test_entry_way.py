"""An entry's way from registrar to publication, and what is refused on it."""

import pytest

from catalogue.models import Entry, EntryVersion
from catalogue.services import version_command, version_open, version_update
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from portal.workflow.models import Clock
from tests.factories import make_draft, make_entry, now, publish, standing

pytestmark = pytest.mark.django_db


def act(version, command, user, **extra):
    return version_command(version, command, actor=Actor.of_user(user), now=now(), **extra)


def test_four_people_publish_and_each_step_leaves_one_event(cast):
    entry = make_entry(cast)
    assert entry.availability == "live"
    assert standing(entry).state == "published"
    assert list(
        Event.objects.filter(action__startswith="catalogue.").order_by("id").values_list("action", flat=True)
    ) == [
        "catalogue.entry.created",
        "catalogue.entry_version.submitted",
        "catalogue.entry_version.department_approved",
        "catalogue.entry_version.secrecy_approved",
        "catalogue.entry_version.published",
        "catalogue.entry.opened",
    ]
    assert not Clock.objects.running().exists()


def test_published_version_stands_until_the_new_one_is_published(cast):
    entry = make_entry(cast)
    old = standing(entry)
    draft = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    version_update(draft, actor=Actor.of_user(cast.registrar), fields={"title": "空气质量监测数据（新）"}, now=now())
    assert Entry.objects.get(pk=entry.pk).published == old
    assert draft.elements.count() == old.elements.count() == 2
    publish(cast, draft)
    assert Entry.objects.get(pk=entry.pk).published == draft
    assert EntryVersion.objects.get(pk=old.pk).state == "superseded"


def test_wrong_people_and_wrong_states_change_nothing(cast):
    version = make_draft(cast)
    with pytest.raises(NotAllowed) as refused:
        act(version, "submit", cast.other_registrar)
    assert refused.value.article == 7
    act(version, "submit", cast.registrar)
    with pytest.raises(NotAllowed):
        act(version, "department_approve", cast.registrar)
    with pytest.raises(RuleBroken):
        act(version, "publish", cast.officer)
    version.refresh_from_db()
    assert version.state == "department_review"


def test_return_needs_a_reason_and_leads_back_to_draft(cast):
    version = make_draft(cast)
    act(version, "submit", cast.registrar)
    with pytest.raises(RuleBroken) as refused:
        act(version, "department_return", cast.reviewer)
    assert refused.value.field == "note"
    act(version, "department_return", cast.reviewer, note="请补充摘要")
    assert version.state == "draft"
    assert version.reviews.latest("at").note == "请补充摘要"
