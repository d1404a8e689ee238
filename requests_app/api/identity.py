"""`/api/v1/identity/`, `/api/v1/organisations/`: one's own checks; `/api/v1/identities/…`: the officer's decision."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opendata.api.resources import PROBLEMS
from opendata.api.serializers import ProblemSerializer
from portal.accounts.access import Denied, NotAllowed
from portal.accounts.actors import Actor, actor_of
from portal.accounts.models import Identity, Jurisdiction, Organisation
from portal.language import code_choices
from requests_app.services.identity import DECISIONS, identity_decide, identity_request, organisation_register

CHECK_PROBLEMS = PROBLEMS | {
    400: OpenApiResponse(ProblemSerializer, "A value is malformed: a wrong check character, a missing name."),
    409: OpenApiResponse(ProblemSerializer, "A rule stands against it, with the article."),
}
PLACES = Jurisdiction.objects.filter(departments__is_authority=True)


class IdentityIn(serializers.Serializer[Any]):
    """A natural person's facts."""

    real_name = serializers.CharField(max_length=80)
    number = serializers.CharField(max_length=24, write_only=True)
    jurisdiction = serializers.SlugRelatedField(slug_field="code", queryset=PLACES)


class OrganisationIn(serializers.Serializer[Any]):
    """An organisation's facts."""

    name = serializers.CharField(max_length=160)
    uscc = serializers.CharField(max_length=24)
    kind = serializers.ChoiceField(choices=code_choices("identity_kind", without=("natural_person",)))
    authorisation = serializers.CharField(max_length=200)
    jurisdiction = serializers.SlugRelatedField(slug_field="code", queryset=PLACES)


class IdentityOut(serializers.ModelSerializer[Identity]):
    """How far a person's check is; the number is never told."""

    class Meta:
        model = Identity
        fields = ("id", "real_name", "state", "jurisdiction", "requested_at", "decided_at", "note")


class OrganisationOut(serializers.ModelSerializer[Organisation]):
    """An organisation and how far its check is."""

    class Meta:
        model = Organisation
        fields = ("id", "name", "uscc", "kind", "state", "jurisdiction", "requested_at", "decided_at", "note")


class DecisionIn(serializers.Serializer[Any]):
    """The officer's reason; a rejection needs one."""

    note = serializers.CharField(max_length=2000, allow_blank=True, default="")


def _person(request: Request) -> Actor:
    """Returns the signed-in person; a key has no identity of its own to show."""
    actor = actor_of(request)
    if actor.kind != "user":
        raise NotAllowed(Denied(_("Sign in with your own account to do this."), 36))
    return actor


@method_decorator(never_cache, name="dispatch")
class OwnIdentity(APIView):
    """One's own identity."""

    @extend_schema(summary="My identity check", responses={200: IdentityOut, **CHECK_PROBLEMS})
    def get(self, request: Request) -> Response:
        """Returns one's own check, or 404 before it was asked for."""
        return Response(IdentityOut(get_object_or_404(Identity, user=_person(request).user)).data)

    @extend_schema(
        summary="Have my identity checked",
        request=IdentityIn,
        responses={201: IdentityOut, **CHECK_PROBLEMS},
        examples=[
            OpenApiExample(
                "sample",
                request_only=True,
                value={"real_name": "示例用户", "number": "11010519491231002X", "jurisdiction": "650000"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Asks for the check; the number is kept sealed."""
        actor = _person(request)
        sent = IdentityIn(data=request.data)
        sent.is_valid(raise_exception=True)
        made = identity_request(actor=actor, now=timezone.now(), **sent.validated_data)
        return Response(IdentityOut(made).data, status=201)


@method_decorator(never_cache, name="dispatch")
class OwnOrganisations(APIView):
    """The organisations one is authorised for."""

    @extend_schema(summary="Organisations I act for", responses={200: OrganisationOut(many=True), **CHECK_PROBLEMS})
    def get(self, request: Request) -> Response:
        """Returns the organisations whose authorised person one is."""
        own = Organisation.objects.filter(authorised_person=_person(request).user)
        return Response(OrganisationOut(own, many=True).data)

    @extend_schema(
        summary="Register an organisation",
        request=OrganisationIn,
        responses={201: OrganisationOut, **CHECK_PROBLEMS},
        examples=[
            OpenApiExample(
                "sample",
                request_only=True,
                value={
                    "name": "示例科技有限公司",
                    "uscc": "91350100M000100Y43",
                    "kind": "legal_person",
                    "authorisation": "授权书 2026 年第 1 号",
                    "jurisdiction": "650000",
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Registers it with the signed-in person as its authorised person."""
        actor = _person(request)
        sent = OrganisationIn(data=request.data)
        sent.is_valid(raise_exception=True)
        data = dict(sent.validated_data)
        made = organisation_register(actor=actor, uscc_code=data.pop("uscc"), now=timezone.now(), **data)
        return Response(OrganisationOut(made).data, status=201)


@method_decorator(never_cache, name="dispatch")
class IdentityDecision(APIView):
    """The officer's decision on a person or an organisation."""

    @extend_schema(
        summary="Verify or reject an identity",
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["person", "organisation"]),
            OpenApiParameter("command", str, OpenApiParameter.PATH, enum=list(DECISIONS)),
        ],
        request=DecisionIn,
        responses={200: OpenApiResponse(IdentityOut, "The person or the organisation."), **CHECK_PROBLEMS},
        examples=[OpenApiExample("reject", request_only=True, value={"note": "姓名与证件不一致，请更正后重新申请。"})],
    )
    def post(self, request: Request, kind: str, pk: Any, command: str) -> Response:
        """Records the decision and tells the applicant."""
        actor = actor_of(request)
        if command not in DECISIONS or kind not in {"person", "organisation"} or actor.kind != "user":
            raise Http404
        sent = DecisionIn(data=request.data)
        sent.is_valid(raise_exception=True)
        note = sent.validated_data["note"]
        if kind == "person":
            person = get_object_or_404(Identity.objects.all().visible_to(actor), pk=pk)
            identity_decide(person, command, actor=actor, now=timezone.now(), note=note)
            return Response(IdentityOut(person).data)
        organisation = get_object_or_404(Organisation.objects.all().visible_to(actor), pk=pk)
        identity_decide(organisation, command, actor=actor, now=timezone.now(), note=note)
        return Response(OrganisationOut(organisation).data)


urlpatterns = [
    path("identity/", OwnIdentity.as_view(), name="api_identity"),
    path("organisations/", OwnOrganisations.as_view(), name="api_organisations"),
    path("identities/<slug:kind>/<uuid:pk>/<slug:command>/", IdentityDecision.as_view(), name="api_identity_decide"),
]
