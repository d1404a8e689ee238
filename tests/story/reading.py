"""How a citizen without an account finds, looks and downloads."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.story.people import Person, said
from tests.story.words import OPEN_TITLE, READINGS


def table(file: bytes) -> list[list[str]]:
    """Returns the cells of a CSV file in UTF-8."""
    return list(csv.reader(file.decode("utf-8").splitlines()))


def a_citizen_finds_and_downloads(citizen: Person, resource: str) -> None:
    page = citizen.go("/")
    citizen.shot("home-phone")
    page.locator("main input[type=search]").first.fill("空气质")
    page.keyboard.press("Enter")
    citizen.sees(OPEN_TITLE)
    expect(page.locator("main .entry-list > li")).to_have_count(1)
    for words in ("kongqi", "kqzl"):
        citizen.go(f"/catalogue/?q={words}")
        citizen.sees(OPEN_TITLE)
    citizen.go("/catalogue/?q=jiance")
    expect(page.locator("main .entry-list > li")).to_have_count(2)
    unconditional = page.locator("[name=open_class][value=unconditional]")
    citizen.shot("search-phone")
    page.locator(".filters-fold > summary").click()
    unconditional.check()
    expect(page.locator("main .entry-list > li")).to_have_count(1)
    expect(page).to_have_url(re.compile("open_class=unconditional"))
    citizen.follow(OPEN_TITLE)

    preview = page.get_by_role("region", name=said("Preview of the data"))
    expect(preview.get_by_text("000731").first).to_be_visible()
    expect(preview.get_by_text("喀什噶尔站𠮷").first).to_be_visible()
    citizen.unfold(said("Columns"))
    columns = page.get_by_role("region", name=said("Columns of the data"))
    expect(columns.get_by_text("站点编码").first).to_be_visible()
    expect(
        columns.get_by_text(said("A code with leading zeros; as a number they would be lost.")).first
    ).to_be_visible()
    citizen.shot("entry-phone")
    with page.expect_download() as download:
        page.locator(f"main a[href*='{resource}/download/?format=csv']").first.click()
    assert download.value.suggested_filename == "readings.csv"
    assert table(Path(download.value.path()).read_bytes()) == table(READINGS.encode())
    with page.expect_download() as original:
        page.locator(f"main a[href*='{resource}/download/?format=original']").first.click()
    assert Path(original.value.path()).read_bytes() == READINGS.encode("gb18030")
