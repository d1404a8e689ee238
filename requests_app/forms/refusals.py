"""Shows in a form why a service refused."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.forms import Form
from django.utils.translation import get_language

from portal.law import RuleBroken


def refusal_show(form: Form, refused: RuleBroken | ValidationError) -> int:
    """Puts the reason at its field, or on top where the form has no such field; returns the page's status."""
    if isinstance(refused, RuleBroken):
        form.add_error(refused.field if refused.field in form.fields else None, refused.say(get_language()))
        return 409
    for name, messages in getattr(refused, "message_dict", {"": refused.messages}).items():
        form.add_error(name if name in form.fields else None, messages)
    return 422
