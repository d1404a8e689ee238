"""How a citizen reports an error, the data stops, the answer is read, and the record tells it all."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from portal.audit.models import Event
from portal.law import RULES
from tests.story.people import Person, fetch, said
from tests.story.words import HELD_TITLE


def reports_an_error(citizen: Person) -> tuple[str, str]:
    citizen.go("/catalogue/?q=paiwu")
    citizen.follow(HELD_TITLE)
    citizen.unfold(said("Columns"))
    columns = citizen.page.get_by_role("region", name=said("Columns of the data"))
    columns.get_by_role("link", name=re.compile("排放量")).click()
    expect(citizen.page.locator("[name=column]")).to_have_value("排放量")
    citizen.fill(kind="error", text="第 2 行的排放量与年报不符，应当核对后更正。", row="2")
    citizen.shot("report-form-phone")
    citizen.press(said("Send the report"))
    citizen.sees(said("Your report was received"))
    citizen.shot("report-receipt-phone")
    number, secret = citizen.codes()
    assert number.startswith("FK-")
    return number, secret


def stops_the_data(handler: Person, number: str) -> None:
    handler.finds_on_desk(number)
    handler.shot("report-desk")
    handler.give("report", "accept")
    handler.give("report", "verify")
    handler.give("report", "propose_outcome", outcome="suspend", note="经核实该数值有误，先中止开放，更正后恢复。")
    handler.sees(RULES.machine("report").state("outcome_proposed").label.zh)
    handler.shot("report-decided")


def nothing_flows_any_more(site: str, key: str, resource: str, applicant: Person) -> None:
    for path in ("rows/", "download/?format=csv", "download/?format=original"):
        refused = fetch(f"{site}/api/v1/resources/{resource}/{path}", key)
        assert refused.status == 403, path
        assert refused.told["article"] == 30, path
        assert "00917" not in refused.body.decode()
    applicant.go("/catalogue/3065/0102/")
    applicant.sees(said("The data is held"))
    expect(applicant.page.locator("main a[href*='/download/']")).to_have_count(0)
    expect(applicant.page.get_by_role("region", name=said("Preview of the data"))).to_have_count(0)
    assert "00917" not in applicant.page.content()
    applicant.shot("held-entry")
    answer = applicant.go(f"/resources/{resource}/").content()
    assert "00917" not in answer
    with applicant.page.expect_response(re.compile("/download/")) as refusal:
        applicant.go(f"/resources/{resource}/download/?format=csv")
    assert refusal.value.status == 403
    applicant.sees(re.compile("第三十条|第30条|第 30 条"))
    applicant.shot("download-refused")


def reads_the_answer(reporter: Person, handler: Person, number: str, secret: str) -> None:
    reporter.go("/reports/")
    reporter.fill(receipt=number.lower())
    reporter.page.keyboard.press("Enter")
    reporter.fill(secret="ABCD-EFGH-JKLM-NPQR-STUV")
    reporter.press(said("Show the report"))
    reporter.sees(said("This secret does not belong to this receipt number. Please compare both."))
    reporter.fill(secret=secret)
    reporter.press(said("Show the report"))
    assert "更正后恢复" not in reporter.page.content()
    handler.give("report", "send_feedback")
    reporter.page.reload()
    reporter.sees(RULES.label("report_outcome", "suspend").zh)
    reporter.sees("经核实该数值有误，先中止开放，更正后恢复。")
    reporter.shot("answer-phone")


# --- The record --------------------------------------------------------------------------------------------------

ACTS = {
    "entry_version": ("submit", "department_return", "department_approve", "secrecy_approve", "publish"),
    "entry": ("open", "suspend"),
    "identity": ("request", "verify"),
    "application": ("submit", "accept", "approve", "agree", "sign", "countersign"),
    "grant": ("open",),
    "report": ("submit", "accept", "verify", "propose_outcome", "send_feedback"),
}
BESIDE = {
    "catalogue.entry.created",
    "catalogue.entry_version.changed",
    "opendata.resource.attached",
    "opendata.upload.received",
    "opendata.version.held",
    "opendata.version.discarded",
    "opendata.version.published",
    "opendata.key.created",
    "requests.application.created",
    "requests.application.attachment_added",
}


def the_auditor_sees_each_act(auditor: Person) -> None:
    page = auditor.go("/")
    page.get_by_role("link", name=said("Audit record"), exact=True).first.click()
    auditor.shot("audit")
    shown: set[int] = set()
    while True:
        links = page.locator("main tbody a[href^='/audit/']")
        shown |= {int(str(link.get_attribute("href")).strip("/").split("/")[-1]) for link in links.all()}
        further = page.get_by_role("link", name=said("Earlier events"), exact=True)
        if not further.count():
            break
        further.click()
    recorded = dict(Event.objects.values_list("id", "action"))
    assert shown == set(recorded)
    wanted = {RULES.command(machine, name).event for machine, names in ACTS.items() for name in names} | BESIDE
    assert wanted - set(recorded.values()) == set()
    suspended = Event.objects.filter(action=RULES.command("entry", "suspend").event).get()
    auditor.go(f"/audit/{suspended.pk}/")
    auditor.sees(HELD_TITLE)
    auditor.sees(suspended.actor_label)
    auditor.shot("audit-event")
