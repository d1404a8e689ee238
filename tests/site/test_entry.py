"""An entry's page: what it is, may I have it and how; its data, facts and history; nothing of it while it is held."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogue.availability import entry_suspend, entry_withdraw
from catalogue.services import version_open
from opendata.models import Use
from portal.accounts.actors import Actor
from portal.law import RULES
from tests.factories import CONDITIONAL, make_draft, make_entry, make_grant, make_resource, now, publish, read_upload

pytestmark = pytest.mark.django_db
PAGE = "/catalogue/3065/0001/"
NON_OPEN = {"open_class": "non_open", "legal_basis": "《中华人民共和国个人信息保护法》第十三条"}


@pytest.fixture
def entry(cast):
    return make_entry(cast)


@pytest.fixture
def conditional(cast):
    return make_entry(cast, **CONDITIONAL)


def held(cast, entry):
    return entry_suspend(entry, actor=Actor.of_user(cast.officer), now=now(), note="部分数值有误，正在核实")


def text(client):
    response = client.get(PAGE)
    assert response.status_code == 200
    return response.content.decode()


def test_unconditional_data_is_downloaded_from_the_page_without_signing_in(client, cast, entry):
    resource = make_resource(cast, entry)
    page = text(client)
    assert f"/resources/{resource.pk}/download/?format=csv" in page
    assert "不需要登录" in page
    assert "/apply/" not in page
    assert "/law/#art-29" in page
    for fmt in ("csv", "xlsx", "json", "ndjson", "parquet", "original"):
        assert client.get(f"/resources/{resource.pk}/download/", {"format": fmt}).getvalue()


def test_the_preview_shows_values_as_they_are(client, cast, entry):
    make_resource(cast, entry)
    page = text(client)
    assert "0164A" in page
    assert "80.25" in page
    assert not Use.objects.exists()


def test_columns_say_type_meaning_and_why_a_code_is_text(client, cast, entry):
    make_resource(cast, entry, "station,code,pm25\nA1,007,1.5\nA2,012,\n")
    page = text(client)
    assert "监测站代码" in page
    assert "按数字读取会丢失前面的 0" in page
    columns = {column.name: column for column in client.get(PAGE).context["shown"][0].columns}
    assert (columns["pm25"].type, columns["pm25"].nulls) == ("小数", 1)
    assert (columns["code"].type, columns["code"].nulls) == ("文本", 0)


def test_conditional_data_shows_condition_basis_days_and_the_way_to_apply(client, cast, conditional):
    resource = make_resource(cast, conditional)
    page = text(client)
    assert CONDITIONAL["open_condition"] in page
    assert CONDITIONAL["legal_basis"] in page
    assert "/apply/3065/0001/" in page
    assert "3个工作日" in page.replace(" ", "")
    assert "5个工作日" in page.replace(" ", "")
    assert f"/resources/{resource.pk}/download/" not in page
    assert "0164A" not in page
    assert "Authorization: Bearer" in page
    assert client.get(PAGE).context["shown"][0].nulls_known is False


def test_non_open_data_can_be_applied_for_too(client, cast):
    make_entry(cast, **NON_OPEN)
    page = text(client)
    assert NON_OPEN["legal_basis"] in page
    assert "/apply/3065/0001/" in page


def test_a_holder_of_a_grant_downloads_and_sees_the_preview_only_on_request(client, cast, conditional):
    resource = make_resource(cast, conditional)
    make_grant(cast.applicant, conditional)
    client.force_login(cast.applicant)
    page = text(client)
    assert f"/resources/{resource.pk}/download/?format=csv" in page
    assert "0164A" not in page
    assert not Use.objects.exists()
    asked = client.get(f"/resources/{resource.pk}/", {"preview": "1"}).content.decode()
    assert "0164A" in asked
    assert Use.objects.get().kind == "preview"


def test_another_person_gains_nothing_from_a_grant(client, cast, conditional):
    make_resource(cast, conditional)
    make_grant(cast.applicant, conditional)
    client.force_login(cast.stranger)
    page = text(client)
    assert "/download/" not in page
    assert "0164A" not in page


def test_a_held_entry_shows_why_and_nothing_of_its_data(client, cast, entry):
    resource = make_resource(cast, entry)
    assert "0164A" in text(client)
    held(cast, entry)
    for person in (None, cast.citizen, cast.registrar, cast.officer):
        if person:
            client.force_login(person)
        page = text(client)
        assert "部分数值有误，正在核实" in page
        assert "0164A" not in page
        assert "/download/" not in page
        assert "/rows/" not in page
        assert "/law/#art-30" in page
        assert "0164A" not in client.get(f"/resources/{resource.pk}/").content.decode()
    assert cast.officer.name not in page.partition("<main")[2]


def test_a_withdrawn_entry_is_gone(client, cast, entry):
    resource = make_resource(cast, entry)
    entry_withdraw(entry, actor=Actor.of_user(cast.reviewer), now=now(), note="依法撤回")
    for person in (None, cast.registrar):
        if person:
            client.force_login(person)
        assert client.get(PAGE).status_code == 404
    client.logout()
    assert client.get(f"/resources/{resource.pk}/").status_code == 404


def test_a_draft_has_no_page_and_a_new_draft_does_not_show(client, cast):
    draft = make_draft(cast)
    client.force_login(cast.registrar)
    assert client.get(PAGE).status_code == 404
    entry = publish(cast, draft)
    version = version_open(entry, actor=Actor.of_user(cast.registrar), now=now())
    version.title = "尚未发布的新名称"
    version.save()
    assert "尚未发布的新名称" not in text(client)


def test_the_six_facts_and_every_field_stand_on_the_page(client, cast, conditional):
    context = client.get(PAGE).context
    assert [fact.name for fact in context["six_facts"]] == [
        "open_scope",
        "open_content",
        "open_class",
        "open_condition",
        "data_form",
        "update_frequency",
    ]
    assert all(fact.value for fact in context["six_facts"])
    applying = {field.name for field in RULES.fields if field.when is None} - {"title", "abstract", "elements"}
    assert applying <= {fact.name for fact in context["all_facts"]}
    page = text(client)
    for field in ("code", "data_level", "licence", "secrecy_conclusion"):
        assert RULES.field(field).label.zh in page


def test_data_elements_history_provider_and_citation(client, cast, entry):
    resource = make_resource(cast, entry)
    read_upload(cast, resource, "station,day,pm25\nB1,2026-05-04,9.5\n")
    publish(cast, version_open(entry, actor=Actor.of_user(cast.registrar), now=now()))
    page = text(client)
    assert "细颗粒物浓度" in page
    assert "µg/m³" in page
    assert "/departments/xj-env/" in page
    assert timezone.localdate().isoformat() in client.get(PAGE).context["citation"]
    titles = [event["title"] for event in client.get(PAGE).context["history"]]
    assert len(titles) == 4
    assert "第2版" in titles[0].replace(" ", "")


def test_problems_can_be_reported_on_the_entry_the_resource_and_a_column(client, cast, entry):
    resource = make_resource(cast, entry)
    page = text(client)
    assert 'href="/catalogue/3065/0001/report/"' in page
    assert f'href="/catalogue/3065/0001/report/?resource={resource.pk}"' in page
    assert f"/catalogue/3065/0001/report/?resource={resource.pk}&amp;column=pm25" in page


def test_an_entry_without_data_says_so_and_can_be_cited(client, cast, entry):
    page = text(client)
    assert "尚未挂接数据" in page
    assert timezone.localdate().isoformat() in client.get(PAGE).context["citation"]
    assert "/law/#art-10" in page


def test_data_given_by_api_only_offers_no_files(client, cast):
    make_resource(cast, make_entry(cast, data_form="api"))
    page = text(client)
    assert "/download/" not in page
    assert "/rows/" in page


def test_data_given_by_download_only_offers_no_api(client, cast):
    make_resource(cast, make_entry(cast, data_form="download"))
    page = text(client)
    assert "/download/" in page
    assert "/rows/" not in page


def test_what_departments_write_is_shown_as_text(client, cast):
    entry = make_entry(cast, title="<b>粗体</b>", abstract="<script>x</script>")
    make_resource(cast, entry, "a,b\n<img src=x>,2\n")
    page = text(client)
    assert "<b>粗体" not in page
    assert "<script>x" not in page
    assert "<img src=x>" not in page


def test_in_english(client, cast, entry):
    make_resource(cast, entry)
    page = client.get(PAGE, headers={"accept-language": "en"}).content.decode()
    assert "May I have it?" in page
    assert "Air quality readings" in page


def test_the_number_of_queries_grows_neither_with_resources_nor_with_columns(client, cast, entry):
    def queries():
        client.get(PAGE)
        with CaptureQueriesContext(connection) as seen:
            text(client)
        return len(seen)

    make_resource(cast, entry)
    few = queries()
    for _number in range(4):
        make_resource(cast, entry, "a,b,c,d,e,f\n1,2,3,4,5,6\n")
    assert queries() == few
