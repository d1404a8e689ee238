"""Personal data in versions and records of de-identification, by the same services as the pages (Art. 26, 36)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opendata.api.base import PROBLEMS, RULE_PROBLEM
from opendata.duties import require_attacher
from opendata.models import Deidentification, PersonalDataDecision, Resource, ResourceVersion
from opendata.privacy import decisions, deidentify
from opendata.privacy.gate import blocking_hits, hits_of
from opendata.privacy.plan import K_DEFAULT, K_MOST, L_DEFAULT, L_MOST
from opendata.privacy.report import measurements
from portal.accounts.actors import actor_of


class HitSerializer(serializers.Serializer[Any]):
    """What detectors found of one kind in one column; examples are masked."""

    column = serializers.CharField()
    kind = serializers.CharField()
    hits = serializers.IntegerField()
    share = serializers.FloatField()
    first_line = serializers.IntegerField(allow_null=True)
    examples = serializers.ListField(child=serializers.CharField())


class DecidedSerializer(serializers.ModelSerializer[PersonalDataDecision]):
    """A decision that was made; it is never changed."""

    class Meta:
        model = PersonalDataDecision
        fields = ["decision", "reason", "decided_at"]


class PersonalSerializer(serializers.Serializer[Any]):
    """What was found in a version, whether it keeps the version from being open to all, and what was decided."""

    version = serializers.IntegerField()
    state = serializers.CharField()
    found = HitSerializer(many=True)
    undecided = serializers.BooleanField()
    decisions = DecidedSerializer(many=True)


class DecideSerializer(serializers.Serializer[Any]):
    """One of the three decisions with its reason; `basis` is the law for data that is lawfully public."""

    decision = serializers.ChoiceField(choices=PersonalDataDecision.DECISIONS)
    reason = serializers.CharField(max_length=2000)
    basis = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class PlanSerializer(serializers.Serializer[Any]):
    """What is done to each column, the roles of columns, the thresholds, and where the result goes."""

    plan = serializers.DictField(
        help_text='`{"columns": {name: {"do": …, "first": n, "last": n, "width": n}}, "suppress": bool, "group": bool}`'
    )
    quasi = serializers.ListField(child=serializers.CharField(), max_length=300)
    sensitive = serializers.ListField(child=serializers.CharField(), max_length=300, required=False, default=list)
    k = serializers.IntegerField(required=False, default=K_DEFAULT, min_value=2, max_value=K_MOST)
    l = serializers.IntegerField(required=False, default=L_DEFAULT, min_value=1, max_value=L_MOST)  # noqa: E741
    target = serializers.UUIDField(required=False, allow_null=True, default=None)
    title = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


class RecordSerializer(serializers.Serializer[Any]):
    """A record of de-identification, with what was measured before and after; nothing of the data itself."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Deidentification.STATES)
    problem = serializers.CharField()
    made_from = serializers.DictField()
    target = serializers.UUIDField(allow_null=True)
    job = serializers.UUIDField(allow_null=True)
    plan = serializers.DictField()
    quasi_identifiers = serializers.ListField(child=serializers.CharField())
    sensitive = serializers.ListField(child=serializers.CharField())
    thresholds = serializers.DictField()
    before = serializers.DictField()
    after = serializers.DictField()
    reaches_thresholds = serializers.BooleanField()
    output_sha256 = serializers.CharField(allow_null=True)
    made_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField()


class RecordNoteSerializer(serializers.Serializer[Any]):
    """The note of a decision; a return needs one."""

    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class InsideView(APIView):
    """What the views share: a version looked up among those that the actor sees from the inside."""

    def version(self, request: Request, pk: Any, number: int) -> ResourceVersion:
        """Returns the version or answers 404."""
        found = ResourceVersion.objects.all().own(actor_of(request)).select_related("resource__entry__provider", "job")
        return get_object_or_404(found, resource=pk, number=number)


class VersionPersonal(InsideView):
    """Personal data in one version."""

    @extend_schema(summary="Personal data found in a version", responses={200: PersonalSerializer, **PROBLEMS})
    def get(self, request: Request, pk: Any, number: int) -> Response:
        """Returns what was found, masked, and what was decided; for the data's own officials."""
        return Response(self._told(self.version(request, pk, number)))

    @extend_schema(
        summary="Decide on personal data in a version",
        request=DecideSerializer,
        responses={200: PersonalSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any, number: int) -> Response:
        """Takes the secrecy reviewer's decision and carries it out."""
        version = self.version(request, pk, number)
        sent = DecideSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        decisions.personal_decide(version, actor=actor_of(request), now=timezone.now(), **sent.validated_data)
        return Response(self._told(version))

    def _told(self, version: ResourceVersion) -> dict[str, Any]:
        version.refresh_from_db()
        return {
            "version": version.number,
            "state": version.state,
            "found": [hit.to_json() for hit in hits_of(version.columns)],
            "undecided": bool(blocking_hits(version)),
            "decisions": DecidedSerializer(version.personal_decisions.all(), many=True).data,
        }


class VersionDeidentify(InsideView):
    """Records of de-identification of one version."""

    @extend_schema(
        summary="Begin a record of de-identification",
        request=PlanSerializer,
        responses={202: RecordSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any, number: int) -> Response:
        """Checks the plan and answers 202 with the record, whose table a worker makes and measures."""
        version = self.version(request, pk, number)
        require_attacher(actor_of(request), version.resource.entry)
        sent = PlanSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        target = given.pop("target")
        if target is not None:
            target = get_object_or_404(Resource.objects.all().visible_to(actor_of(request)), pk=target)
        made = deidentify.deidentification_begin(
            version, actor=actor_of(request), now=timezone.now(), target=target, **given
        )
        return Response(measurements(made), status=202)


class Record(APIView):
    """One record of de-identification."""

    @extend_schema(summary="One record of de-identification", responses={200: RecordSerializer, **PROBLEMS})
    def get(self, request: Request, pk: Any) -> Response:
        """Returns plan, roles, thresholds, and what was measured before and after."""
        return Response(measurements(get_object_or_404(_visible(request), pk=pk)))


class RecordCommand(APIView):
    """The decision on a record."""

    @extend_schema(
        summary="Approve or return a record of de-identification",
        parameters=[OpenApiParameter("command", str, OpenApiParameter.PATH, enum=sorted(deidentify.COMMANDS))],
        request=RecordNoteSerializer,
        responses={200: RecordSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any, command: str) -> Response:
        """Carries out `approve` or `return`; an approved table goes on as an upload."""
        made = get_object_or_404(_visible(request), pk=pk)
        if command not in deidentify.COMMANDS:
            raise Http404
        sent = RecordNoteSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        note = sent.validated_data["note"]
        deidentify.deidentification_command(made, command, actor=actor_of(request), now=timezone.now(), note=note)
        return Response(measurements(made))


def _visible(request: Request) -> Any:
    found = Deidentification.objects.all().visible_to(actor_of(request))
    return found.select_related("source__resource__entry__provider", "target", "made_by", "output")


urlpatterns = [
    path("resources/<uuid:pk>/versions/<int:number>/personal/", VersionPersonal.as_view(), name="api_version_personal"),
    path(
        "resources/<uuid:pk>/versions/<int:number>/deidentify/",
        VersionDeidentify.as_view(),
        name="api_version_deidentify",
    ),
    path("deidentifications/<uuid:pk>/", Record.as_view(), name="api_deidentification"),
    path("deidentifications/<uuid:pk>/<slug:command>/", RecordCommand.as_view(), name="api_deidentification_command"),
]
