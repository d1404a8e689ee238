"""The registrar's page of a resource: reading of its files, columns, keys and declared rules (Art. 10, 15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opendata.accuracy import KINDS
from opendata.choices import TYPES, columns_vanished, latest_version, settings_change
from opendata.duties import require_attacher
from opendata.forms import RetireForm
from opendata.models import Resource, ResourceVersion
from opendata.quality import rule_text
from opendata.retiring import resource_retire, users_of
from opendata.services import resource_read_again
from opendata.showing import type_label, why_text
from portal.accounts.actors import Actor, actor_of
from portal.law import RuleBroken
from portal.problems import say_refusal

SHOWN_COLUMNS = 120
FREE_RULES = 3
READING = ("sheet", "table", "member", "encoding", "delimiter")
# How the value of a rule is called in its stored form.
VALUE_NAMES = {"min": "value", "max": "value", "one_of": "values", "pattern": "pattern", "at_most": "other"}


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the page: what it is now, why, what could be done, and what the publisher set."""

    number: int
    name: str
    now: str
    why: str
    offers: list[tuple[str, str]]
    type: str
    label: str
    unit: str
    apply: str
    key: bool
    vanished: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One line of the declared rules."""

    number: int
    kind: str = ""
    column: str = ""
    value: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the page sent, in the words of the service."""

    settings: dict[str, Any]
    key_columns: list[str]
    rules: list[dict[str, Any]]


def offer_label(kind: str) -> str:
    """Says what applying an offer does to the cells of a column."""
    labels = {
        "thousands": _("read numbers without their separators"),
        "percent": _("read percentages as numbers (12% becomes 0.12)"),
        "ten_thousand_units": _("read 万 and 亿 as numbers (1.5万 becomes 15000)"),
        "fullwidth": _("read full-width digits as numbers"),
        "currency": _("read amounts without their currency sign"),
    }
    return labels.get(kind, kind)


@login_required
@require_http_methods(["GET", "POST"])
def resource_settings(request: HttpRequest, pk: Any) -> HttpResponse:
    """Shows the settings and takes them; on wish the present file is read again at once."""
    actor = actor_of(request)
    resource = _resource(actor, pk)
    require_attacher(actor, resource.entry)
    version, error = latest_version(resource), ""
    if request.method == "POST":
        sent = _sent(request.POST, resource, version)
        now = timezone.now()
        try:
            settings_change(
                resource, actor=actor, now=now, settings=sent.settings, key_columns=sent.key_columns, rules=sent.rules
            )
            if "again" in request.POST:
                return redirect("opendata:job", resource_read_again(resource, actor=actor, now=now).pk)
        except RuleBroken as broken:
            error = say_refusal(broken)
            resource.settings, resource.key_columns, resource.rules = sent.settings, sent.key_columns, sent.rules
        else:
            messages.success(request, _("The settings are saved; the next reading follows them."))
            return redirect("opendata:resource_settings", resource.pk)
    context = {
        "resource": resource,
        "entry": resource.entry,
        "version": version,
        "error": error,
        "columns": column_rows(resource, version),
        "left_out": max(0, len(version.columns) - SHOWN_COLUMNS) if version else 0,
        "vanished": columns_vanished(resource, version),
        "rules": rule_rows(resource),
        "rule_kinds": [(kind, _kind_label(kind)) for kind in KINDS],
        "types": [(kind, type_label(kind)) for kind in TYPES],
        "reading": [(name, _reading_label(name), resource.settings.get(name, "")) for name in READING],
        "sheets": [sheet["name"] for sheet in version.reading.get("sheets", [])] if version else [],
    }
    return render(request, "opendata/resource_settings.html", context, status=409 if error else 200)


def _resource(actor: Actor, pk: Any) -> Resource:
    found = Resource.objects.all().visible_to(actor)
    return get_object_or_404(found.select_related("entry__provider", "entry__published", "current"), pk=pk)


def column_rows(resource: Resource, version: ResourceVersion | None) -> list[ColumnRow]:
    """Returns the columns of the present file, and after them those with settings that it lacks."""
    own: Mapping[str, Mapping[str, str]] = resource.settings.get("columns", {})
    profiles = {str(one["name"]): one for one in (version.columns if version else [])[:SHOWN_COLUMNS]}
    names = [*profiles, *columns_vanished(resource, version)]
    rows = []
    for number, name in enumerate(names):
        profile, mine = profiles.get(name, {}), own.get(name, {})
        offers = [str(offer["kind"]) for offer in profile.get("offers", [])]
        offers += [mine["apply"]] if mine.get("apply") and mine["apply"] not in offers else []
        rows.append(
            ColumnRow(
                number=number,
                name=name,
                now=type_label(str(profile["type"])) if profile else "",
                why=why_text(str(profile.get("kept_text") or "")),
                offers=[(kind, offer_label(kind)) for kind in offers],
                type=mine.get("type", ""),
                label=mine.get("label", ""),
                unit=mine.get("unit", ""),
                apply=mine.get("apply", ""),
                key=name in resource.key_columns,
                vanished=not profile,
            )
        )
    return rows


def rule_rows(resource: Resource) -> list[RuleRow]:
    """Returns the declared rules, and some free lines for new ones."""
    rows = []
    for number, rule in enumerate(resource.rules):
        value = rule.get(VALUE_NAMES.get(rule["kind"], ""), "")
        shown = ", ".join(value) if isinstance(value, list) else str(value)
        rows.append(RuleRow(number, rule["kind"], rule["column"], shown, rule_text(rule)))
    return [*rows, *(RuleRow(len(rows) + more) for more in range(FREE_RULES))]


def _sent(post: QueryDict, resource: Resource, version: ResourceVersion | None) -> Sent:
    """Returns what was sent; columns that the page does not show keep what they have."""
    columns = dict(resource.settings.get("columns", {}))
    shown = column_rows(resource, version)
    for row in shown:
        given = {key: post.get(f"column-{row.number}-{key}", "").strip() for key in ("type", "label", "unit", "apply")}
        columns[row.name] = {key: value for key, value in given.items() if value}
    keys = [row.name for row in shown if f"column-{row.number}-key" in post]
    there = {row.name for row in shown}
    keys = [*(name for name in resource.key_columns if name not in there), *keys]
    kept = {name: value for name, value in resource.settings.items() if name not in {*READING, "columns"}}
    reading = {name: post.get(name, "") if name == "delimiter" else post.get(name, "").strip() for name in READING}
    settings = {**kept, **{name: value for name, value in reading.items() if value}, "columns": columns}
    return Sent(settings, keys, _rules(post))


def _rules(post: QueryDict) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    for number in range(len([name for name in post if name.endswith("-kind") and name.startswith("rule-")])):
        kind, column = post.get(f"rule-{number}-kind", ""), post.get(f"rule-{number}-column", "")
        value = post.get(f"rule-{number}-value", "").strip()
        if not kind:
            continue
        rule: dict[str, Any] = {"kind": kind, "column": column}
        if kind == "one_of":
            rule["values"] = [
                one.strip() for one in value.replace("，", ",").replace("、", ",").split(",") if one.strip()
            ]
        elif kind in VALUE_NAMES:
            rule[VALUE_NAMES[kind]] = value
        rules.append(rule)
    return rules


def _reading_label(name: str) -> str:
    labels = {
        "sheet": _("Sheet of the workbook"),
        "table": _("Which table of the file (1, 2 …)"),
        "member": _("File inside the ZIP"),
        "encoding": _("Encoding"),
        "delimiter": _("Delimiter between cells"),
    }
    return labels[name]


def _kind_label(kind: str) -> str:
    labels = {
        "min": _("at least"),
        "max": _("at most"),
        "one_of": _("one of (separated by commas)"),
        "pattern": _("written like (regular expression)"),
        "unique": _("different in every row"),
        "not_blank": _("never empty"),
        "at_most": _("at most the column"),
    }
    return labels[kind]


@login_required
@require_http_methods(["GET", "POST"])
def resource_retire_page(request: HttpRequest, pk: Any) -> HttpResponse:
    """Asks for reason and successor, shows who uses the resource, then retires it (Art. 24)."""
    actor, now = actor_of(request), timezone.now()
    resource = _resource(actor, pk)
    require_attacher(actor, resource.entry)
    others = Resource.objects.filter(entry__provider=resource.entry.provider_id, retired_at=None, current__isnull=False)
    choices = others.exclude(pk=resource.pk).select_related("entry__published", "current")
    form = RetireForm(request.POST if request.method == "POST" else None, successors=choices)
    if request.method == "POST" and form.is_valid():
        try:
            users = resource_retire(resource, actor=actor, now=now, **form.cleaned_data)
        except RuleBroken as broken:
            form.add_error(broken.field if broken.field in form.fields else None, say_refusal(broken))
        else:
            told = {"n": len(users.people)}
            messages.success(request, _("The resource is retired. Letters to its users: %(n)s.") % told)
            return redirect("opendata:resource", resource.pk)
    context = {"form": form, "resource": resource, "entry": resource.entry, "users": users_of(resource, now=now)}
    return render(request, "opendata/retire.html", context, status=409 if form.errors else 200)


urlpatterns = [
    path("desk/resources/<uuid:pk>/settings/", resource_settings, name="resource_settings"),
    path("desk/resources/<uuid:pk>/retire/", resource_retire_page, name="resource_retire"),
]
