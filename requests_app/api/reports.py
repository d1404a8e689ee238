"""`/api/v1/reports/`: report a problem without an account, follow it by its secret, handle it (Art. 30)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.models import Entry
from opendata.api.resources import PROBLEMS
from opendata.api.serializers import ProblemSerializer
from opendata.models import Resource
from portal.accounts.actors import Actor, actor_of
from portal.language import code_choices, say
from portal.law import RULES
from portal.pagination import CursorPagination
from requests_app import following
from requests_app.models import Report
from requests_app.querysets import ReportQuerySet
from requests_app.receipts import receipt_looks_right, receipt_read
from requests_app.services.report_intake import MAX_TEXT, MIN_TEXT, TooMany, report_by_secret, report_submit
from requests_app.services.reports import (
    COMMANDS,
    MACHINE,
    hindrance,
    last_day_to_object,
    leading,
    report_command,
    report_commands,
)

REPORT_PROBLEMS = PROBLEMS | {
    404: OpenApiResponse(ProblemSerializer, "No such report, or neither the secret nor the person belongs to it."),
    409: OpenApiResponse(ProblemSerializer, "A rule stands against it, with the article."),
    429: OpenApiResponse(ProblemSerializer, "Too many reports from one sender, or too many wrong secrets."),
}
SECRET = OpenApiParameter("X-Report-Secret", str, OpenApiParameter.HEADER, description="Shown once with the receipt.")


class ReportIn(serializers.Serializer[Any]):
    """What anyone sends to report a problem."""

    entry = serializers.CharField(max_length=64, help_text="The entry's code, such as 3065/0001.")
    kind = serializers.ChoiceField(choices=code_choices("report_kind"))
    text = serializers.CharField(min_length=MIN_TEXT, max_length=MAX_TEXT)
    resource = serializers.UUIDField(required=False)
    version = serializers.IntegerField(required=False, help_text="Number of the resource's version; else the current.")
    column = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    row = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    contact = serializers.CharField(max_length=160, required=False, default="", allow_blank=True)


class ReportMade(serializers.Serializer[Any]):
    """The receipt number and the secret, told this once."""

    receipt = serializers.CharField()
    secret = serializers.CharField()
    state = serializers.CharField()
    url = serializers.CharField()


class ReportCommandIn(serializers.Serializer[Any]):
    """What a command may need: the reason or answer, the outcome, the leading report's receipt number."""

    note = serializers.CharField(max_length=MAX_TEXT, required=False, default="", allow_blank=True)
    outcome = serializers.ChoiceField(choices=code_choices("report_outcome"), required=False, default="")
    into = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class ReportRow(serializers.ModelSerializer[Report]):
    """A report in a list."""

    entry = serializers.CharField(source="entry.code")
    state_label = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = ("receipt", "state", "state_label", "kind", "entry", "resource", "column", "row", "submitted_at")

    def get_state_label(self, report: Report) -> str:
        """Says the state in the reader's language."""
        return say(RULES.machine(MACHINE).state(report.state).label)


class TimelineRow(serializers.Serializer[Any]):
    """One step of the report's way."""

    title = serializers.CharField()
    at = serializers.DateTimeField()
    who = serializers.CharField()
    article = serializers.IntegerField()
    note = serializers.CharField()


class ReportOut(ReportRow):
    """A report as its reporter or an official may see it; a merged one tells the progress of the one that leads."""

    version = serializers.IntegerField(source="version.number", allow_null=True, default=None)
    merged = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()
    answer = serializers.SerializerMethodField()
    not_solved_until = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    commands = serializers.SerializerMethodField()
    contact = serializers.SerializerMethodField()

    class Meta(ReportRow.Meta):
        fields = (  # type: ignore[assignment]  # a longer tuple
            *ReportRow.Meta.fields,
            "version",
            "text",
            "merged",
            "progress",
            "outcome",
            "answer",
            "feedback_at",
            "not_solved_until",
            "closed_at",
            "timeline",
            "commands",
            "contact",
        )

    def _shown(self, report: Report) -> bool:
        return bool(self.context["official"]) or following.answer_shown(leading(report))

    def get_merged(self, report: Report) -> bool:
        """Says whether it is handled together with an earlier report."""
        return report.merged_into_id is not None

    def get_progress(self, report: Report) -> str:
        """Returns the state of the report that is being handled."""
        return leading(report).state

    def get_outcome(self, report: Report) -> str:
        """Returns the outcome; to the reporter once the answer was sent."""
        return leading(report).outcome if self._shown(report) else ""

    def get_answer(self, report: Report) -> str:
        """Returns the answer; to the reporter once it was sent."""
        return leading(report).answer if self._shown(report) else ""

    def get_not_solved_until(self, report: Report) -> str | None:
        """Returns the last day to say that it is not solved."""
        last_day = last_day_to_object(report)
        return last_day.isoformat() if last_day else None

    def get_timeline(self, report: Report) -> list[dict[str, Any]]:
        """Returns the steps, oldest first."""
        steps = following.timeline(report, official=self.context["official"])
        return [{**step, "title": say(step["title"]), "at": step["at"].isoformat()} for step in steps]

    def get_commands(self, report: Report) -> list[str]:
        """Returns the commands that the reader may give now."""
        actor, today = self.context["actor"], timezone.localdate(self.context["now"])
        if self.context["official"]:
            return [row.name for row in report_commands(actor, report, today=today)[0]]
        open_to_reporter = report.state == "feedback_sent" and hindrance(report, "say_not_solved", today=today) is None
        return ["say_not_solved"] if open_to_reporter and following.is_reporter(report, actor) else []

    def get_contact(self, report: Report) -> str:
        """Returns how to reach the reporter, to those who handle the report and to the reporter."""
        actor = self.context["actor"]
        return report.contact if following.is_reporter(report, actor) or following.may_write_to(report, actor) else ""


class ReportFilter(django_filters.FilterSet):
    """Narrows the list of reports."""

    entry = django_filters.CharFilter(field_name="entry__code")

    class Meta:
        model = Report
        fields = ("state", "kind", "entry")


class Newest(CursorPagination):
    """The newest report first."""

    ordering = "-submitted_at"


@method_decorator(never_cache, name="dispatch")
class Reports(ListAPIView[Report]):
    """The reports one may see; reporting a problem."""

    serializer_class = ReportRow
    queryset = Report.objects.none()
    filterset_class = ReportFilter
    pagination_class = Newest

    def get_queryset(self) -> ReportQuerySet:
        """Returns one's own reports and those of one's office."""
        return Report.objects.all().visible_to(actor_of(self.request)).select_related("entry")

    @extend_schema(summary="My reports, and those that my department or authority handles")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Returns a page of reports."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        summary="Report a problem, without an account",
        request=ReportIn,
        responses={201: ReportMade, **REPORT_PROBLEMS},
        examples=[
            OpenApiExample(
                "error",
                request_only=True,
                value={
                    "entry": "3065/0001",
                    "kind": "error",
                    "text": "第 12 行的 PM2.5 数值为负数，应当核对。",
                    "column": "pm25",
                    "row": "12",
                    "resource": "6f0c0a52-1b55-4c0f-9a39-7a3a3d0b7e55",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Takes the report and tells its receipt number and secret, this once."""
        actor = actor_of(request)
        sent = ReportIn(data=request.data)
        sent.is_valid(raise_exception=True)
        data = dict(sent.validated_data)
        entry = get_object_or_404(Entry.objects.all().visible_to(actor), code=data.pop("entry"))
        resource = version = None
        if wanted := data.pop("resource", None):
            visible = Resource.objects.all().visible_to(actor).select_related("current")
            resource = get_object_or_404(visible, pk=wanted, entry=entry)
        if (number := data.pop("version", None)) is not None and resource is not None:
            version = get_object_or_404(resource.versions.all(), number=number)
        try:
            report, secret = report_submit(
                entry=entry, actor=actor, now=timezone.now(), resource=resource, version=version, **data
            )
        except TooMany as refused:
            raise Throttled(wait=refused.wait, detail=str(refused)) from refused
        url = request.build_absolute_uri(f"/api/v1/reports/{report.receipt}/")
        made = {"receipt": report.receipt, "secret": secret, "state": report.state, "url": url}
        return Response(ReportMade(made).data, status=201, headers={"Location": url})


def _seen(request: Request, receipt: str, *, by_session: bool) -> tuple[Report, Actor]:
    """Returns the report and as whom the request looks at it: by the header's secret, else by person or session.

    A command is never given by a session that only knows a secret: such a session carries no CSRF protection here.
    """
    receipt = receipt_read(receipt)
    missing = NotFound(_("There is no report with this receipt number, or the secret does not belong to it."))
    if not receipt_looks_right(receipt):
        raise missing
    secret = request.headers.get("X-Report-Secret")
    if secret is not None:
        try:
            found = report_by_secret(receipt, secret, now=timezone.now())
        except TooMany as refused:
            raise Throttled(wait=refused.wait, detail=str(refused)) from refused
        if found is None:
            raise missing
        return found, Actor.reporter(found.pk, actor_of(request).address)
    seen = following.report_seen(_plain(request), receipt)
    if seen is None or (seen[1].kind == "reporter" and not by_session):
        raise missing
    return seen


def _plain(request: Request) -> HttpRequest:
    return request._request


def _told(report: Report, actor: Actor) -> Response:
    official = Report.objects.all().on_desk_of(actor).filter(pk=report.pk).exists()
    context = {"official": official, "actor": actor, "now": timezone.now()}
    return Response(ReportOut(report, context=context).data)


@method_decorator(never_cache, name="dispatch")
class ReportDetail(APIView):
    """One report, for its reporter and for who handles it."""

    @extend_schema(summary="Follow a report", parameters=[SECRET], responses={200: ReportOut, **REPORT_PROBLEMS})
    def get(self, request: Request, receipt: str) -> Response:
        """Returns the state, the timeline and, once it was sent, the answer."""
        return _told(*_seen(request, receipt, by_session=True))


@method_decorator(never_cache, name="dispatch")
class ReportCommands(APIView):
    """What officials and the reporter do on a report: each command of the law table that a person gives."""

    @extend_schema(
        summary="A command on a report",
        operation_id="reports_command",
        parameters=[SECRET, OpenApiParameter("command", str, OpenApiParameter.PATH, enum=COMMANDS)],
        request=ReportCommandIn,
        responses={200: ReportOut, **REPORT_PROBLEMS},
        examples=[
            OpenApiExample(
                "suspend",
                request_only=True,
                value={"outcome": "suspend", "note": "经核实数值有误，先中止开放，更正后恢复。"},
            )
        ],
    )
    def post(self, request: Request, receipt: str, command: str) -> Response:
        """Carries out the command; what it does to the entry holds at the very next request of anyone."""
        if command not in COMMANDS:
            raise Http404
        report, actor = _seen(request, receipt, by_session=False)
        sent = ReportCommandIn(data=request.data)
        sent.is_valid(raise_exception=True)
        report = report_command(report, command, actor=actor, now=timezone.now(), **sent.validated_data)
        return _told(report, actor)


urlpatterns = [
    path("reports/", Reports.as_view(), name="api_reports"),
    path("reports/<str:receipt>/", ReportDetail.as_view(), name="api_report"),
    path("reports/<str:receipt>/<slug:command>/", ReportCommands.as_view(), name="api_report_command"),
]
