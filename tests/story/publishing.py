"""How a department registers, reviews and publishes, and what happens to a good and to a bad file."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from portal.law import RULES
from tests.story.people import READING, Person, fetch, said
from tests.story.words import HELD_TITLE, OPEN_TITLE, RAGGED


def entry_form(title: str, code: str, **more: str) -> dict[str, str]:
    return {
        "code": code,
        "title": title,
        "abstract": "本条目收录监测站点的监测结果，按日更新。",
        "keywords": "监测 环境",
        "domain": "environment",
        "industry": "N",
        "format_class": "spreadsheet",
        "data_form": "both",
        "update_frequency": "daily",
        "open_class": "unconditional",
        "open_scope": "全区各监测站点",
        "open_content": "站点、日期和监测值",
        "use_requirements": "注明数据来源和获取日期",
        "licence": "open-public-data",
        "share_type": "unconditional",
        "contact": "0991-0000000",
        "elements-0-name": "监测值",
        "elements-0-meaning": "当日平均浓度",
        "elements-0-type": "decimal",
        "elements-0-unit": "µg/m³",
        **more,
    }


def registers(registrar: Person, fields: dict[str, str]) -> None:
    registrar.go("/desk/")
    registrar.follow(said("Entries"))
    registrar.follow(said("Register an entry"))
    registrar.fill(**fields)
    if fields["code"] == "3065/0102":
        registrar.shot("registrar-form")
    registrar.press(said("Save the draft"))
    registrar.sees(said("The draft is registered. Submit it for review when it is complete."))


def registers_and_publishes(staff: dict[str, Person]) -> None:
    registrar, reviewer = staff["registrar"], staff["reviewer"]
    registers(registrar, entry_form(OPEN_TITLE, "3065/0101", abstract="待补充"))
    registrar.give("entry_version", "submit")
    # A condition without a legal basis is refused with the article, and what was typed stays.
    held = entry_form(HELD_TITLE, "3065/0102", open_class="conditional", open_condition="用于科学研究，落实安全措施")
    registrar.go("/desk/entries/new/")
    registrar.fill(**held)
    registrar.press(said("Save the draft"))
    registrar.sees(re.compile("第五条|第5条|第 5 条"))
    expect(registrar.page.locator("[name=title]")).to_have_value(HELD_TITLE)
    registrar.shot("registrar-refused")
    registers(registrar, held | {"legal_basis": "《中华人民共和国数据安全法》第二十一条"})
    registrar.give("entry_version", "submit")
    registrar.shot("registrar-submitted")

    reviewer.finds_on_desk(OPEN_TITLE)
    reviewer.give("entry_version", "department_return", note="摘要须写明监测内容和更新方式。")
    reviewer.shot("reviewer-returned")
    registrar.finds_on_desk(OPEN_TITLE)
    registrar.sees("摘要须写明监测内容和更新方式。")
    registrar.follow(said("Change the draft"))
    registrar.fill(abstract="收录全区各监测站逐日空气质量监测结果。")
    registrar.press(said("Save the draft"))
    registrar.give("entry_version", "submit")

    for title in (OPEN_TITLE, HELD_TITLE):
        reviewer.finds_on_desk(title)
        reviewer.give("entry_version", "department_approve")
        staff["secrecy"].finds_on_desk(title)
        staff["secrecy"].give("entry_version", "secrecy_approve", conclusion="不涉及国家秘密，可以开放。")
        staff["officer"].finds_on_desk(title)
        staff["officer"].shot(f"officer-desk-{title[:2]}")
        staff["officer"].give("entry_version", "publish")
        staff["officer"].sees(RULES.machine("entry_version").state("published").label.zh)


def uploads(registrar: Person, title: str, filename: str, content: bytes, folder: Path) -> str:
    file = folder / filename
    file.write_bytes(content)
    registrar.go("/desk/entries/?state=published")
    registrar.follow(title)
    registrar.follow(said("All versions, resources and availability"))
    registrar.follow(said("Attach a resource"))
    registrar.fill(title=f"{title}（文件）")
    registrar.press(said("Attach and go on to the file"))
    resource = re.search(r"/desk/resources/([0-9a-f-]{36})/upload/", registrar.page.url)
    assert resource is not None
    registrar.fill(file=file)
    registrar.shot(f"upload-{filename}")
    registrar.press(said("Upload and check"))
    watches_to_the_end(registrar)
    registrar.sees(said("The new version is published"))
    registrar.shot(f"published-{filename}")
    return resource.group(1)


def watches_to_the_end(registrar: Person) -> None:
    """Waits on the job's page, which asks by itself how far the worker is."""
    main = registrar.page.locator("main")
    result = main.get_by_role("link", name=said("Show the result"), exact=True)
    ended = main.locator(".message--good, .message--bad, .message--waiting").or_(result).first
    expect(ended).to_be_visible(timeout=READING)
    if result.count():
        result.click()


def a_bad_file_changes_nothing(registrar: Person, resource: str, folder: Path) -> None:
    file = folder / "ragged.csv"
    file.write_text(RAGGED, encoding="utf-8")
    registrar.go(f"/desk/resources/{resource}/upload/")
    registrar.fill(file=file)
    registrar.press(said("Upload and check"))
    watches_to_the_end(registrar)
    registrar.sees(said("The new version waits for a decision; readers still see the one before"))
    finding = registrar.page.locator("main details.fold li").first.inner_text()
    assert re.search(r"第\s?3\s?行", finding), finding
    assert re.search(r"第\s?3\s?列|排放量", finding), finding
    assert "2" in finding
    registrar.shot("bad-file")
    shown = fetch(f"{registrar.site}/api/v1/resources/{resource}/").told
    assert (shown["version"], shown["rows"]) == (1, 3)
    registrar.press(said("Discard this version"))
    registrar.sees(said("This version was discarded"))
    shown = fetch(f"{registrar.site}/api/v1/resources/{resource}/").told
    assert (shown["version"], shown["rows"]) == (1, 3)
