"""The translation file is complete, and the tool that keeps it finds what is wrong."""

import json
import subprocess
import sys

import pytest
from django.utils.translation import gettext, override

from portal.embedded.places import BASE_DIR
from tools import translations


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """Puts the tool to work on a small project of its own."""
    (tmp_path / "portal").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "portal" / "a.py").write_text('_("Open %(n)s rows")\n_("Close")\nprint("not a string for people")\n')
    (tmp_path / "templates" / "a.html").write_text(
        "{% load i18n %}{% translate 'Save' %}\n"
        "{% blocktranslate trimmed %}\n  Hello\n  {{ name }}\n{% endblocktranslate %}"
    )
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "PO", tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po")
    return tmp_path


def given(folder, words):
    path = folder / "words.json"
    path.write_text(json.dumps(words), encoding="utf-8")
    return path


WORDS = {"Open %(n)s rows": "开放 %(n)s 行", "Close": "关闭", "Save": "保存", "Hello %(name)s": "%(name)s，您好"}


def test_strings_of_code_and_templates_are_found(workshop):
    assert translations.used_strings().keys() == WORDS.keys()


def test_update_then_add_makes_it_complete(workshop):
    assert translations.update() == "4 strings: 4 new, 0 removed"
    with pytest.raises(translations.LocaleError, match="no translation: 'Close'"):
        translations.check()
    translations.add(given(workshop, WORDS))
    assert translations.check() == "4 strings, all translated"
    assert json.loads(translations.missing()) == {}


def test_update_keeps_translations_and_drops_what_is_unused(workshop):
    translations.add(given(workshop, {**WORDS, "Gone": "没了"}))
    with pytest.raises(translations.LocaleError, match="not used: 'Gone'"):
        translations.check()
    assert translations.update() == "4 strings: 0 new, 1 removed"
    assert translations.read() == WORDS


def test_a_string_hidden_in_an_f_string_is_refused(workshop):
    (workshop / "portal" / "b.py").write_text("a = 1\nb = f\"{a} {_('Close')}\"\n")
    with pytest.raises(translations.LocaleError, match=r"b\.py:2: a string inside an f-string"):
        translations.used_strings()


@pytest.mark.parametrize("wrong", ["开放行", "开放 %(m)s 行", "开放 %s 行"])
def test_lost_placeholder_is_refused(workshop, wrong):
    with pytest.raises(translations.LocaleError, match="placeholders differ"):
        translations.add(given(workshop, {"Open %(n)s rows": wrong}))


@pytest.mark.parametrize("wrong", [["Close"], {"Close": ""}, {"Close": None}])
def test_file_of_another_shape_is_refused(workshop, wrong):
    with pytest.raises(translations.LocaleError, match="one JSON object"):
        translations.add(given(workshop, wrong))


@pytest.mark.parametrize("call", ['ngettext("%(n)s row", "%(n)s rows", n)', 'pgettext("door", "Open")'])
def test_plural_and_contextual_forms_are_refused(workshop, call):
    (workshop / "portal" / "b.py").write_text(call)
    with pytest.raises(translations.LocaleError, match="not used here"):
        translations.used_strings()


def test_file_is_the_same_whatever_the_order_of_adding(workshop):
    translations.add(given(workshop, WORDS))
    first = translations.PO.read_bytes()
    translations.PO.unlink()
    for message, text in reversed(WORDS.items()):
        translations.add(given(workshop, {message: text}))
    assert translations.PO.read_bytes() == first
    assert b"a.py" not in first


def test_concurrent_callers_lose_nothing(tmp_path):
    """Twenty processes add one string each to the same file."""
    program = (
        "import sys; from pathlib import Path; from tools import translations as t;"
        " t.PO = Path(sys.argv[1]) / 'django.po'; t.add(Path(sys.argv[2]))"
    )
    callers = []
    for number in range(20):
        words = tmp_path / f"{number}.json"
        words.write_text(json.dumps({f"String {number}": f"第 {number} 条"}), encoding="utf-8")
        callers.append(subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(words)], cwd=BASE_DIR))
    assert [caller.wait() for caller in callers] == [0] * 20
    assert (tmp_path / "django.po").read_text(encoding="utf-8").count('msgid "String ') == 20


def test_every_string_of_the_portal_is_translated():
    assert translations.problems() == []


def test_site_s_name_in_both_languages():
    with override("zh-hans"):
        assert gettext("Tianshan Public Data Portal") == "天山公共数据开放平台"
    with override("en"):
        assert gettext("Tianshan Public Data Portal") == "Tianshan Public Data Portal"


def test_command_line_works_despite_its_name():
    answer = subprocess.run(
        [sys.executable, "tools/locale.py", "missing"], cwd=BASE_DIR, check=True, capture_output=True, text=True
    )
    assert isinstance(json.loads(answer.stdout), dict)
