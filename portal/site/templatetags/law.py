"""Shows the law table on a page: its words, its articles, its states and its time limits.

The rows are bilingual in the table itself, so these filters choose the wording; no page repeats it.
"""

from __future__ import annotations

from typing import TypedDict

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from portal.law import RULES, ClockKind, Text

register = template.Library()

OPEN_CLASS_TONES = {"unconditional": "good", "conditional": "waiting", "non_open": "neutral"}
OPEN_CLASS_ICONS = {"unconditional": "unlock", "conditional": "key", "non_open": "lock"}
UNIT_MSGIDS = {
    "working_day": (gettext_noop("1 working day"), gettext_noop("%(n)s working days")),
    "hour": (gettext_noop("1 hour"), gettext_noop("%(n)s hours")),
    "day": (gettext_noop("1 day"), gettext_noop("%(n)s days")),
    "year": (gettext_noop("1 year"), gettext_noop("%(n)s years")),
}


class Chip(TypedDict):
    """What the chip's template draws."""

    label: str
    title: str
    tone: str
    icon: str


@register.filter
def say(text: Text | str | None) -> str:
    """Gives a text of the law table in the reader's language; plain strings pass, nothing gives nothing."""
    if text is None:
        return ""
    return text.say(get_language()) if isinstance(text, Text) else str(text)


@register.filter
def article_name(number: int | None) -> str:
    """Names an article without a link, for running text and for print: 《办法》第29条, Art. 29."""
    return _("Art. %(number)s") % {"number": number} if number else ""


@register.filter
def article(number: int | None) -> SafeString | str:
    """Links to an article on the law page, so that every refusal and deadline can be looked up (Art. 27, 44)."""
    if not number:
        return ""
    return format_html('<a class="article" href="{}#art-{}">{}</a>', reverse("site:law"), number, article_name(number))


@register.filter
def label(value: str | None, code_list: str) -> str:
    """Gives the label of a code: `entry.domain|label:"domain"`; a code that the list no longer knows stays as it is."""
    if not value:
        return ""
    codes = {code.value: code.label for code in RULES.codes(code_list).items}
    return say(codes.get(value, value))


@register.inclusion_tag("components/status_chip.html")
def status_chip(machine: str, state: str) -> Chip:
    """Shows the state of a case with the tone and the meaning that the law table gives it."""
    row = RULES.machine(machine).state(state)
    return Chip(label=say(row.label), title=say(row.meaning), tone=row.tone, icon="")


@register.inclusion_tag("components/status_chip.html")
def open_class(value: str) -> Chip:
    """Shows the open class of an entry: unconditional, conditional or non-open (Art. 26)."""
    return Chip(
        label=label(value, "open_class"),
        title="",
        tone=OPEN_CLASS_TONES.get(value, "neutral"),
        icon=OPEN_CLASS_ICONS.get(value, ""),
    )


def quantity(number: int, unit: str) -> str:
    """Says a number of working days, hours, days or years in words."""
    one, many = UNIT_MSGIDS[unit]
    return _(one) if number == 1 else _(many) % {"n": number}


@register.filter
def limit(kind: ClockKind) -> str:
    """Says how long a time limit is: 5 working days, 2 hours."""
    return quantity(kind.limit, kind.unit)


@register.filter
def limit_source(kind: ClockKind) -> str:
    """Says whether the Measures set a time limit or the portal promises it."""
    return _("statutory limit") if kind.statutory else _("service standard")


@register.filter
def working_days(number: int | None) -> str:
    """Says a number of working days in words."""
    return "" if number is None else quantity(number, "working_day")


@register.filter
def days_left(number: int | None) -> str:
    """Says how many working days are left; negative numbers are days overdue (Art. 44)."""
    if number is None:
        return ""
    if number == 0:
        return _("due today")
    if number < 0:
        return _("overdue by %(days)s") % {"days": quantity(-number, "working_day")}
    return _("%(days)s left") % {"days": quantity(number, "working_day")}


@register.filter
def days_left_tone(number: int | None) -> str:
    """Gives the tone of a number of working days left: bad when overdue, waiting from the day before."""
    if number is None:
        return "neutral"
    if number < 0:
        return "bad"
    return "waiting" if number <= 1 else "good"
