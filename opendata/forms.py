"""Forms of open data: they check shape; the services check the rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opendata.models import Grant, Resource
from opendata.querysets import GrantQuerySet, ResourceQuerySet

KEY_LIVES = [("30", _("30 days")), ("90", _("90 days")), ("180", _("180 days")), ("365", _("365 days"))]


class KeyForm(forms.Form):
    """A key's name, the grants it is for, and how long it lives."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("So that you know it again, such as the program that uses it.")
    )
    grants = forms.ModelMultipleChoiceField(
        label=_("For these grants"), queryset=Grant.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=KEY_LIVES, initial="90")

    def __init__(self, *args: Any, grants: GrantQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["grants"]
        if isinstance(chosen, forms.ModelMultipleChoiceField):
            chosen.queryset = grants

    def expires_at(self, now: dt.datetime) -> dt.datetime:
        """Returns the moment the key ends."""
        return now + dt.timedelta(days=int(self.cleaned_data["days"]))


class ResourceForm(forms.ModelForm):
    """What a new resource is called."""

    class Meta:
        model = Resource
        fields = ["title", "title_en", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class UploadForm(forms.Form):
    """The file to publish."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, Excel, ODS, JSON, GeoJSON, Parquet, a zipped shapefile, or a ZIP of one of these. The first row "
            "names the columns."
        ),
    )


class SuccessorField(forms.ModelChoiceField):
    """A choice of resources, each with its entry's code."""

    def label_from_instance(self, obj: Resource) -> str:
        """Shows the resource and its entry."""
        return f"{obj} ({obj.entry.code})"


class RetireForm(forms.Form):
    """Why a resource is retired, and what comes in its place."""

    successor = SuccessorField(
        label=_("Successor"),
        queryset=Resource.objects.none(),
        required=False,
        help_text=_("The resource that takes its place: published, with all its columns, open to the same users."),
    )
    note = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It is sent to the users and shown on the resource's page."),
    )

    def __init__(self, *args: Any, successors: ResourceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["successor"]
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = successors


class NoteForm(forms.Form):
    """A written reason."""

    note = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
