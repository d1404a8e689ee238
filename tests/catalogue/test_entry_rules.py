"""What the Measures refuse on an entry, article by article; a refusal names its article and changes nothing."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from catalogue.availability import entry_withdraw
from catalogue.models import Entry, EntryVersion
from catalogue.services import a_year_after, entry_create, version_command, version_open, version_update
from portal.accounts.access import NotAllowed
from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.services import role_revoke
from portal.audit.models import Event
from portal.law import Role, RuleBroken
from portal.workflow.models import Clock
from tests.factories import CONDITIONAL, ELEMENTS, appoint, entry_fields, make_draft, make_entry, now, publish, standing

pytestmark = pytest.mark.django_db
NON_OPEN = {"open_class": "non_open", "legal_basis": "《中华人民共和国个人信息保护法》第十条"}


def act(version, command, user, **extra):
    return version_command(version, command, actor=Actor.of_user(user), now=now(), **extra)


def draft_of(cast, entry, **fields):
    version = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    return version_update(version, actor=Actor.of_user(cast.registrar), fields=fields, now=now())


def refused(cast, **fields):
    """Returns the refusal of registering such an entry, and makes sure that nothing of it stays."""
    events = Event.objects.count()
    with pytest.raises(RuleBroken) as caught:
        make_draft(cast, "1/1", **fields)
    assert not Entry.objects.exists()
    assert Event.objects.count() == events
    return caught.value.article, caught.value.field


@pytest.mark.parametrize(
    ("fields", "article", "field"),
    [
        ({**CONDITIONAL, "legal_basis": " "}, 5, "legal_basis"),
        ({**NON_OPEN, "legal_basis": ""}, 5, "legal_basis"),
        ({"open_condition": "须备案"}, 5, "open_condition"),
        ({**CONDITIONAL, "open_condition": ""}, 27, "open_condition"),
        ({"classified": True}, 12, "classified"),
        ({"library": "base", "base_kind": "population"}, 8, "library"),
        ({"library": "theme"}, 8, "lead_department"),
        ({"library": "special"}, 8, "lead_department"),
        ({"data_level": "core"}, 36, "open_class"),
        ({"data_level": "important"}, 36, "open_class"),
        ({"share_type": "not_shared"}, 19, "share_basis"),
        ({"share_type": "conditional", "share_basis": "某法第一条"}, 19, "share_condition"),
        ({"title": ""}, 7, "title"),
        ({"abstract": "  "}, 7, "abstract"),
        ({"update_frequency": ""}, 7, "update_frequency"),
        ({"use_requirements": ""}, 7, "use_requirements"),
        ({"open_scope": ""}, 27, "open_scope"),
        ({"data_form": ""}, 27, "data_form"),
    ],
)
def test_saving_is_refused_with_the_article(cast, fields, article, field):
    assert refused(cast, **fields) == (article, field)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"domain": "cooking"}, "domain"),
        ({"format_class": "1"}, "format_class"),
        ({"covers_from": dt.date(2025, 1, 1), "covers_to": dt.date(2024, 1, 1)}, "covers_to"),
        ({"base_kind": "population"}, "base_kind"),
        ({"title": "长" * 201}, "title"),
        ({"abstract": "长" * 5001}, "abstract"),
        ({"state": "published"}, "state"),
        ({"published_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "published_at"),
        ({"secrecy_conclusion": "可以开放"}, "secrecy_conclusion"),
        ({"created_by_id": "x"}, "created_by_id"),
        ({"rule_set": "mine"}, "rule_set"),
        ({"region_id": "999999"}, "region"),
    ],
)
def test_a_malformed_or_foreign_field_is_named(cast, fields, field):
    with pytest.raises(ValidationError) as caught:
        make_draft(cast, "1/1", **fields)
    assert field in caught.value.message_dict
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "code", ["", "3065", "/1", "3065/", "3065/1/2", "30 65/1", "类/1", "3065/1\n", "a" * 33 + "/1", "3065/versions"]
)
def test_the_code_is_class_slash_sequence(cast, code):
    with pytest.raises(ValidationError) as caught:
        make_draft(cast, code)
    assert list(caught.value.message_dict) == ["code"]


def test_a_code_is_never_used_twice_even_after_withdrawal(cast):
    entry = make_entry(cast, "1/1")
    entry_withdraw(entry, actor=Actor.of_user(cast.officer), now=now(), note="撤回")
    with pytest.raises(RuleBroken) as caught:
        make_draft(cast, "1/1")
    assert (caught.value.article, caught.value.field) == (7, "code")


def test_only_a_registrar_of_the_department_registers(cast):
    for user in (cast.reviewer, cast.other_registrar, cast.officer, cast.citizen):
        with pytest.raises(NotAllowed) as caught:
            entry_create(
                actor=Actor.of_user(user), provider=cast.department, code="1/1", fields=entry_fields(), now=now()
            )
        assert caught.value.article == 12
    key = Actor("api_key", "k", "key", cast.registrar)
    with pytest.raises(NotAllowed):
        entry_create(actor=key, provider=cast.department, code="1/1", fields=entry_fields(), now=now())
    assert not Entry.objects.exists()


def test_the_regional_authority_alone_compiles_the_base_library(cast):
    appoint(cast.citizen, Role.REGISTRAR, cast.authority)
    fields = entry_fields(library="base", base_kind="population")
    version = entry_create(
        actor=Actor.of_user(cast.citizen), provider=cast.authority, code="1/1", fields=fields, now=now()
    )
    assert version.library == "base"
    appoint(cast.stranger, Role.REGISTRAR, cast.other_authority)
    with pytest.raises(RuleBroken) as caught:
        entry_create(
            actor=Actor.of_user(cast.stranger), provider=cast.other_authority, code="1/2", fields=fields, now=now()
        )
    assert caught.value.article == 8


def test_a_theme_entry_names_its_lead_department(cast):
    assert make_draft(cast, library="theme", lead_department=cast.other_department).lead_department is not None


def test_submitting_without_data_elements_is_refused_by_name(cast):
    version = make_draft(cast, elements=[])
    with pytest.raises(RuleBroken) as caught:
        act(version, "submit", cast.registrar)
    assert (caught.value.article, caught.value.field) == (7, "elements")
    assert "信息项" in str(caught.value)
    assert EntryVersion.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("elements", "error"),
    [
        ([{**ELEMENTS[0]}, {**ELEMENTS[0]}], RuleBroken),
        ([{"name": "", "type": "text"}], ValidationError),
        ([{"type": "text"}], ValidationError),
        ([{"name": "a", "type": "quaternion"}], ValidationError),
        ([{"name": "a", "type": "text", "length": -1}], ValidationError),
        ([{"name": f"c{n}", "type": "text"} for n in range(501)], ValidationError),
    ],
)
def test_wrong_elements_change_nothing(cast, elements, error):
    version = make_draft(cast)
    with pytest.raises(error) as caught:
        version_update(version, actor=Actor.of_user(cast.registrar), fields={}, elements=elements, now=now())
    assert "elements" in (caught.value.message_dict if error is ValidationError else [caught.value.field])
    assert [e.name for e in version.elements.all()] == ["station", "pm25"]


@pytest.mark.parametrize("opened", [{"open_class": "unconditional", "legal_basis": ""}, CONDITIONAL])
def test_non_open_opens_only_with_evidence_each_time(cast, opened):
    entry = make_entry(cast, **NON_OPEN)
    evidence = {"evidence_kind": "deidentification", "evidence": "脱敏记录 2026-01"}
    for lacking in ({}, {**evidence, "evidence": " "}, {**evidence, "evidence_kind": ""}):
        version = entry.versions.filter(state="draft").first()
        with pytest.raises(RuleBroken) as caught:
            if version is None:
                draft_of(cast, entry, **opened, **lacking)
            else:
                version_update(version, actor=Actor.of_user(cast.registrar), fields={**opened, **lacking}, now=now())
        assert (caught.value.article, caught.value.field) == (26, "evidence")
    version = entry.versions.get(state="draft")
    version_update(version, actor=Actor.of_user(cast.registrar), fields={**opened, **evidence}, now=now())
    entry = publish(cast, version)
    assert standing(entry).open_class == opened["open_class"]
    event = Event.objects.filter(action="catalogue.entry_version.published").latest("id")
    assert event.data["open_class_before"] == "non_open"

    closed = publish(cast, draft_of(cast, entry, open_condition="", **NON_OPEN))
    with pytest.raises(RuleBroken) as caught:
        draft_of(cast, closed, **opened)
    assert caught.value.article == 26, "the evidence of an earlier opening must not serve a later one"


def test_the_same_person_never_registers_and_reviews(cast):
    version = make_draft(cast)
    appoint(cast.citizen, Role.REGISTRAR, cast.department)
    act(version, "submit", cast.citizen)
    role_revoke(actor=SYSTEM, user=cast.registrar, role=Role.REGISTRAR, department=cast.department, now=now())
    appoint(cast.registrar, Role.REVIEWER, cast.department)
    with pytest.raises(NotAllowed) as caught:
        act(version, "department_approve", cast.registrar)
    assert caught.value.article == 12
    with pytest.raises(RuleBroken) as broken:
        appoint(cast.reviewer, Role.REGISTRAR, cast.department)
    assert broken.value.article == 12


COMMANDS = [
    ("submit", "registrar", {}, "draft", "department_review"),
    ("discard", "registrar", {}, "draft", "discarded"),
    ("department_approve", "reviewer", {}, "department_review", "secrecy_review"),
    ("department_return", "reviewer", {"note": "请改"}, "department_review", "draft"),
    ("secrecy_approve", "secrecy", {"conclusion": "可以开放"}, "secrecy_review", "authority_review"),
    ("secrecy_return", "secrecy", {"note": "请改"}, "secrecy_review", "draft"),
    ("publish", "officer", {}, "authority_review", "published"),
    ("authority_return", "officer", {"note": "请改"}, "authority_review", "draft"),
]
WAY = ("submit", "department_approve", "secrecy_approve", "publish")
EVERYONE = [
    "registrar",
    "reviewer",
    "secrecy",
    "handler",
    "application_reviewer",
    "officer",
    "auditor",
    "other_registrar",
    "other_reviewer",
    "other_officer",
    "citizen",
]


def brought_to(cast, state):
    version = make_draft(cast)
    for command, user, extra, source, _target in (row for row in COMMANDS if row[0] in WAY):
        if state == source:
            break
        act(version, command, getattr(cast, user), **extra)
    assert version.state == state
    return version


@pytest.mark.parametrize(("command", "user", "extra", "state", "target"), COMMANDS)
def test_each_command_by_the_one_who_may_and_by_nobody_else(cast, command, user, extra, state, target):
    version = brought_to(cast, state)
    events = Event.objects.count()
    for other in EVERYONE:
        if other == user:
            continue
        with pytest.raises(NotAllowed) as caught:
            act(version, command, getattr(cast, other), **extra)
        assert caught.value.article
    with pytest.raises(NotAllowed):
        version_command(version, command, actor=SYSTEM, now=now(), **extra)
    assert Event.objects.count() == events
    assert EntryVersion.objects.get(pk=version.pk).state == state
    act(version, command, getattr(cast, user), **extra)
    assert EntryVersion.objects.get(pk=version.pk).state == target
    made = 2 if command == "publish" else 1
    assert Event.objects.count() == events + made
    with pytest.raises(RuleBroken):
        act(version, command, getattr(cast, user), **extra)


@pytest.mark.parametrize("command", [row[0] for row in COMMANDS if row[0].endswith("_return")])
def test_a_return_needs_its_reason(cast, command):
    row = next(row for row in COMMANDS if row[0] == command)
    version = brought_to(cast, row[3])
    with pytest.raises(RuleBroken) as caught:
        act(version, command, getattr(cast, row[1]), note="  ")
    assert caught.value.field == "note"


def test_no_publication_without_the_secrecy_review_of_this_round(cast):
    version = brought_to(cast, "secrecy_review")
    with pytest.raises(RuleBroken) as caught:
        act(version, "secrecy_approve", cast.secrecy, conclusion="  ")
    assert (caught.value.article, caught.value.field) == (36, "conclusion")
    act(version, "secrecy_approve", cast.secrecy, conclusion="可以开放")
    act(version, "authority_return", cast.officer, note="请改")
    assert EntryVersion.objects.get(pk=version.pk).secrecy_conclusion == ""
    EntryVersion.objects.filter(pk=version.pk).update(state="authority_review")
    with pytest.raises(RuleBroken) as caught:
        act(version, "publish", cast.officer)
    assert caught.value.article == 36


def test_an_outsider_learns_nothing_of_an_incomplete_draft(cast):
    version = make_draft(cast, elements=[])
    with pytest.raises(NotAllowed):
        act(version, "submit", cast.citizen)


def test_a_failed_publication_leaves_the_standing_version(cast):
    entry = make_entry(cast)
    version = draft_of(cast, entry, title="新名称")
    act(version, "submit", cast.registrar)
    with pytest.raises(RuleBroken):
        act(version, "publish", cast.officer)
    version = standing(entry)
    version.refresh_from_db()
    assert version.state == "published"


def test_the_next_check_is_a_year_after_publication_unless_a_day_to_come_is_stated(cast):
    entry = make_entry(cast)
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    assert standing(entry).next_check_on == a_year_after(today)
    stated = today + dt.timedelta(days=90)
    assert standing(make_entry(cast, "1/2", next_check_on=stated)).next_check_on == stated
    assert standing(make_entry(cast, "1/3", next_check_on=today)).next_check_on == a_year_after(today)
    assert a_year_after(dt.date(2028, 2, 29)) == dt.date(2029, 2, 28)


def test_clocks_run_with_each_review(cast):
    version = brought_to(cast, "secrecy_review")
    assert [clock.kind for clock in Clock.objects.of(version).running()] == ["entry_secrecy_review"]
    act(version, "secrecy_return", cast.secrecy, note="请改")
    assert not Clock.objects.of(version).running().exists()


def test_one_version_in_work_and_none_on_a_withdrawn_entry(cast):
    entry = make_entry(cast)
    version = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    with pytest.raises(RuleBroken):
        version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    entry_withdraw(entry, actor=Actor.of_user(cast.reviewer), now=now(), note="撤回")
    with pytest.raises(RuleBroken) as caught:
        act(version, "submit", cast.registrar)
    assert caught.value.article == 30
    act(version, "discard", cast.registrar)
    with pytest.raises(RuleBroken):
        version_open(entry, actor=Actor.of_user(cast.registrar), now=now())


def test_an_entry_whose_first_draft_was_discarded_begins_again_under_its_code(cast):
    version = make_draft(cast)
    act(version, "discard", cast.registrar)
    again = version_open(version.entry, actor=Actor.of_user(cast.registrar), now=now())
    assert (again.number, again.title, again.elements.count()) == (2, version.title, 2)


def test_only_a_draft_is_edited(cast):
    version = brought_to(cast, "department_review")
    with pytest.raises(RuleBroken):
        version_update(version, actor=Actor.of_user(cast.registrar), fields={"title": "改"}, now=now())
    with pytest.raises(NotAllowed):
        version_update(version, actor=Actor.of_user(cast.other_registrar), fields={"title": "改"}, now=now())
