"""The words of the packages on our pages: Chinese, of our wording, and still theirs to be replaced."""

import re
from pathlib import Path

import allauth
import django
import rest_framework
from babel.messages.mofile import read_mo
from django.core import mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from portal import wording

PACKAGES = [
    Path(django.__file__).parent / "conf",
    Path(django.__file__).parent / "contrib" / "auth",
    Path(rest_framework.__file__).parent,
    Path(allauth.__file__).parent,
]


def test_each_replaced_string_is_still_one_of_theirs():
    found = set()
    for package in PACKAGES:
        with (package / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            found |= {message.id for message in read_mo(file) if isinstance(message.id, str)}
    assert set(wording.THEIRS) - found == set()


def test_our_chinese_stands_before_theirs():
    with translation.override("zh-hans"):
        assert gettext("This field is required.") == "请填写此项。"
        assert all(not gettext(message).isascii() for message in wording.THEIRS)


def test_the_sign_up_page_speaks_chinese_to_a_hasty_reader(db, client):
    page = client.post(reverse("account_signup"), {"email": "abc", "password1": "123", "password2": "1234"})
    html = page.content.decode()
    assert "密码过短，至少须有 10 个字符。" in html
    assert "请填写正确的电子邮箱" in html
    assert "password" not in re.sub(r"<[^>]*>", "", html)
    with translation.override("en"):
        english = client.get(reverse("account_signup"), headers={"accept-language": "en"}).content.decode()
    assert "Your password needs at least 10 characters." in english


def test_letters_about_accounts_are_chinese_and_carry_their_link(db, client, cast, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    password = "Kx93-fjq2-zz"
    for address in ("new@example.org", cast.citizen.email):
        client.post(reverse("account_signup"), {"email": address, "password1": password, "password2": password})
        client.post(reverse("account_logout"))
    for address in (cast.citizen.email, "nobody@example.org"):
        client.post(reverse("account_reset_password"), {"email": address})
    told = {letter.subject: letter.body for letter in mail.outbox}
    assert list(told) == ["请确认您的电子邮箱", "该邮箱已经注册过账号", "设置新密码", "该邮箱没有注册过账号"]
    for body in told.values():
        assert body.startswith("您好：")
        assert "http://testserver/account/" in body
        assert "天山公共数据开放平台" in body
        assert not re.search(r"[A-Za-z]", re.sub(r"https?://\S+|testserver", "", body))
