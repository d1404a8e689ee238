"""What the views of one resource share: how it is found, and the problems they may answer."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse
from rest_framework.views import APIView

from opendata.api.serializers import ProblemSerializer
from opendata.models import Resource
from portal.accounts.actors import actor_of

PROBLEMS = {
    401: OpenApiResponse(ProblemSerializer, "The key is unknown, expired or revoked."),
    403: OpenApiResponse(ProblemSerializer, "Known but denied, with the reason and the article."),
    404: OpenApiResponse(ProblemSerializer, "No such resource, or not visible."),
}
RULE_PROBLEM = OpenApiResponse(ProblemSerializer, "A rule stands against it, with the article.")
ROW_PROBLEMS = PROBLEMS | {
    422: OpenApiResponse(ProblemSerializer, "The query is not understood; `errors` names the parameter."),
    429: OpenApiResponse(ProblemSerializer, "The grant's rows for today are used up."),
}


class ResourceView(APIView):
    """What the views of one resource share: it is looked up among what the actor sees."""

    def resource(self, pk: Any) -> Resource:
        """Returns the visible resource or answers 404."""
        actor = actor_of(self.request)
        found = Resource.objects.all().visible_to(actor)
        related = found.select_related("entry__provider__jurisdiction", "entry__published", "current")
        return get_object_or_404(related, pk=pk)
