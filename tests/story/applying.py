"""How an applicant becomes known, applies, signs, and draws rows with a key."""

from __future__ import annotations

import datetime as dt
import re
import urllib.parse
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import expect

from portal.law import RULES
from tests.requests_app.application_cases import citizen_number
from tests.story.people import Person, command, fetch, said
from tests.story.reading import table
from tests.story.words import APPLICANT, EMISSIONS, HELD_TITLE, SECRET_WORD


def applies(applicant: Person, officer: Person, folder: Path) -> str:
    page = applicant.go("/")
    page.get_by_role("link", name=said("Sign in"), exact=True).first.click()
    applicant.follow(said("Create an account"))
    applicant.fill(email=APPLICANT, password1=SECRET_WORD, password2=SECRET_WORD)
    applicant.shot("sign-up")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=said("Sign out")).first).to_be_visible()

    applicant.go("/account/")
    applicant.follow(said("Have my identity checked"))
    applicant.fill(real_name="示例用户", number=citizen_number(88))
    page.get_by_label(said("Checked by the data authority of")).select_option("650000")
    applicant.press(said("Have my identity checked"))
    applicant.sees(said("Your request is on its way. You will be told of the result by e-mail."))
    applicant.shot("identity-asked")

    officer.go("/desk/identities/")
    officer.follow(APPLICANT)
    officer.shot("identity-case")
    officer.press(command("identity", "verify"))
    officer.sees(said("The decision is recorded, and the applicant is told by e-mail."))

    plan = folder / "数据安全方案.txt"
    plan.write_text("专人专机，加密存储，期满销毁。", encoding="utf-8")
    today = timezone.localdate()
    applicant.go("/catalogue/?q=paiwu")
    applicant.follow(HELD_TITLE)
    applicant.sees(said("Yes, on a condition. You apply; the provider and the data authority decide together."))
    expect(page.get_by_role("region", name=said("Preview of the data"))).to_have_count(0)
    applicant.shot("conditional-entry")
    applicant.follow(said("Apply for this data"))
    applicant.fill(
        scenario="research",
        purpose="研究重点排污单位的季节变化，成果公开发表。",
        starts_on=today.isoformat(),
        ends_on=(today + dt.timedelta(days=180)).isoformat(),
        safeguards="专人专机，加密存储，不接入互联网。",
        attachments=plan,
    )
    applicant.shot("apply-form")
    applicant.press(said("Submit the application"))
    applicant.sees(RULES.machine("application").state("conformity_check").label.zh)
    applicant.sees("数据安全方案.txt")
    applicant.shot("application-submitted")
    return urllib.parse.urlsplit(page.url).path.rstrip("/").rsplit("/", 1)[-1]


def is_decided_and_signed(applicant: Person, staff: dict[str, Person], receipt: str) -> None:
    officer, reviewer = staff["officer"], staff["application_reviewer"]
    officer.finds_on_desk(receipt)
    officer.give("application", "accept")
    reviewer.finds_on_desk(receipt)
    reviewer.shot("application-desk")
    reviewer.give("application", "approve")
    # One side alone grants nothing.
    applicant.go("/keys/")
    applicant.sees(said("You hold no grant yet"))
    officer.finds_on_desk(receipt)
    officer.give("application", "approve")

    applicant.go(f"/applications/{receipt}/")
    applicant.follow(said("Read the agreement"))
    applicant.sees("研究重点排污单位的季节变化，成果公开发表。")
    applicant.page.locator("[name=read]").check()
    applicant.fill(password="not-my-password")
    applicant.press(said("Sign the agreement"))
    applicant.sees(said("The password is not right; nothing has been signed."))
    applicant.page.locator("[name=read]").check()
    applicant.fill(password=SECRET_WORD)
    applicant.shot("agreement")
    applicant.press(said("Sign the agreement"))
    applicant.sees_no_error()

    officer.finds_on_desk(receipt)
    officer.follow(said("Read the agreement"))
    officer.press(command("application", "countersign"))
    officer.sees(RULES.machine("application").state("granted").label.zh)
    officer.shot("granted")


def makes_a_key(applicant: Person) -> str:
    applicant.go("/keys/")
    applicant.follow(said("Make a key"))
    applicant.fill(name="季节变化分析程序")
    applicant.page.get_by_label(re.compile(r"3065/0102")).check()
    applicant.press(said("Make the key"))
    applicant.sees(said("Copy it now and keep it safe: it is not stored and cannot be shown again."))
    key = applicant.codes()[0]
    assert key.startswith("xjod_")
    applicant.shot("key-made")
    applicant.follow(said("I have kept the key"))
    assert key not in applicant.page.content()
    applicant.shot("keys")
    return key


def the_key_draws_that_entry_only(site: str, key: str, resource: str, other: str) -> None:
    rows = f"{site}/api/v1/resources/{resource}/rows/"
    assert fetch(rows).status == 403
    drawn = fetch(
        f"{rows}?{urllib.parse.urlencode({'企业编码__exact': '00917', 'sort': '-排放量', 'count': 'exact'})}", key
    )
    assert drawn.status == 200
    assert drawn.told["count"] == 2
    assert [row["企业编码"] for row in drawn.told["rows"]] == ["00917", "00917"]
    assert [float(row["排放量"]) for row in drawn.told["rows"]] == [12.5, 8.0]
    file = fetch(f"{site}/api/v1/resources/{resource}/download/?format=csv", key)
    assert file.status == 200
    assert table(file.body) == table(EMISSIONS.encode())
    denied = fetch(f"{site}/api/v1/resources/{other}/rows/", key)
    assert denied.status == 403
    assert denied.told["article"] == 29
    assert fetch(rows, key[:-1] + ("0" if key[-1] != "0" else "1")).status == 401
