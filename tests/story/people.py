"""People at their browsers: what they do with hands and eyes, in the words of the Chinese pages."""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from portal.law import RULES

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
READING = 60_000  # milliseconds that a worker may take to read a small file on a busy machine


def said(text: str, **words: Any) -> str:
    """Returns what the Chinese page says for a message."""
    with translation.override("zh-hans"):
        found = gettext(text)
    return found % words if words else found


def command(machine: str, name: str) -> str:
    """Returns the Chinese name of a command, as its button bears it."""
    return RULES.command(machine, name).label.zh


class Shots:
    """Keeps a picture of each main step; STORY_SHOTS names a folder to keep them in after the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.environ.get("STORY_SHOTS") or folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count = 0

    def take(self, page: Page, name: str) -> None:
        """Takes the whole page."""
        self.count += 1
        page.screenshot(path=self.folder / f"{self.count:02d}-{name}.png", full_page=True)


class Person:
    """One person with a browser profile of their own."""

    def __init__(self, browser: Browser, site: str, shots: Shots, *, viewport: ViewportSize = DESKTOP) -> None:
        self.site, self.shots = site, shots
        self.context: BrowserContext = browser.new_context(
            locale="zh-CN", timezone_id="Asia/Shanghai", viewport=viewport, accept_downloads=True
        )
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._console)

    def _console(self, message: Any) -> None:
        # What a refusal answers (403, 404 …) the browser calls an error as well; that is tested by its own words.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")

    def leave(self) -> None:
        """Closes the browser; a script or a policy that failed on any page fails the story."""
        self.context.close()
        assert not self.faults, "\n".join(self.faults)

    def shot(self, name: str) -> None:
        self.shots.take(self.page, name)

    def go(self, address: str) -> Page:
        self.page.goto(address if address.startswith("http") else self.site + address)
        return self.page

    def sign_in(self, email: str, password: str) -> None:
        """Signs in by keyboard alone."""
        self.go("/account/login/")
        self.page.locator("main input[type=email]").focus()
        self.page.keyboard.type(email)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("link", name=said("Sign out")).first).to_be_visible()

    def follow(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Follows a link of the page's own content."""
        place = within or self.page.locator("main")
        place.get_by_role("link", name=name, exact=isinstance(name, str)).first.click()

    def press(self, name: str) -> None:
        """Presses a button of the page's own content."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()

    def fill(self, **values: Any) -> None:
        """Fills fields by their names: text, choices, boxes and files alike."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name.replace('__', '-')}']")
            kind = field.first.evaluate("field => field.type || field.tagName")
            if kind == "select-one":
                field.select_option(value)
            elif kind in {"radio", "checkbox"}:
                self.page.locator(f"main [name='{name}'][value='{value}']").check()
            elif kind == "file":
                field.set_input_files(value)
            else:
                field.fill(value)

    def give(self, machine: str, name: str, **given: Any) -> None:
        """Gives a command: its button on the case, then the one question it asks."""
        label = command(machine, name)
        self.follow(label)
        self.fill(**given)
        self.press(label)
        self.sees_no_error()

    def sees_no_error(self) -> None:
        expect(self.page.locator("main .errorlist, main .message--bad[role=alert]")).to_have_count(0)

    def sees(self, text: str | re.Pattern[str]) -> Locator:
        found = self.page.locator("main").get_by_text(text).first
        expect(found).to_be_visible()
        return found

    def finds_on_desk(self, title: str) -> None:
        """Opens the desk from the page head, and there the case that waits."""
        self.go("/")
        self.page.get_by_role("link", name=said("Desk"), exact=True).first.click()
        self.follow(re.compile(re.escape(title)))

    def unfold(self, title: str) -> None:
        """Opens a folded part of the page by its heading, where it is closed."""
        fold = self.page.locator("main details.fold", has=self.page.get_by_role("heading", name=title)).first
        if fold.get_attribute("open") is None:
            fold.locator("summary").click()

    def codes(self) -> list[str]:
        """Reads what stands in the boxes to copy from."""
        return self.page.locator("main .code-block pre code").all_inner_texts()


@dataclass(frozen=True)
class Answer:
    """What a program got over HTTP."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def told(self) -> Any:
        return json.loads(self.body)


def fetch(address: str, key: str = "") -> Answer:
    """Asks over HTTP as a program does, with an API key where there is one."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return Answer(response.status, response.read(), dict(response.headers))
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.read(), dict(refused.headers))
