"""The record of acts speaks in words: every act that the code records has a name, in Chinese as in English."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from portal.law import RULES
from portal.site.templatetags import acts

ROOT = Path(__file__).resolve().parents[2]


def recorded():
    """Yields the action of every call of `record` in the code whose name is written out."""
    for name in ("portal", "catalogue", "opendata", "requests_app"):
        for path in (ROOT / name).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                    continue
                called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                action = node.args[0].value
                if called in {"record", "_record"} and isinstance(action, str) and "." in action:
                    yield action


def test_every_act_that_is_recorded_has_a_name():
    found = set(recorded())
    assert {"opendata.key.created", "workflow.clock.overdue"} <= found
    assert found - acts.ACTS.keys() - acts.COMMANDS.keys() == set()


@pytest.mark.parametrize(
    ("action", "zh", "en"),
    [
        ("requests.application.refused", "开放申请：不同意", "Application: Refuse"),
        ("opendata.upload.refused", "文件未通过检查", "File refused"),
        ("gone.long.ago", "gone.long.ago", "gone.long.ago"),
    ],
)
def test_an_act_is_named_in_the_readers_language(action, zh, en):
    with translation.override("zh-hans"):
        assert acts.act(action) == zh
    with translation.override("en"):
        assert acts.act(action) == en


def test_every_command_and_act_has_chinese_words():
    with translation.override("zh-hans"):
        for action in [*acts.ACTS, *(command.event for row in RULES.machines for command in row.commands)]:
            assert not acts.act(action).isascii(), action
        assert [acts.actor_kind(kind) for kind in ("user", "visitor", "robot")] == ["账号", "访客", "robot"]
        assert [acts.act_outcome(end) for end in ("done", "refused", "else")] == ["已完成", "未通过", "else"]
