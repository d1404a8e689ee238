"""`/api/v1/grants/` and `/api/v1/keys/`: one's grants, and the keys made for them. A key never manages keys."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from opendata.api.resources import PROBLEMS, RULE_PROBLEM
from opendata.api.serializers import GrantCommandSerializer, GrantSerializer, KeyMadeSerializer, KeySerializer
from opendata.grants import grant_command
from opendata.keys import key_create, key_revoke
from opendata.models import APIKey, Grant
from opendata.querysets import APIKeyQuerySet, GrantQuerySet
from portal.accounts import access
from portal.accounts.actors import actor_of
from portal.law import RULES

COMMANDS = [row.name for row in RULES.machine("grant").commands if not row.by_system]


@extend_schema(summary="Grants that I hold, or that lie on my department's entries")
class Grants(ListAPIView[Grant]):
    """The grants the actor may see, newest first."""

    serializer_class = GrantSerializer
    queryset = Grant.objects.none()

    def get_queryset(self) -> GrantQuerySet:
        """Returns the visible grants with what their rows show."""
        found = Grant.objects.all().visible_to(actor_of(self.request))
        return found.select_related("entry").prefetch_related("entry__resources")


class GrantCommands(APIView):
    """suspend, resume, revoke (officials), end (holder)."""

    @extend_schema(
        operation_id="grants_command",
        summary="A command on a grant",
        parameters=[OpenApiParameter("command", str, OpenApiParameter.PATH, enum=COMMANDS)],
        request=GrantCommandSerializer,
        responses={200: GrantSerializer, **PROBLEMS, 409: RULE_PROBLEM},
    )
    def post(self, request: Request, pk: Any, command: str) -> Response:
        """Carries out the command through the service; it holds at the very next request of any key."""
        if command not in COMMANDS:
            raise Http404
        actor = actor_of(request)
        grant = get_object_or_404(Grant.objects.all().visible_to(actor), pk=pk)
        sent = GrantCommandSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        grant = grant_command(grant, command, actor=actor, now=timezone.now(), note=sent.validated_data["note"])
        return Response(GrantSerializer(grant).data)


class Keys(APIView):
    """My keys; making one."""

    @extend_schema(summary="My API keys", responses={200: KeySerializer(many=True)})
    def get(self, request: Request) -> Response:
        """Returns the actor's keys; secrets are not kept and cannot be shown."""
        found: APIKeyQuerySet = APIKey.objects.all().visible_to(actor_of(request))
        return Response(KeySerializer(found.prefetch_related("grants"), many=True).data)

    @extend_schema(
        summary="Make an API key",
        request=KeySerializer,
        responses={201: KeyMadeSerializer, **PROBLEMS, 409: RULE_PROBLEM},
        examples=[
            OpenApiExample(
                "key",
                request_only=True,
                value={"name": "分析程序", "grants": ["<uuid>"], "expires_at": "2027-06-30T00:00:00+08:00"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Makes a key for chosen grants and tells its secret, this once."""
        actor = actor_of(request)
        access.person(actor)
        sent = KeySerializer(data=request.data, context={"grants": Grant.objects.all().held_by(actor)})
        sent.is_valid(raise_exception=True)
        data = sent.validated_data
        key, secret = key_create(
            actor=actor,
            name=data["name"],
            grants=data["grants"],
            expires_at=data["expires_at"],
            now=timezone.now(),
        )
        return Response(KeySerializer(key).data | {"secret": secret}, status=201)


class Key(APIView):
    """One of my keys."""

    @extend_schema(summary="Revoke an API key", responses={204: None, **PROBLEMS, 409: RULE_PROBLEM})
    def delete(self, request: Request, pk: Any) -> Response:
        """Ends the key at once."""
        actor = actor_of(request)
        key_revoke(get_object_or_404(APIKey.objects.all().visible_to(actor), pk=pk), actor=actor, now=timezone.now())
        return Response(status=204)


urlpatterns = [
    path("grants/", Grants.as_view(), name="api_grants"),
    path("grants/<uuid:pk>/<slug:command>/", GrantCommands.as_view(), name="api_grant_command"),
    path("keys/", Keys.as_view(), name="api_keys"),
    path("keys/<uuid:pk>/", Key.as_view(), name="api_key"),
]
