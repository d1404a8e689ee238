"""Every component in every state, with made-up but plausible contents: docs/design.md, to look at."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.law import RULES, SHIPPED

TODAY = date(2026, 5, 29)
COLOURS = ("deep", "blue", "lake", "mist", "snow", "line", "ink", "ink-2", "apricot", "apricot-pale")


class SampleForm(forms.Form):
    """Shows each kind of field; sent empty, each kind of error."""

    name = forms.CharField(
        label=gettext_lazy("Name of the data"), help_text=gettext_lazy("As on the department's list.")
    )
    uscc = forms.CharField(label=gettext_lazy("Unified social credit code"), max_length=18)
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    purpose = forms.CharField(label=gettext_lazy("Purpose"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Open class"), widget=forms.RadioSelect)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    file = forms.FileField(label=gettext_lazy("Data file"), help_text=gettext_lazy("CSV, XLSX or JSON."))
    agreed = forms.BooleanField(label=gettext_lazy("I have read the conditions of use and keep to them"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, code_list in (("region", "region"), ("kind", "open_class")):
            choice = self.fields[field]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = [(code.value, str(code.label)) for code in RULES.codes(code_list).items]

    def clean_uscc(self) -> str:
        """Refuses every code, to show how an error looks."""
        raise ValidationError(_("The check character does not fit: found 8, expected 3."))


def sample() -> dict[str, Any]:
    """Gives the contents of the page."""
    kind = RULES.clock("conformity_check")
    application = RULES.machine("application")
    begun = make_aware(datetime.combine(date(2026, 5, 26), time(9, 30)))
    events = [
        {"title": application.command(name).label, "at": begun + timedelta(hours=hours), "who": who,
         "article": application.command(name).article, "tone": tone, "note": note}
        for name, hours, who, tone, note in (
            ("submit", 0, _("Sample company"), "", ""),
            ("return", 3, _("Data authority"), "waiting", _("Please name the safeguards for storing the data.")),
            ("resubmit", 26, _("Sample company"), "", ""),
            ("accept", 30, _("Data authority"), "good", ""),
        )
    ]  # fmt: skip
    options = [
        {"value": code.value, "label": str(code.label), "count": count, "selected": count == 12}
        for code, count in zip(RULES.codes("domain").items, (12, 9, 4, 18, 7), strict=False)
    ]
    return {
        "colours": COLOURS,
        "tones": ("neutral", "waiting", "good", "bad"),
        "machines": RULES.machines,
        "open_classes": [code.value for code in RULES.codes("open_class").items],
        "form": SampleForm(),
        "wrong": SampleForm({"uscc": "91350100M000100Y48", "until": "2026-13-01"}, auto_id="wrong_%s"),
        "kind": kind,
        "signing": RULES.clock("signing"),
        "leak": RULES.clock("leak_verify"),
        "count": SHIPPED.count(date(2026, 5, 26), kind.limit),
        "count_long": SHIPPED.count(date(2026, 9, 17), 10),
        "today": TODAY,
        "today_long": date(2026, 9, 23),
        "today_late": date(2026, 6, 5),
        "left": SHIPPED.working_days_between(TODAY, date(2026, 6, 3)),
        "left_long": SHIPPED.working_days_between(date(2026, 9, 23), date(2026, 10, 8)),
        "left_late": SHIPPED.working_days_between(date(2026, 6, 5), date(2026, 6, 3)),
        "begun": begun,
        "events": events,
        "command": application.command("return"),
        "facets": [{"name": "domain", "label": _("Domain"), "options": options}],
        "applied": [{"label": options[0]["label"], "url": "?"}],
        "steps": [
            {"label": application.state(name).label, "state": state, "note": note}
            for name, state, note in (
                ("conformity_check", "done", "2026-05-27"),
                ("joint_review", "current", _("5 working days")),
                ("agreement_signing", "", ""),
                ("granted", "", ""),
            )
        ],
        "facts": [
            (_("Open class"), _("unconditional")),
            (_("Update frequency"), _("daily")),
            (_("Time coverage"), "2024-01-01 — 2026-05-28"),
            (_("Contact"), ""),
        ],
        "headers": [_("Station"), _("Day"), "PM2.5", "PM10"],
        "rows": [["650100-01", "2026-05-28", 31, 77], ["650100-02", "2026-05-28", None, 64]],
        "chart_headers": [_("Month"), _("Downloads"), _("API calls")],
        "chart_rows": [
            ["2026-01", 812, 4210],
            ["2026-02", 640, 3985],
            ["2026-03", 1175, 6120],
            ["2026-04", 1402, 7833],
        ],
        "tabs": [
            {"label": _("Overview"), "url": "?", "current": True},
            {"label": _("Data"), "url": "?tab=data", "count": 3},
            {"label": _("Versions"), "url": "?tab=versions", "count": 12},
        ],
        "code": 'curl -H "Authorization: Bearer xjod_…" \\\n  "https://data.example/api/v1/resources/…/rows/?pm25__gte=75&limit=100"',
        "formats": ["CSV", "XLSX", "JSON", "Parquet", "API"],
    }


def styleguide(request: HttpRequest) -> HttpResponse:
    """Shows the page /styleguide/."""
    return render(request, "site/styleguide.html", sample())
