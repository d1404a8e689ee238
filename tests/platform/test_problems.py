"""Refusals are told alike: a page in words, a problem document for programs (RFC 9457), nothing of the inside."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils.translation import override
from rest_framework import exceptions as api
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.access import Denied, NotAllowed
from portal.law import Text
from portal.law.errors import RuleBroken
from portal.urls import urlpatterns as real_urlpatterns

RAISED = {
    "rule": RuleBroken(Text("不能这样做", "Not like this"), article=10, field="note"),
    "denied": NotAllowed(Denied("Only the reviewer may", 12)),
    "forbidden": PermissionDenied("inside"),
    "missing": Http404("inside"),
    "invalid": DjangoValidationError({"title": ["too long"]}),
    "shape": api.ValidationError({"title": ["required"]}),
    "list": api.ValidationError(["not an object"]),
    "nobody": api.NotAuthenticated(),
    "key": api.AuthenticationFailed("unknown key"),
    "method": api.MethodNotAllowed("PUT"),
    "often": api.Throttled(wait=11.2),
    "fault": RuntimeError("secret inside"),
}


class Raises(APIView):
    """Raises what the address names."""

    authentication_classes = []
    schema = None

    def get(self, request, name):
        raise RAISED[name]


class Answers(APIView):
    """Answers, so that the JSON body is parsed."""

    authentication_classes = []
    schema = None

    def post(self, request):
        return Response(request.data)


def page_that_raises(request, name):
    raise RAISED[name]


urlpatterns = [
    path("api/v1/raise/<name>/", Raises.as_view()),
    path("api/v1/answer/", Answers.as_view()),
    path("raise/<name>/", page_that_raises),
    path("fine/", lambda request: HttpResponse("fine")),
    path("", include(real_urlpatterns)),
]
handler403 = "portal.problems.page_forbidden"
handler404 = "portal.problems.page_not_found"
handler500 = "portal.problems.page_error"

pytestmark = [pytest.mark.urls("tests.platform.test_problems"), pytest.mark.django_db]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False, headers={"accept-language": "en"})


@pytest.mark.parametrize(
    ("name", "status", "members"),
    [
        ("rule", 409, {"detail": "Not like this", "article": 10, "errors": {"note": ["Not like this"]}}),
        ("denied", 403, {"detail": "Only the reviewer may", "article": 12}),
        ("forbidden", 403, {"detail": "You are not allowed to do this."}),
        ("missing", 404, {"title": "Not found"}),
        ("invalid", 400, {"errors": {"title": ["too long"]}}),
        ("shape", 400, {"errors": {"title": ["required"]}}),
        ("list", 400, {"errors": {"non_field_errors": ["not an object"]}}),
        ("nobody", 401, {"title": "Sign-in or API key needed"}),
        ("key", 401, {"detail": "unknown key"}),
        ("method", 405, {}),
        ("often", 429, {"title": "Too many requests"}),
        ("fault", 500, {"title": "Something went wrong on our side"}),
    ],
)
def test_program_gets_a_problem_document(visitor, name, status, members):
    response = visitor.get(f"/api/v1/raise/{name}/")
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    body = json.loads(response.content)
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == status
    assert body.items() >= members.items()
    assert "inside" not in response.content.decode()


def test_throttled_program_learns_when_to_come_back(visitor):
    assert visitor.get("/api/v1/raise/often/")["Retry-After"] == "12"


def test_unauthenticated_program_learns_how(visitor):
    assert visitor.get("/api/v1/raise/key/")["WWW-Authenticate"] == "Bearer"


def test_unknown_api_address_is_a_problem_document(visitor):
    response = visitor.get("/api/v1/no-such-thing/")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_malformed_json_is_a_problem_document(visitor):
    response = visitor.post("/api/v1/answer/", data="{", content_type="application/json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_problem_speaks_the_reader_s_language(visitor):
    response = visitor.get("/api/v1/raise/rule/", headers={"accept-language": "zh-hans"})
    assert json.loads(response.content)["detail"] == "不能这样做"


@pytest.mark.parametrize(("name", "status", "words"), [("rule", 409, "Not like this"), ("denied", 403, "Only the rev")])
def test_page_says_why_and_by_which_article(visitor, name, status, words):
    response = visitor.get(f"/raise/{name}/")
    page = response.content.decode()
    assert (response.status_code, response["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert words in page
    assert str(RAISED[name].article) in page


@pytest.mark.parametrize(
    ("address", "status"), [("/raise/missing/", 404), ("/no-such-page/", 404), ("/raise/fault/", 500)]
)
def test_page_of_a_fault_shows_nothing_of_the_inside(visitor, address, status):
    response = visitor.get(address)
    assert response.status_code == status
    assert "inside" not in response.content.decode()


def test_form_from_elsewhere_is_refused_with_a_page(rf):
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = client.post("/fine/", {"a": "b"})
    assert (response.status_code, response["Content-Type"]) == (403, "text/html; charset=utf-8")


def test_titles_exist_in_chinese():
    with override("zh-hans"):
        response = Client(raise_request_exception=False).get("/api/v1/raise/missing/")
    assert json.loads(response.content)["title"] == "没有找到"
