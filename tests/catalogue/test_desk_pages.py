"""The desk's pages: by persona, without JavaScript, with what is wrong said at its place."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalogue.models import Entry, EntryVersion
from catalogue.services import version_open, version_update
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import Role
from tests.factories import CONDITIONAL, ELEMENTS, appoint, entry_fields, make_draft, make_entry, now, publish, standing

pytestmark = pytest.mark.django_db
INSIDE = ("registrar", "reviewer", "secrecy", "handler", "officer", "auditor")
OUTSIDE = ("other_registrar", "other_officer", "citizen")


@pytest.fixture
def desk(cast):
    def client(persona=None):
        made = Client()
        if persona:
            made.force_login(getattr(cast, persona))
        return made

    return client


def form_data(elements=ELEMENTS, **changes):
    fields = entry_fields(**changes)
    fields["region"] = fields.pop("region_id")
    data = {"code": "3065/0001", "library": "none", "data_level": "general", "language": "zh", **fields}
    data |= {"elements-TOTAL_FORMS": str(len(elements) + 1), "elements-INITIAL_FORMS": "0"}
    for number, element in enumerate([*elements, {}]):
        row = {"sensitivity": "none", "deidentification": "none", "is_open": "on", **element}
        data |= {f"elements-{number}-{name}": value for name, value in row.items()}
    return data


@pytest.mark.parametrize("persona", INSIDE)
def test_insiders_see_list_entry_and_version(cast, desk, persona):
    version = make_draft(cast)
    for name, args in (("list", []), ("version", [version.pk]), ("availability", [version.entry_id])):
        page = desk(persona).get(reverse(f"entries:{name}", args=args))
        assert page.status_code == 200
        assert version.title in page.content.decode()


@pytest.mark.parametrize("persona", OUTSIDE)
def test_outsiders_find_nothing(cast, desk, persona):
    version = make_draft(cast, title="绝密草稿词")
    entry = make_entry(cast, "1/2")
    addresses = [
        reverse("entries:version", args=[version.pk]),
        reverse("entries:version", args=[standing(entry).pk]),
        reverse("entries:edit", args=[version.pk]),
        reverse("entries:command", args=[version.pk, "submit"]),
        reverse("entries:availability", args=[entry.pk]),
        reverse("entries:availability", args=[entry.pk, "suspend"]),
    ]
    for address in addresses:
        assert desk(persona).get(address).status_code == 404
        assert desk(persona).post(address, {"note": "x"}).status_code in (404, 405)
    assert desk(persona).post(reverse("entries:open_version", args=[entry.pk])).status_code == 404
    listed = desk(persona).get(reverse("entries:list"))
    assert listed.status_code == (404 if persona == "citizen" else 200)
    assert "绝密草稿词" not in listed.content.decode()


def test_visitors_are_asked_to_sign_in(cast, desk):
    version = make_draft(cast)
    for name, args in (("list", []), ("new", []), ("version", [version.pk]), ("edit", [version.pk])):
        answer = desk().get(reverse(f"entries:{name}", args=args))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))


def test_the_list_says_for_whom_each_waits_and_filters_by_state(cast, desk):
    version = make_draft(cast, title="甲数据")
    make_entry(cast, "1/2", title="乙数据")
    desk("registrar").post(reverse("entries:command", args=[version.pk, "submit"]))
    text = desk("reviewer").get(reverse("entries:list")).content.decode()
    assert "提供部门目录审核人员" in text
    assert "还剩" in text or "个工作日" in text
    text = desk("reviewer").get(reverse("entries:list") + "?state=published").content.decode()
    assert "乙数据" in text
    assert "甲数据" not in text
    assert desk("reviewer").get(reverse("entries:list") + "?state=dreaming").status_code == 404


def test_the_list_asks_as_many_questions_for_thirty_entries_as_for_three(cast, desk):
    client = desk("officer")

    def count():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("entries:list")).status_code == 200
        return len(captured)

    for number in range(3):
        make_draft(cast, f"1/{number}")
    few = count()
    for number in range(27):
        make_draft(cast, f"2/{number}")
    assert count() == few


def test_a_registrar_registers_and_changes_a_draft(cast, desk):
    page = desk("registrar").get(reverse("entries:new"))
    assert page.status_code == 200
    assert "信息资源代码" in page.content.decode()
    events = Event.objects.count()
    answer = desk("registrar").post(reverse("entries:new"), form_data() | {"provider": cast.department.pk})
    version = EntryVersion.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == reverse("entries:version", args=[version.pk])
    assert [element.name for element in version.elements.all()] == ["station", "pm25"]
    assert Event.objects.count() == events + 1
    page = desk("registrar").get(reverse("entries:edit", args=[version.pk])).content.decode()
    assert 'value="pm25"' in page
    sent = form_data(elements=[ELEMENTS[1], {"name": "new", "type": "date"}], title="新名称")
    answer = desk("registrar").post(reverse("entries:edit", args=[version.pk]), sent)
    assert answer.status_code == 302
    version.refresh_from_db()
    assert version.title == "新名称"
    assert [element.name for element in version.elements.all()] == ["pm25", "new"]
    sent = form_data() | {"elements-0-DELETE": "on"}
    desk("registrar").post(reverse("entries:edit", args=[version.pk]), sent)
    assert [element.name for element in version.elements.all()] == ["pm25"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ""}, "《办法》第7条"),
        ({"open_scope": " "}, "《办法》第27条"),
        ({**CONDITIONAL, "legal_basis": ""}, "《办法》第5条"),
        ({"open_class": "non_open"}, "《办法》第5条"),
        ({"open_condition": "须登记"}, "《办法》第5条"),
        ({"classified": "on"}, "《办法》第12条"),
        ({"data_level": "core"}, "《办法》第36条"),
        ({"library": "theme"}, "《办法》第8条"),
        ({"library": "base", "base_kind": "population"}, "《办法》第8条"),
        ({"share_type": "not_shared"}, "《办法》第19条"),
        ({"code": "no slash"}, "代码由类目代码"),
        ({"covers_from": "2025-02-01", "covers_to": "2025-01-01"}, "截止日期早于起始日期"),
        ({"covers_from": "never"}, "正确的日期"),
        ({"title": "\x00"}, "内容中不能有空字符"),
        ({"domain": "cooking"}, "cooking"),
        ({"abstract": "长" * 5001}, "5000"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(cast, desk, changes, said):
    sent = form_data(**changes) | {"provider": cast.department.pk} | changes
    answer = desk("registrar").post(reverse("entries:new"), sent)
    assert answer.status_code in (409, 422)
    text = answer.content.decode()
    assert said in text
    assert 'class="error-summary"' in text
    assert "细颗粒物浓度" in text, "what was typed is kept"
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "elements",
    [
        [{"name": "a", "type": "text"}, {"name": "a", "type": "date"}],
        [{"name": "a", "type": ""}],
        [{"name": "", "meaning": "x", "type": "text"}],
        [{"name": "a", "type": "text", "length": "-5"}],
        [{"name": "a", "type": "quaternion"}],
    ],
)
def test_wrong_elements_are_said_and_nothing_is_kept(cast, desk, elements):
    sent = form_data(elements=elements) | {"provider": cast.department.pk}
    answer = desk("registrar").post(reverse("entries:new"), sent)
    assert answer.status_code in (409, 422)
    assert "请更正信息项" in answer.content.decode()
    assert not Entry.objects.exists()


@pytest.mark.parametrize("total", ["", "x", "99999999999", "4000", "²"])
def test_a_broken_count_of_rows_is_no_fault(cast, desk, total):
    for extra in ({}, {"add_rows": "1"}):
        sent = form_data() | {"provider": cast.department.pk, "elements-TOTAL_FORMS": total, **extra}
        assert desk("registrar").post(reverse("entries:new"), sent).status_code in (200, 422)
    assert not Entry.objects.exists()


def test_more_rows_without_javascript_keep_what_was_typed(cast, desk):
    sent = form_data(title="未存的名称") | {"provider": cast.department.pk, "add_rows": "1"}
    answer = desk("registrar").post(reverse("entries:new"), sent)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="未存的名称"' in text
    assert 'value="pm25"' in text
    assert 'name="elements-6-name"' in text
    assert "error-summary" not in text
    assert not Entry.objects.exists()


def test_a_taken_code_is_said_at_its_field(cast, desk):
    make_draft(cast)
    answer = desk("registrar").post(reverse("entries:new"), form_data() | {"provider": cast.department.pk})
    assert answer.status_code == 409
    assert "已被占用" in answer.content.decode()


def test_only_registrars_register_and_only_for_their_own(cast, desk):
    for persona in ("reviewer", "officer", "auditor"):
        assert desk(persona).get(reverse("entries:new")).status_code == 403
        assert desk(persona).post(reverse("entries:new"), form_data()).status_code == 403
    assert desk("citizen").get(reverse("entries:new")).status_code == 404
    sent = form_data() | {"provider": cast.other_department.pk}
    assert desk("registrar").post(reverse("entries:new"), sent).status_code == 422
    assert not Entry.objects.exists()


def test_forms_take_no_other_field(cast, desk):
    sent = form_data() | {
        "provider": cast.department.pk,
        "state": "published",
        "published_at": "2026-01-01",
        "secrecy_conclusion": "可以",
        "created_by": cast.citizen.pk,
        "number": "9",
    }
    desk("registrar").post(reverse("entries:new"), sent)
    version = EntryVersion.objects.get()
    assert (version.state, version.number, version.secrecy_conclusion, version.published_at) == ("draft", 1, "", None)
    assert version.created_by == cast.registrar


def test_others_do_not_edit_and_a_submitted_version_is_not_edited(cast, desk):
    version = make_draft(cast)
    address = reverse("entries:edit", args=[version.pk])
    for persona in ("reviewer", "officer"):
        assert desk(persona).get(address).status_code == 403
        assert desk(persona).post(address, form_data(title="改")).status_code == 403
    desk("registrar").post(reverse("entries:command", args=[version.pk, "submit"]))
    assert desk("registrar").get(address).status_code == 409
    assert desk("registrar").post(address, form_data(title="改")).status_code == 409
    version.refresh_from_db()
    assert version.title != "改"


def test_four_people_publish_by_pages(cast, desk):
    version = make_draft(cast)
    for persona, command, sent in (
        ("registrar", "submit", {}),
        ("reviewer", "department_approve", {"note": "同意"}),
        ("secrecy", "secrecy_approve", {"conclusion": "不含涉密内容"}),
        ("officer", "publish", {}),
    ):
        page = desk(persona).get(reverse("entries:version", args=[version.pk])).content.decode()
        address = reverse("entries:command", args=[version.pk, command])
        assert address in page
        assert desk(persona).get(address).status_code == 200
        events = Event.objects.count()
        answer = desk(persona).post(address, sent)
        assert answer.status_code == 302
        assert Event.objects.count() == events + (2 if command == "publish" else 1)
    assert Entry.objects.get().availability == "live"
    page = desk("registrar").get(reverse("entries:version", args=[version.pk])).content.decode()
    assert "不含涉密内容" in page
    assert cast.secrecy.name in page


def test_a_missing_button_says_why_and_a_running_clock_is_counted_by_day(cast, desk):
    version = make_draft(cast)
    desk("registrar").post(reverse("entries:command", args=[version.pk, "submit"]))
    page = desk("registrar").get(reverse("entries:version", args=[version.pk])).content.decode()
    assert reverse("entries:command", args=[version.pk, "department_approve"]) not in page
    assert "button-note" in page
    assert "clock__days" in page
    assert "服务标准" in page


def test_a_command_asks_for_what_its_row_demands(cast, desk):
    version = make_draft(cast)
    desk("registrar").post(reverse("entries:command", args=[version.pk, "submit"]))
    answer = desk("reviewer").post(reverse("entries:command", args=[version.pk, "department_return"]), {"note": " "})
    assert answer.status_code == 422
    assert "请写明理由" in answer.content.decode()
    assert desk("reviewer").post(reverse("entries:command", args=[version.pk, "fly"])).status_code == 404
    assert desk("reviewer").post(reverse("entries:command", args=[version.pk, "supersede"])).status_code == 404
    assert desk("registrar").get(reverse("entries:command", args=[version.pk, "department_approve"])).status_code == 403
    assert desk("registrar").post(reverse("entries:command", args=[version.pk, "submit"])).status_code == 409
    desk("reviewer").post(reverse("entries:command", args=[version.pk, "department_approve"]))
    answer = desk("secrecy").post(reverse("entries:command", args=[version.pk, "secrecy_approve"]), {"note": "好"})
    assert answer.status_code == 422
    version.refresh_from_db()
    assert version.state == "secrecy_review"


def test_an_incomplete_draft_is_refused_by_name_on_the_page(cast, desk):
    version = make_draft(cast, elements=[])
    answer = desk("registrar").post(reverse("entries:command", args=[version.pk, "submit"]))
    assert answer.status_code == 409
    assert "信息项" in answer.content.decode()
    assert "第7条" in answer.content.decode()


def test_a_new_version_shows_what_it_changes(cast, desk):
    entry = make_entry(cast)
    answer = desk("registrar").post(reverse("entries:open_version", args=[entry.pk]))
    draft = entry.versions.get(state="draft")
    assert answer["Location"] == reverse("entries:edit", args=[draft.pk])
    assert desk("registrar").post(reverse("entries:open_version", args=[entry.pk])).status_code == 409
    assert desk("registrar").get(reverse("entries:open_version", args=[entry.pk])).status_code == 405
    version_update(
        draft,
        actor=Actor.of_user(cast.registrar),
        fields={"title": "新名称", "update_frequency": "weekly"},
        elements=[ELEMENTS[0], {"name": "so2", "type": "decimal"}],
        now=now(),
    )
    page = desk("officer").get(reverse("entries:version", args=[draft.pk])).content.decode()
    for text in (
        "<del>空气质量监测数据</del>",
        "<ins>新名称</ins>",
        "<del>每日</del>",
        "<ins>每周</ins>",
        "信息项“so2”",
    ):
        assert text in page
    assert "信息项“station”" not in page


def test_availability_by_pages(cast, desk):
    entry = make_entry(cast)
    home = reverse("entries:availability", args=[entry.pk])
    suspend = reverse("entries:availability", args=[entry.pk, "suspend"])
    assert suspend in desk("handler").get(home).content.decode()
    assert suspend not in desk("registrar").get(home).content.decode()
    assert desk("handler").get(suspend).status_code == 200
    assert desk("registrar").get(suspend).status_code == 403
    assert desk("registrar").post(suspend, {"note": "x"}).status_code == 403
    assert desk("handler").post(suspend, {"note": ""}).status_code == 422
    assert desk("handler").post(suspend, {"note": "核实坐标"}).status_code == 302
    assert "核实坐标" in desk("auditor").get(home).content.decode()
    resume = reverse("entries:availability", args=[entry.pk, "agree_resume"])
    assert desk("reviewer").post(resume).status_code == 302
    assert desk("reviewer").post(resume).status_code == 409
    assert desk("officer").post(resume, {"note": "已核实"}).status_code == 302
    assert Entry.objects.get().availability == "live"
    assert desk("officer").get(reverse("entries:availability", args=[entry.pk, "open"])).status_code == 404
    withdraw = reverse("entries:availability", args=[entry.pk, "withdraw"])
    assert desk("officer").post(withdraw, {"note": "不应开放"}).status_code == 302
    page = desk("registrar").get(home).content.decode()
    assert reverse("entries:open_version", args=[entry.pk]) not in page
    assert desk("registrar").post(reverse("entries:open_version", args=[entry.pk])).status_code == 409


def test_what_people_type_is_shown_as_text(cast, desk):
    attack = "<script>alert(1)</script>\"'><img src=x>"
    version = make_draft(cast, title=attack[:200], abstract=attack, elements=[{"name": attack, "type": "text"}])
    entry = publish(cast, version)
    draft = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    fields = {"title": f"{attack}2", "change_note": attack}
    version_update(draft, actor=Actor.of_user(cast.registrar), fields=fields, elements=[], now=now())
    for address in (
        reverse("entries:list"),
        reverse("entries:version", args=[draft.pk]),
        reverse("entries:edit", args=[draft.pk]),
        reverse("entries:availability", args=[entry.pk]),
        reverse("entries:command", args=[draft.pk, "discard"]),
    ):
        page = desk("registrar").get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_form_without_its_token_is_refused(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.registrar)
    assert client.post(reverse("entries:new"), form_data()).status_code == 403
    assert not Entry.objects.exists()


def test_pages_speak_english_to_who_reads_english(cast, desk):
    version = make_draft(cast)
    page = desk("registrar").get(reverse("entries:edit", args=[version.pk]), headers={"accept-language": "en"})
    text = page.content.decode()
    assert "Save the draft" in text
    assert "Update frequency" in text


def test_a_registrar_of_two_departments_chooses_between_them(cast, desk):
    appoint(cast.registrar, Role.REGISTRAR, cast.other_department)
    sent = form_data() | {"provider": cast.other_department.pk}
    assert desk("registrar").post(reverse("entries:new"), sent).status_code == 302
    assert Entry.objects.get().provider == cast.other_department
