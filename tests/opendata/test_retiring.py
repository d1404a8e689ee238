"""Retiring a resource: a successor that works where there are users, letters to them, and what stays readable."""

import datetime as dt

import pytest
from django.urls import reverse

from catalogue.availability import entry_suspend
from catalogue.models import Entry
from opendata import storage
from opendata.models import Resource, Use
from opendata.retiring import resource_retire, users_of
from opendata.services import resource_create, upload_receive
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from portal.workflow.models import OutboxMessage
from tests.factories import AIR, CONDITIONAL, make_draft, make_entry, make_grant, make_resource, now, read_upload
from tests.opendata.world import standing_world

WHY = "数据并入新的监测平台。"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing_world(django_db_blocker) as (cast, resource):
        wide = make_resource(cast, make_entry(cast, "3065/0003"), AIR.replace("35.5", "36.5"))
        yield cast, resource, wide


@pytest.fixture
def cast(world, db):
    return world[0]


def fresh(resource):
    related = Resource.objects.select_related("entry__published", "entry__provider", "current", "successor")
    return related.get(pk=resource.pk)


@pytest.fixture
def resource(world, db):
    return fresh(world[1])


@pytest.fixture
def wide(world, db):
    return fresh(world[2])


def registrar(cast):
    return Actor.of_user(cast.registrar)


def retire(cast, resource, successor=None, note=WHY, by=None):
    return resource_retire(resource, actor=by or registrar(cast), now=now(), note=note, successor=successor)


def draw(resource, user=None, days=1):
    Use.objects.create(at=now() - dt.timedelta(days=days), resource=resource, user=user, kind="rows", rows=1)


def test_a_resource_that_nobody_uses_is_retired_without_a_successor(cast, resource):
    draw(resource, cast.citizen, days=91)
    assert not retire(cast, resource)
    assert fresh(resource).retired_note == WHY
    event = Event.objects.get(action="opendata.resource.retired")
    assert (event.article, event.data["note"], event.data["told"]) == (24, WHY, 0)


@pytest.mark.parametrize("used_by", ["a draw", "a grant"])
def test_a_resource_with_users_is_retired_only_with_a_successor(cast, resource, wide, used_by):
    if used_by == "a draw":
        draw(resource)
    else:
        make_grant(cast.applicant, resource.entry)
    with pytest.raises(RuleBroken) as refused:
        retire(cast, resource)
    assert (refused.value.article, refused.value.field) == (24, "successor")
    assert retire(cast, resource, wide)
    assert fresh(resource).successor == wide


def test_a_reason_is_required(cast, resource):
    with pytest.raises(RuleBroken) as refused:
        retire(cast, resource, note="  ")
    assert refused.value.field == "note"


def refused_for(cast, resource, successor):
    with pytest.raises(RuleBroken) as refused:
        retire(cast, resource, successor)
    assert fresh(resource).retired_at is None
    return str(refused.value)


def test_a_successor_must_work(cast, resource, wide):
    assert "同一提供部门" in refused_for(cast, resource, resource)
    narrow = make_resource(cast, resource.entry, "station,day\n0164A,2026-05-01\n")
    assert "pm25" in refused_for(cast, resource, fresh(narrow))
    draft = make_resource(cast, make_draft(cast, "3065/0004").entry)
    assert "尚未发布" in refused_for(cast, resource, fresh(draft))
    empty = resource_create(entry=resource.entry, actor=registrar(cast), title="空", now=now())
    assert "尚未发布" in refused_for(cast, resource, fresh(empty))
    entry_suspend(Entry.objects.get(pk=wide.entry_id), actor=Actor.of_user(cast.handler), now=now(), note="核实")
    assert "尚未发布" in refused_for(cast, resource, fresh(wide))


def test_a_successor_that_gives_no_rows_is_refused(cast, resource):
    broken = fresh(make_resource(cast, resource.entry, AIR.replace("35.5", "99.5")))
    storage.blob_path(broken.current.parquet).write_bytes(b"PAR1 not any more PAR1")
    if broken.current.serving is not None:
        storage.blob_path(broken.current.serving).write_bytes(b"not any more")
    assert "没有取得数据" in refused_for(cast, resource, broken)


def test_holders_of_grants_must_be_able_to_draw_the_successor(cast, resource):
    conditional = fresh(make_resource(cast, make_entry(cast, "3065/0002", **CONDITIONAL)))
    make_grant(cast.applicant, resource.entry)
    assert "无法取用" in refused_for(cast, resource, conditional)


def test_a_retired_successor_is_none(cast, resource, wide):
    retire(cast, wide)
    assert "已停用" in refused_for(cast, resource, fresh(wide))


def test_the_users_are_told_by_mail_once_each(cast, resource, wide):
    make_grant(cast.applicant, resource.entry)
    for _times in range(2):
        draw(resource, cast.citizen)
    draw(resource, cast.applicant)
    draw(resource)
    users = users_of(resource, now=now())
    assert (len(users.grants), users.draws, {one.pk for one in users.people}) == (
        1,
        4,
        {cast.applicant.pk, cast.citizen.pk},
    )
    retire(cast, resource, wide)
    letters = OutboxMessage.objects.all()
    assert sorted(letter.to for letter in letters) == sorted([cast.applicant.email, cast.citizen.email])
    for letter in letters:
        for text in (WHY, str(wide), reverse("opendata:resource", args=[wide.pk]), str(resource)):
            assert text in letter.body


def test_a_retired_resource_takes_no_files_stays_readable_and_names_its_successor(cast, resource, wide, client):
    waiting = read_upload(cast, resource, AIR.replace("pm25", "pm2_5")).version
    retire(cast, resource, wide)
    waiting.refresh_from_db()
    assert waiting.state == "discarded"
    with pytest.raises(RuleBroken) as refused:
        upload_receive(resource=fresh(resource), actor=registrar(cast), filename="a.csv", chunks=[b"a\n1\n"], now=now())
    assert refused.value.article == 24
    for address in (
        reverse("opendata:resource", args=[resource.pk]),
        reverse("opendata:version", args=[resource.pk, 1]),
        reverse("opendata:versions", args=[resource.pk]),
    ):
        shown = client.get(address).content.decode()
        for text in ("此资源已停用", WHY, reverse("opendata:resource", args=[wide.pk])):
            assert text in shown
    assert client.get(reverse("api_rows", args=[resource.pk])).status_code == 200
    told = client.get(reverse("api_resource", args=[resource.pk])).json()
    assert told["retired"]["successor"].endswith(f"{wide.pk}/")
    with pytest.raises(RuleBroken):
        retire(cast, fresh(resource))


@pytest.mark.parametrize("who", ["reviewer", "officer", "other_registrar", "citizen"])
def test_only_the_departments_registrar_retires(cast, resource, who, client):
    with pytest.raises(NotAllowed):
        retire(cast, resource, by=Actor.of_user(getattr(cast, who)))
    client.force_login(getattr(cast, who))
    assert client.post(reverse("opendata:resource_retire", args=[resource.pk]), {"note": WHY}).status_code == 403
    sent = client.post(reverse("api_retire", args=[resource.pk]), {"note": WHY}, content_type="application/json")
    assert sent.status_code == 403


def test_the_page_shows_the_users_and_retires(cast, resource, wide, client):
    draw(resource, cast.citizen)
    client.force_login(cast.registrar)
    address = reverse("opendata:resource_retire", args=[resource.pk])
    assert "此资源有使用者" in client.get(address).content.decode()
    refused = client.post(address, {"note": WHY})
    assert refused.status_code == 409
    assert "请指定可用的替代资源" in refused.content.decode()
    assert client.post(address, {"note": WHY, "successor": str(wide.pk)}).status_code == 302
    assert fresh(resource).successor == wide


def test_the_api_retires(cast, resource, wide, client):
    client.force_login(cast.registrar)
    address = reverse("api_retire", args=[resource.pk])
    sent = {"note": WHY, "successor": str(wide.pk)}
    told = client.post(address, sent, content_type="application/json").json()
    assert (told["successor"], told["people_told"]) == (str(wide.pk), 0)
    again = client.post(address, sent, content_type="application/json")
    assert (again.status_code, again.json()["article"]) == (409, 24)
