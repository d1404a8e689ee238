"""Cases that people bring: applications with lines, reviews and agreement; reports of errors (Art. 29, 30, 45)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalogue.models import Entry, states
from opendata.models import Blob, Resource, ResourceVersion
from portal.accounts.models import Department, Organisation, User
from portal.language import code_choices
from portal.law import RULES, Side
from requests_app.querysets import ApplicationQuerySet, ReportQuerySet


class Application(models.Model):
    """An application for conditional or non-open data: one header; its state follows from its lines (Art. 29)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=24, default=RULES.machine("application").initial)
    returned_from = models.CharField(max_length=24, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    rule_set = models.CharField(max_length=40, default=RULES.id)
    applicant = models.ForeignKey(User, models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="applications")
    authority = models.ForeignKey(Department, models.PROTECT, related_name="applications")
    scenario = models.CharField(_("scenario"), max_length=40, choices=code_choices("scenario"))
    purpose = models.TextField(_("purpose"))
    starts_on = models.DateField(_("use from"))
    ends_on = models.DateField(_("use until"))
    safeguards = models.TextField(_("safeguards"))
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=states("application", "state"), name="application_state"),
            models.CheckConstraint(condition=Q(ends_on__gt=models.F("starts_on")), name="application_term"),
        ]

    def __str__(self) -> str:
        """Shows the receipt number."""
        return self.receipt

    def department_of(self, side: Side) -> Department | None:
        """Returns the data authority, or the provider where all lines have the same; else ask the line."""
        if side == Side.AUTHORITY:
            return self.authority
        if side != Side.PROVIDER:
            return None
        providers = {line.entry.provider for line in self.lines.select_related("entry__provider")}
        return providers.pop() if len(providers) == 1 else None

    def is_applicant(self, user: User) -> bool:
        """Says whether the user is the applicant: for an organisation its authorised person of today, no former one."""
        if self.organisation is not None:
            return self.organisation.authorised_person_id == user.pk
        return user.pk == self.applicant_id

    def did(self, command: str) -> set[Any]:
        """Returns who did a command on this application."""
        return set(self.steps.filter(command=command).values_list("by_id", flat=True))


class ApplicationLine(models.Model):
    """One entry asked for; each line is decided on its own."""

    OUTCOMES = [("pending", _("pending")), ("approved", _("approved")), ("refused", _("refused"))]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="lines")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="application_lines")
    outcome = models.CharField(max_length=16, choices=OUTCOMES, default="pending")

    class Meta:
        ordering = ["entry__code"]
        constraints = [models.UniqueConstraint(fields=["application", "entry"], name="one_line_per_entry")]

    def __str__(self) -> str:
        """Shows the entry asked for."""
        return str(self.entry)

    @property
    def state(self) -> str:
        """Returns the header's state: both sides review lines while it stands in joint review."""
        return self.application.state

    def department_of(self, side: Side) -> Department | None:
        """Returns the provider of this line's entry, or the application's data authority."""
        return self.entry.provider if side == Side.PROVIDER else self.application.department_of(side)

    def is_applicant(self, user: User) -> bool:
        """Says whether the user acts for the applicant."""
        return self.application.is_applicant(user)

    def did(self, command: str) -> set[Any]:
        """Returns who did a command on the application."""
        return self.application.did(command)


class Review(models.Model):
    """One side's decision on one line in one round; a second by the same side is refused by the database."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(ApplicationLine, models.PROTECT, related_name="reviews")
    side = models.CharField(max_length=16)
    round = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=16, choices=[("approve", _("approve")), ("refuse", _("refuse"))])
    reason = models.CharField(_("reason"), max_length=40, choices=code_choices("refusal_reason"), blank=True)
    basis = models.TextField(_("legal basis"), blank=True)
    note = models.TextField(_("explanation"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["line", "side", "round"], name="one_review_per_side_and_round"),
            models.CheckConstraint(
                condition=~Q(decision="refuse") | (~Q(reason="") & ~Q(basis="")), name="refusal_needs_reason_and_basis"
            ),
        ]

    def __str__(self) -> str:
        """Shows side and decision."""
        return f"{self.side} {self.decision}"


class Step(models.Model):
    """One step of an application's way, for its timeline and for the rule of other hands. Rows are only added.

    `data` holds what the step says item by item: the defects of a return, the entry and reason of a review.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="steps")
    command = models.CharField(max_length=40)
    side = models.CharField(max_length=16)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        """Shows the command."""
        return self.command


class Attachment(models.Model):
    """A file that an applicant attached; kept by hash, served as a download only, to the case's people only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="attachments")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    filename = models.CharField(max_length=255)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        """Shows the file name."""
        return self.filename


class Agreement(models.Model):
    """The open-use agreement: a text snapshot with its hash, signed by applicant and authority in turn."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=40, unique=True)
    application = models.OneToOneField(Application, models.PROTECT, related_name="agreement")
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    applicant_signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    applicant_signed_at = models.DateTimeField(null=True, blank=True)
    applicant_address = models.CharField(max_length=45, blank=True)
    authority_signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    authority_signed_at = models.DateTimeField(null=True, blank=True)
    authority_address = models.CharField(max_length=45, blank=True)

    def __str__(self) -> str:
        """Shows the number."""
        return self.number


class Report(models.Model):
    """A report of an error, objection, infringement or leak on an entry, resource, column or row (Art. 30).

    No account is needed: the receipt number with the secret shows the progress; only the secret's hash is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt = models.CharField(max_length=32, unique=True)
    secret_digest = models.CharField(max_length=64)
    secret_misses = models.PositiveSmallIntegerField(default=0)
    secret_missed_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=24, default=RULES.machine("report").initial)
    rule_set = models.CharField(max_length=40, default=RULES.id)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="reports")
    resource = models.ForeignKey(Resource, models.PROTECT, null=True, blank=True, related_name="reports")
    version = models.ForeignKey(ResourceVersion, models.PROTECT, null=True, blank=True, related_name="reports")
    column = models.CharField(_("column"), max_length=200, blank=True)
    row = models.CharField(_("row"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=24, choices=code_choices("report_kind"))
    text = models.TextField(_("what is wrong"))
    contact = models.CharField(_("contact"), max_length=160, blank=True)
    reporter = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="reports")
    outcome = models.CharField(_("outcome"), max_length=24, choices=code_choices("report_outcome"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    submitted_at = models.DateTimeField()
    feedback_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at"]
        constraints = [models.CheckConstraint(condition=states("report", "state"), name="report_state")]

    def __str__(self) -> str:
        """Shows the receipt number."""
        return self.receipt

    def department_of(self, side: Side) -> Department | None:
        """Returns the provider of the entry, or its data authority."""
        return self.entry.department_of(side)

    def is_applicant(self, user: User) -> bool:
        """Says whether the user is the signed-in reporter."""
        return user.pk == self.reporter_id

    def did(self, command: str) -> set[Any]:
        """Returns who did a command on this report."""
        return set(self.steps.filter(command=command).values_list("by_id", flat=True))


class ReportStep(models.Model):
    """One step of a report's way, for its timeline. Rows are only added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, models.PROTECT, related_name="steps")
    command = models.CharField(max_length=40)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        """Shows the command."""
        return self.command
