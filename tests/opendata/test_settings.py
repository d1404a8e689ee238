"""Settings of reading that outlive an upload: the page, the API, what is kept for columns that went away."""

import pytest
from django.urls import reverse

from opendata import jobs
from opendata.choices import columns_vanished, settings_change, settings_clean
from opendata.models import IngestJob, Resource
from opendata.services import resource_create, resource_read_again, upload_receive
from portal.accounts.access import NotAllowed
from portal.accounts.actors import Actor
from portal.audit.models import Event
from portal.law import RuleBroken
from tests.factories import AIR, now, read_upload
from tests.opendata.world import standing_world

CODED = "代码,金额,说明\n1,1.5万,甲\n2,2万,乙\n3,3.5万,丙\n"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with standing_world(django_db_blocker) as found:
        yield found


@pytest.fixture
def cast(world, db):
    return world[0]


@pytest.fixture
def resource(world, db):
    return Resource.objects.select_related("entry", "current").get(pk=world[1].pk)


def registrar(cast):
    return Actor.of_user(cast.registrar)


def run_last(resource):
    job = IngestJob.objects.filter(resource=resource).latest("created_at")
    return jobs.job_run(jobs.job_claim(str(job.pk), now=now()), now=now())


def kinds(version):
    return {column["name"]: column["type"] for column in version.columns}


def test_a_type_label_and_unit_survive_the_next_uploads(cast, resource):
    chosen = {"columns": {"pm25": {"type": "text", "label": "细颗粒物", "unit": "µg/m³"}}}
    settings_change(resource, actor=registrar(cast), now=now(), settings=chosen)
    for value in ("36.5", "37.5"):
        version = read_upload(cast, resource, AIR.replace("35.5", value)).version
        pm25 = version.columns[2]
        assert (pm25["type"], pm25["label"], pm25["unit"], pm25["overridden"]) == ("text", "细颗粒物", "µg/m³", True)
    assert Event.objects.filter(action="opendata.resource.settings_changed").count() == 1


def test_what_is_given_with_an_upload_is_kept_with_the_resource(cast, resource):
    for given, wanted in (({"columns": {"pm25": {"type": "text"}}}, "text"), (None, "text")):
        job = upload_receive(
            resource=resource,
            actor=registrar(cast),
            filename="air.csv",
            chunks=[AIR.replace("35.5", f"4{len(str(given))}.5").encode()],
            now=now(),
            overrides=given,
        )
        assert kinds(jobs.job_run(jobs.job_claim(str(job.pk), now=now()), now=now()).version)["pm25"] == wanted
    resource.refresh_from_db()
    assert resource.settings == {"columns": {"pm25": {"type": "text"}}}


def test_settings_for_a_column_that_went_away_are_kept_and_named(cast, resource, client):
    chosen = {"columns": {"pm25": {"type": "text"}, "旧列": {"label": "已取消"}}}
    settings_change(resource, actor=registrar(cast), now=now(), settings=chosen, key_columns=["编号", "station"])
    resource.refresh_from_db()
    assert columns_vanished(resource, resource.current) == ["旧列", "编号"]
    job = read_upload(cast, resource, AIR)
    assert job.state == "succeeded"
    client.force_login(cast.registrar)
    shown = client.get(reverse("opendata:resource_settings", args=[resource.pk])).content.decode()
    assert "已取消" in shown
    assert "现有文件中没有" in shown
    told = client.get(reverse("api_resource_settings", args=[resource.pk])).json()
    assert told["vanished"] == ["旧列", "编号"]


@pytest.mark.parametrize(
    "sent",
    [
        [],
        {"colour": "red"},
        {"encoding": "klingon"},
        {"encoding": 5},
        {"delimiter": "-----"},
        {"table": 0},
        {"table": "two"},
        {"table": True},
        {"header": "yes"},
        {"columns": ["a"]},
        {"columns": {"a": "text"}},
        {"columns": {"a": {"type": "money"}}},
        {"columns": {"a": {"colour": "red"}}},
        {"columns": {"a": {"label": "x" * 301}}},
        {"columns": {"a": {"apply": "magic"}}},
    ],
)
def test_settings_that_are_not_understood_are_refused(sent):
    with pytest.raises(RuleBroken) as refused:
        settings_clean(sent)
    assert refused.value.field == "settings"


def test_settings_are_kept_in_their_plain_form():
    sent = {
        "sheet": "",
        "table": "2",
        "header": False,
        "delimiter": ";",
        "columns": {"a": {"label": ""}, "b": {"apply": "percent"}},
    }
    assert settings_clean(sent) == {
        "table": 2,
        "header": False,
        "delimiter": ";",
        "columns": {"b": {"apply": "percent", "type": "decimal"}},
    }


def test_bad_settings_refuse_an_upload_before_a_byte_is_kept(cast, resource):
    def never():
        raise AssertionError("the file was read")
        yield b""

    with pytest.raises(RuleBroken):
        upload_receive(
            resource=resource,
            actor=registrar(cast),
            filename="air.csv",
            chunks=never(),
            now=now(),
            overrides={"columns": {"pm25": {"type": "money"}}},
        )


def test_only_the_departments_registrar_sets_or_reads_again(cast, resource, client):
    for user in (cast.reviewer, cast.officer, cast.other_registrar, cast.citizen, cast.auditor):
        with pytest.raises(NotAllowed):
            settings_change(resource, actor=Actor.of_user(user), now=now(), settings={})
        with pytest.raises(NotAllowed):
            resource_read_again(resource, actor=Actor.of_user(user), now=now())
        client.force_login(user)
        assert client.get(reverse("opendata:resource_settings", args=[resource.pk])).status_code == 403
        assert client.get(reverse("api_resource_settings", args=[resource.pk])).status_code == 403


def test_the_present_file_is_read_again_by_the_new_settings(cast, resource):
    assert kinds(resource.current)["pm25"] == "decimal"
    chosen = {"columns": {"pm25": {"type": "text"}}}
    settings_change(resource, actor=registrar(cast), now=now(), settings=chosen)
    resource_read_again(resource, actor=registrar(cast), now=now())
    version = run_last(resource).version
    assert (version.original_id, kinds(version)["pm25"]) == (resource.current.original_id, "text")
    assert version.held_for == ["schema_changed"], "a type set by hand is a change of the columns too"
    unchanged = resource_read_again(resource, actor=registrar(cast), now=now())
    ended = jobs.job_run(jobs.job_claim(str(unchanged.pk), now=now()), now=now())
    assert ended.findings[0]["code"] == "same_bytes"


def test_a_new_key_or_rule_alone_is_worth_reading_again(cast, resource):
    settings_change(resource, actor=registrar(cast), now=now(), key_columns=["station", "day"])
    resource_read_again(resource, actor=registrar(cast), now=now())
    version = run_last(resource).version
    assert (version.state, version.diff["rows"]["by"], version.diff["rows"]["same"]) == ("published", "key", 5)
    rules = [{"kind": "not_blank", "column": "pm25"}]
    settings_change(resource, actor=registrar(cast), now=now(), rules=rules)
    resource.refresh_from_db()
    resource_read_again(resource, actor=registrar(cast), now=now())
    assert run_last(resource).version.quality["checks"][0]["violations"] == 1


def test_a_resource_without_a_file_has_nothing_to_read_again(cast, resource):
    empty = resource_create(entry=resource.entry, actor=registrar(cast), title="待上传", now=now())
    with pytest.raises(RuleBroken):
        resource_read_again(empty, actor=registrar(cast), now=now())


def test_the_page_works_by_plain_forms_and_reads_again(cast, resource, client):
    client.force_login(cast.registrar)
    address = reverse("opendata:resource_settings", args=[resource.pk])
    shown = client.get(address)
    assert [row.name for row in shown.context["columns"]] == ["station", "day", "pm25"]
    sent = {
        "column-0-label": "站点",
        "column-0-key": "on",
        "column-1-key": "on",
        "column-2-type": "float",
        "column-2-unit": "µg/m³",
        "sheet": "",
        "delimiter": ",",
        "rule-0-kind": "max",
        "rule-0-column": "pm25",
        "rule-0-value": "500",
        "rule-1-kind": "one_of",
        "rule-1-column": "station",
        "rule-1-value": "0164A，0171B、0180C",
        "rule-2-kind": "",
    }
    saved = client.post(address, sent)
    assert (saved.status_code, saved["Location"]) == (302, address)
    resource.refresh_from_db()
    assert resource.settings == {
        "delimiter": ",",
        "columns": {"station": {"label": "站点"}, "pm25": {"type": "float", "unit": "µg/m³"}},
    }
    assert resource.key_columns == ["station", "day"]
    assert resource.rules[1] == {"kind": "one_of", "column": "station", "values": ["0164A", "0171B", "0180C"]}
    shown = client.get(address).content.decode()
    for text in ("站点", "“pm25”不大于 500", 'value="0164A, 0171B, 0180C"'):
        assert text in shown
    again = client.post(address, sent | {"again": "1"})
    version = run_last(resource).version
    assert again["Location"] == reverse("opendata:job", args=[version.job_id])
    assert kinds(version)["pm25"] == "float"
    refused = client.post(address, sent | {"rule-0-kind": "pattern", "rule-0-value": "("})
    assert refused.status_code == 409
    assert "第 1 条规则" in refused.content.decode()


def test_offers_of_the_reader_are_shown_and_applied(cast, resource, client):
    money = resource_create(entry=resource.entry, actor=registrar(cast), title="金额", now=now())
    read_upload(cast, money, CODED, "money.csv")
    money.refresh_from_db()
    assert kinds(money.current)["金额"] == "text"
    client.force_login(cast.registrar)
    address = reverse("opendata:resource_settings", args=[money.pk])
    assert "万、亿换算为数字" in client.get(address).content.decode()
    client.post(address, {"column-1-apply": "ten_thousand_units", "again": "1"})
    column = run_last(money).version.columns[1]
    assert (column["type"], column["max"]) == ("decimal", "35000")


def test_the_api_changes_each_part_by_itself(cast, resource, client):
    client.force_login(cast.registrar)
    address = reverse("api_resource_settings", args=[resource.pk])
    told = client.patch(address, {"key_columns": ["station", "day", "day"]}, content_type="application/json").json()
    assert (told["key_columns"], told["settings"], told["rules"]) == (["station", "day"], {}, [])
    told = client.patch(address, {"settings": {"encoding": "gb18030"}}, content_type="application/json").json()
    assert (told["key_columns"], told["settings"]) == (["station", "day"], {"encoding": "gb18030"})
    bad = client.patch(address, {"rules": [{"kind": "min"}]}, content_type="application/json")
    assert (bad.status_code, bad.json()["article"]) == (409, 15)
    job = client.post(reverse("api_read_again", args=[resource.pk]))
    assert (job.status_code, job.json()["state"]) == (202, "queued")
