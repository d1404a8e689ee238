"""Lets a failed assertion in the acts of the story say what it compared."""

import pytest

ACTS = ("people", "publishing", "reading", "applying", "reporting")
pytest.register_assert_rewrite(*(f"tests.story.{name}" for name in ACTS))
