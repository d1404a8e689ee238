"""The unified catalogue: entries, their versions, data elements and reviews (Art. 7–12, 25–27, 36)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalogue.querysets import EntryQuerySet, EntryVersionQuerySet
from portal.accounts.models import Department, Jurisdiction, User
from portal.language import code_choices, in_language
from portal.law import RULES, Side


def states(machine: str, field: str) -> Q:
    """Returns the condition that a field holds one of the machine's states; it becomes a database constraint."""
    return Q(**{f"{field}__in": [state.name for state in RULES.machine(machine).states]})


class Entry(models.Model):
    """A catalogue entry: what stays the same while its versions change. Its code is unique and never reused.

    `downloads` and `personal_undecided` are told from the floor above: how often its data was fetched, and whether
    personal data was found in it that the secrecy reviewer has not decided on (Art. 36).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=64, unique=True)
    provider = models.ForeignKey(Department, models.PROTECT, related_name="entries", verbose_name=_("provider"))
    availability = models.CharField(max_length=16, default=RULES.machine("entry").initial)
    published = models.OneToOneField(
        "EntryVersion", models.PROTECT, null=True, blank=True, editable=False, related_name="published_of"
    )
    created_at = models.DateTimeField()
    first_published_at = models.DateTimeField(null=True, blank=True)
    search = SearchVectorField(null=True, blank=True, editable=False)
    downloads = models.PositiveIntegerField(default=0)
    personal_undecided = models.BooleanField(default=False, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-first_published_at", "code"]
        indexes = [GinIndex(fields=["search"]), models.Index(fields=["availability", "-first_published_at"])]
        constraints = [models.CheckConstraint(condition=states("entry", "availability"), name="entry_availability")]

    def __str__(self) -> str:
        """Shows the published title, or the newest version's, or the code."""
        version = self.published or self.versions.order_by("-number").first()
        return str(version) if version else self.code

    def department_of(self, side: Side) -> Department | None:
        """Returns the provider, or its data authority."""
        if side == Side.PROVIDER:
            return self.provider
        return self.provider.authority if side == Side.AUTHORITY else None

    def is_applicant(self, user: User) -> bool:
        """An entry has no applicant."""
        return False

    def did(self, command: str) -> set[Any]:
        """Returns who did a command; no availability command bars another person."""
        return set()


class EntryVersion(models.Model):
    """One wording of an entry, with every field of the catalogue; it stands until the next one is published."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=24, default=RULES.machine("entry_version").initial)
    rule_set = models.CharField(max_length=40, default=RULES.id)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    change_note = models.CharField(_("what changed"), max_length=300, blank=True)

    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    abstract = models.TextField(_("abstract"))
    abstract_en = models.TextField(_("abstract in English"), blank=True)
    keywords = models.CharField(_("keywords"), max_length=300, blank=True)
    theme = models.CharField(_("theme"), max_length=120, blank=True)
    domain = models.CharField(_("domain"), max_length=32, choices=code_choices("domain"))
    industry = models.CharField(_("industry"), max_length=4, choices=code_choices("industry"), blank=True)
    library = models.CharField(_("library"), max_length=16, choices=code_choices("library"), default="none")
    base_kind = models.CharField(_("base library"), max_length=40, choices=code_choices("base_kind"), blank=True)
    lead_department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lead department")
    )
    format_class = models.CharField(_("format"), max_length=24, choices=code_choices("format_class"))
    data_form = models.CharField(_("data form"), max_length=16, choices=code_choices("data_form"))
    update_frequency = models.CharField(_("update frequency"), max_length=16, choices=code_choices("update_frequency"))
    share_type = models.CharField(_("share type"), max_length=16, choices=code_choices("share_type"))
    share_condition = models.TextField(_("share condition"), blank=True)
    share_basis = models.TextField(_("legal basis of the share type"), blank=True)
    open_class = models.CharField(
        _("open class"), max_length=16, choices=code_choices("open_class"), default="unconditional"
    )
    open_condition = models.TextField(_("open condition"), blank=True)
    legal_basis = models.TextField(_("legal basis"), blank=True)
    open_scope = models.TextField(_("open scope"))
    open_content = models.TextField(_("open content"))
    use_requirements = models.TextField(_("use requirements"))
    data_level = models.CharField(_("data level"), max_length=16, choices=code_choices("data_level"), default="general")
    region = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="+", verbose_name=_("region"))
    covers_from = models.DateField(_("covers from"), null=True, blank=True)
    covers_to = models.DateField(_("covers to"), null=True, blank=True)
    licence = models.CharField(_("licence"), max_length=40, choices=code_choices("licence"))
    contact = models.CharField(_("contact"), max_length=160)
    language = models.CharField(_("language"), max_length=16, choices=code_choices("language"), default="zh")
    classified = models.BooleanField(_("classified"), default=False)
    evidence_kind = models.CharField(_("evidence"), max_length=24, choices=code_choices("evidence_kind"), blank=True)
    evidence = models.TextField(_("evidence for opening non-open data"), blank=True)
    secrecy_conclusion = models.TextField(_("conclusion of the secrecy review"), blank=True)
    next_check_on = models.DateField(_("next conformity check"), null=True, blank=True)

    objects = EntryVersionQuerySet.as_manager()

    class Meta:
        ordering = ["entry", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="published"), name="one_published_version_per_entry"
            ),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state__in=["draft", "department_review", "secrecy_review", "authority_review"]),
                name="one_version_in_work_per_entry",
            ),
            models.CheckConstraint(condition=states("entry_version", "state"), name="entry_version_state"),
            models.CheckConstraint(condition=Q(classified=False), name="nothing_classified"),
            models.CheckConstraint(
                condition=Q(open_class="unconditional") | ~Q(legal_basis=""), name="condition_needs_basis"
            ),
            models.CheckConstraint(
                condition=~Q(open_class="unconditional") | Q(data_level="general"), name="important_never_unconditional"
            ),
        ]

    def __str__(self) -> str:
        """Shows the title in the reader's language."""
        return in_language(self.title, self.title_en)

    @property
    def is_editable(self) -> bool:
        """Says whether the registrar may change it."""
        return self.state == "draft"

    def department_of(self, side: Side) -> Department | None:
        """Returns the provider, or its data authority."""
        return self.entry.department_of(side)

    def is_applicant(self, user: User) -> bool:
        """An entry has no applicant."""
        return False

    def did(self, command: str) -> set[Any]:
        """Returns who did a command in the present round: since the version was last submitted.

        Whoever registered the version counts with whoever submitted it: neither may review it (Art. 12).
        """
        rows = list(self.reviews.order_by("at").values_list("command", "by_id"))
        starts = [index for index, (name, _by) in enumerate(rows) if name == "submit"]
        did = {by for name, by in rows[starts[-1] if starts else 0 :] if name == command}
        return did | {self.created_by_id} if command == "submit" else did


class DataElement(models.Model):
    """A data element: a field of the entry's data (Art. 7, 13)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(EntryVersion, models.CASCADE, related_name="elements")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("name"), max_length=120)
    meaning = models.CharField(_("meaning"), max_length=300, blank=True)
    type = models.CharField(_("type"), max_length=16, choices=code_choices("element_type"))
    length = models.PositiveIntegerField(_("length"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    sensitivity = models.CharField(_("sensitivity"), max_length=24, choices=code_choices("sensitivity"), default="none")
    deidentification = models.CharField(
        _("de-identification rule"), max_length=24, choices=code_choices("deidentification"), default="none"
    )
    is_open = models.BooleanField(_("open"), default=True)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="one_element_per_name")]

    def __str__(self) -> str:
        """Shows the name."""
        return self.name


class EntryReview(models.Model):
    """One step of a version's way: who did which command, when, and why. Rows are only added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(EntryVersion, models.PROTECT, related_name="reviews")
    command = models.CharField(max_length=40)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        """Shows the command and the person."""
        return f"{self.command} · {self.by}"


class Suspension(models.Model):
    """A hold on an entry's data: who, why, since when; lifted once provider and authority have both agreed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    cause = models.CharField(max_length=64, blank=True)
    by_label = models.CharField(max_length=200)
    at = models.DateTimeField()
    provider_agreed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    authority_agreed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(lifted_at=None), name="one_hold_at_a_time")
        ]

    def __str__(self) -> str:
        """Shows the reason."""
        return self.reason
