"""Small parts of every page: navigation, addresses with filters, numbers that people read aloud, clocks by day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.template.context import Context
from django.template.defaultfilters import filesizeformat
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.law import Role
from portal.law.calendar import Count

register = template.Library()

WEEKEND = 5  # date.weekday() of Saturday
DESK_ROLES = tuple(role for role in Role if role is not Role.AUDITOR)
USCC_GROUPS = (2, 6, 9, 1)  # who registered and of what kind, region, body, check character (GB 32100)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the navigation."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the switch, named in itself."""

    code: str
    name: str
    tag: str
    current: bool


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a clock as it is drawn."""

    day: date
    kind: str
    number: int | None
    why: Any
    due: bool
    past: bool
    today: bool

    @property
    def classes(self) -> str:
        """The CSS classes of the cell."""
        flags = [name for name in ("due", "past", "today") if getattr(self, name)]
        return " ".join(f"day--{name}" for name in [self.kind, *flags])

    @property
    def kind_label(self) -> str:
        """Says the kind of the day in one or two words."""
        return {
            "received": _("received"),
            "working": _("workday"),
            "weekend": _("weekend"),
            "holiday": _("holiday"),
            "makeup": _("make-up"),
        }[self.kind]


@register.simple_tag
def site_name() -> str:
    """Gives the name of the site, which is a setting."""
    return str(settings.SITE_NAME)


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """Draws an icon of static/img/icons.svg; it is silent for screen readers unless it has a title."""
    address = f"{static('img/icons.svg')}#{name}"
    if title:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', title, address)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', address)


@register.simple_tag(takes_context=True)
def main_nav(context: Context) -> dict[str, list[Link]]:
    """Gives the links of the page head: the public rooms, and those of who is signed in.

    The desk is shown to who holds a role in a department, the record to auditors (Art. 12, 35).
    """
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    user = context.get("user")

    def link(text: str, name: str, *also: str) -> Link:
        url = reverse(name)
        here = path == url if url == "/" else any(path.startswith(start) for start in (url, *also))
        return Link(text, url, here)

    public = [
        link(_("Home"), "site:home"),
        link(_("Data catalogue"), "catalogue:list"),
        link(_("Departments"), "site:departments"),
        link(_("Measures and procedure"), "site:law"),
        link(_("Statistics"), "site:stats"),
    ]
    own: list[Link] = []
    if user is not None and user.is_authenticated:
        if access.departments_with_role(user, *DESK_ROLES).exists():
            own.append(link(_("Desk"), "desk:inbox"))
        if access.departments_with_role(user, Role.AUDITOR).exists():
            own.append(link(_("Audit record"), "audit:list"))
        own.append(link(_("My account"), "accounts:home", reverse("requests:applications"), reverse("opendata:keys")))
    return {"public": public, "own": own}


@register.simple_tag
def languages() -> list[Language]:
    """Gives the languages of the site, each named in itself."""
    now = (get_language() or settings.LANGUAGE_CODE).lower()
    return [
        Language(code, get_language_info(code)["name_local"], language_tag(code), code.lower() == now)
        for code, _name in settings.LANGUAGES
    ]


@register.filter
def language_tag(code: str) -> str:
    """Gives the tag for a `lang` attribute (BCP 47): zh-hans becomes zh-Hans."""
    first, *rest = code.split("-")
    return "-".join([first, *(part.title() if len(part) == 4 else part.upper() for part in rest)])


@register.inclusion_tag("components/breadcrumbs.html")
def crumbs(*parts: str) -> dict[str, list[Link]]:
    """Draws the way to this page from pairs of label and address, ending with the label of the page itself."""
    pairs = list(zip(parts[0:-1:2], parts[1::2], strict=True)) if len(parts) > 1 else []
    links = [Link(str(text), str(url)) for text, url in pairs]
    return {"links": links, "here": [Link(str(parts[-1]), "", current=True)]}


def _address(query: QueryDict) -> str:
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """Gives this page's query string with some values set, or removed by None; the list begins anew (no cursor)."""
    changed = context["request"].GET.copy()
    changed.pop("cursor", None)
    for key, value in changes.items():
        changed.pop(key, None)
        if value not in (None, ""):
            changed.setlist(key, list(value) if isinstance(value, (list, tuple)) else [str(value)])
    return _address(changed)


@register.simple_tag(takes_context=True)
def query_toggle(context: Context, key: str, value: Any) -> str:
    """Gives this page's query string with one value of a filter added, or taken away if it is there."""
    changed = context["request"].GET.copy()
    changed.pop("cursor", None)
    values = changed.getlist(key)
    kept = [old for old in values if old != str(value)]
    changed.setlist(key, kept if len(kept) < len(values) else [*values, str(value)])
    return _address(changed)


@register.filter
def uscc(value: str | None) -> SafeString | str:
    """Shows a unified social credit code in its parts; copied, it is the plain 18 characters."""
    if not value:
        return ""
    parts, start = [], 0
    for length in USCC_GROUPS:
        parts.append((value[start : start + length],))
        start += length
    if start != len(value):
        return value
    return format_html('<code class="grouped">{}</code>', format_html_join("", "<span>{}</span>", parts))


@register.filter
def receipt(value: str | None) -> SafeString | str:
    """Shows a receipt number so that it never breaks across lines and is easy to copy."""
    return format_html('<code class="receipt">{}</code>', value) if value else ""


@register.filter
def filesize(value: int | None) -> str:
    """Says the size of a file in the reader's words; a dash where none is known."""
    return "—" if value is None else filesizeformat(value)


@register.simple_tag
def clock_days(count: Count, today: date) -> list[DayCell]:
    """Gives the days of a count as cells to draw: worked, weekend, holiday, make-up, received and due."""
    return list(_cells(count, today))


def _cells(count: Count, today: date) -> Iterable[DayCell]:
    for counted in count.days:
        weekend = counted.day.weekday() >= WEEKEND
        if counted.number == 0:
            kind = "received"
        elif counted.working:
            kind = "makeup" if weekend else "working"
        else:
            kind = "weekend" if weekend and counted.why.zh.startswith("周末") else "holiday"
        yield DayCell(
            counted.day,
            kind,
            counted.number,
            counted.why,
            due=counted.day == count.due_on,
            past=counted.day < today,
            today=counted.day == today,
        )
