"""Reading applications and reports as an actor may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from portal.accounts import access
from portal.accounts.actors import Actor
from portal.accounts.models import Department
from portal.law import RULES, Role

if TYPE_CHECKING:
    from requests_app.models import Application, Report


def handled_by(actor: Actor, role: Role, path: str) -> Q:
    """Matches cases whose provider department the actor serves in this role, or whose authority they serve."""
    mine = access.departments_with_role(actor.user, role).values("pk")
    watched = access.departments_with_role(actor.user, Role.AUTHORITY_OFFICER, Role.AUDITOR).values("jurisdiction")
    under = Department.objects.filter(jurisdiction__in=watched).values("pk")
    return Q(**{f"{path}__in": mine}) | Q(**{f"{path}__in": under})


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Finds applications."""

    def visible_to(self, actor: Actor) -> ApplicationQuerySet:
        """Returns one's own applications; for officials, those submitted to their department or authority."""
        if actor.kind != "user":
            return self.none()
        return self.filter(self._own(actor) | self._handled(actor)).distinct()

    def of_applicant(self, actor: Actor) -> ApplicationQuerySet:
        """Returns one's own applications, and those of the organisations one is authorised for."""
        return self.filter(self._own(actor)) if actor.kind == "user" else self.none()

    def on_desk_of(self, actor: Actor) -> ApplicationQuerySet:
        """Returns what was submitted to the official's department or authority."""
        return self.filter(self._handled(actor)).distinct() if actor.kind == "user" else self.none()

    @staticmethod
    def _own(actor: Actor) -> Q:
        return Q(applicant=actor.user, organisation=None) | Q(organisation__authorised_person=actor.user)

    @staticmethod
    def _handled(actor: Actor) -> Q:
        """Matches what was ever submitted: a draft, even one withdrawn, is nobody else's business."""
        handled = handled_by(actor, Role.APPLICATION_REVIEWER, "lines__entry__provider")
        return handled & Q(submitted_at__isnull=False)


class ReportQuerySet(models.QuerySet["Report"]):
    """Finds reports."""

    def visible_to(self, actor: Actor) -> ReportQuerySet:
        """Returns one's own reports; for officials, those on their department's or jurisdiction's entries.

        A reporter without an account comes by receipt number and secret: `services.reports.report_by_secret`.
        """
        if actor.kind != "user":
            return self.none()
        return self.filter(
            Q(reporter=actor.user) | handled_by(actor, Role.REPORT_HANDLER, "entry__provider")
        ).distinct()

    def of_reporter(self, actor: Actor) -> ReportQuerySet:
        """Returns the reports that the signed-in person made."""
        return self.filter(reporter=actor.user) if actor.kind == "user" else self.none()

    def on_desk_of(self, actor: Actor) -> ReportQuerySet:
        """Returns the reports that the actor handles or watches over by office; having made one gives no office."""
        if actor.kind != "user":
            return self.none()
        return self.filter(handled_by(actor, Role.REPORT_HANDLER, "entry__provider")).distinct()

    def unfinished(self) -> ReportQuerySet:
        """Returns the reports on which somebody still has something to do."""
        return self.filter(state__in=RULES.machine("report").open_states)
