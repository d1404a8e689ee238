"""The law page, the desk, the record of acts, the account page and health, as each persona finds them."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from portal.accounts.access import departments_with_role
from portal.accounts.models import User
from portal.audit.models import Event
from portal.law import RULES, Role
from tests.factories import make_draft, make_entry

pytestmark = pytest.mark.django_db


def test_law_page_shows_every_command_clock_and_article(cast, client):
    page = client.get(reverse("site:law")).content.decode()
    for machine in RULES.machines:
        for command in machine.commands:
            assert command.label.zh in page
            assert command.explains.zh in page
    for clock in RULES.clocks:
        assert clock.label.zh in page
    for article in RULES.articles:
        assert f'id="art-{article.number}"' in page
    assert "法定时限" in page
    assert "服务标准" in page
    assert "古尔邦节" in page or dt.date.today().year != 2026


def test_law_page_reads_in_english(cast, client):
    page = client.get(reverse("site:law"), headers={"Accept-Language": "en"}).content.decode()
    assert "Corban Festival" in page or dt.date.today().year != 2026
    assert "Service standards" in page


def test_desk_shows_what_waits_for_me_and_nothing_else(cast, client):
    make_draft(cast)
    for user, sees in ((cast.registrar, True), (cast.reviewer, False), (cast.other_registrar, False)):
        client.force_login(user)
        answer = client.get(reverse("desk:inbox"))
        assert answer.status_code == 200
        assert ("空气质量监测数据" in answer.content.decode()) is sees


def test_desk_shows_the_days_left(cast, client):
    client.force_login(cast.registrar)
    version = make_draft(cast)
    client.post(f"/api/v1/entries/{version.entry.code}/versions/1/submit/", {}, content_type="application/json")
    client.force_login(cast.reviewer)
    page = client.get(reverse("desk:inbox")).content.decode()
    assert "空气质量监测数据" in page
    assert "5 个工作日" in page


@pytest.mark.parametrize("name", ["desk:inbox", "desk:people", "audit:list"])
def test_rooms_of_officials_are_closed_to_others(cast, client, name):
    assert client.get(reverse(name)).status_code == 302
    client.force_login(cast.citizen)
    assert client.get(reverse(name)).status_code == 404


def test_officer_appoints_and_dismisses_in_their_own_jurisdiction(cast, client):
    client.force_login(cast.officer)
    sent = {"department": str(cast.department.pk), "role": "registrar", "email": cast.citizen.email}
    assert client.post(reverse("desk:people"), sent).status_code == 302
    assert departments_with_role(cast.citizen, Role.REGISTRAR).exists()
    refused = client.post(reverse("desk:people"), sent | {"role": "reviewer"})
    assert refused.status_code == 422
    assert "第12条" in client.get(reverse("desk:people")).content.decode()
    assert client.post(reverse("desk:people"), sent | {"revoke": "1"}).status_code == 302
    assert not departments_with_role(cast.citizen, Role.REGISTRAR).exists()
    assert list(
        Event.objects.filter(action__startswith="accounts.role.", actor_id=str(cast.officer.pk))
        .order_by("id")
        .values_list("action", flat=True)
    ) == [
        "accounts.role.assigned",
        "accounts.role.revoked",
    ]
    client.force_login(cast.other_officer)
    assert client.post(reverse("desk:people"), sent).status_code == 422
    assert not User.objects.get(pk=cast.citizen.pk).groups.exists()


def test_auditor_reads_and_searches_and_nobody_changes_an_event(cast, client):
    make_entry(cast)
    client.force_login(cast.auditor)
    page = client.get(reverse("audit:list"), {"q": "catalogue.entry_version.published"}).content.decode()
    assert "空气质量监测数据" in page
    event = Event.objects.filter(action="catalogue.entry_version.published").get()
    assert client.get(reverse("audit:event", args=[event.pk])).status_code == 200
    assert client.get(reverse("audit:list"), {"first": "not a day"}).status_code == 200
    for statement in (
        "UPDATE audit_event SET outcome = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_account_page_shows_what_is_mine(cast, client):
    assert client.get(reverse("accounts:home")).status_code == 302
    client.force_login(cast.registrar)
    page = client.get(reverse("accounts:home")).content.decode()
    assert "目录登记人员" in page


def test_health(db, client):
    assert client.get("/livez").content == b"ok\n"
    assert client.get("/readyz").json() == {"ready": True, "database": True, "storage": True, "broker": True}
