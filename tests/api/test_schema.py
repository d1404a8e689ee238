"""The description of the API is valid OpenAPI 3.1, complete, and says how each operation refuses."""

import io
import re

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.urls import URLResolver, get_resolver
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

PROBLEM_TYPE = "application/problem+json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
METHODS = ("get", "post", "put", "patch", "delete")
NOT_DESCRIBED = {"api_schema", "api_docs"}


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(public=True)


@pytest.fixture(scope="module")
def operations(document):
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def served(patterns, prefix="/"):
    """Yields each API route as the document writes it, with the methods that its view has."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from served(pattern.url_patterns, address)
        elif address.startswith("/api/v1/") and pattern.name not in NOT_DESCRIBED:
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address).replace("{pk}", "{id}")
            view = pattern.callback.view_class
            yield from (f"{method.upper()} {path}" for method in METHODS if hasattr(view, method))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_command_that_clients_are_made_with_finds_nothing_to_warn_of(language):
    written = io.StringIO()
    with translation.override(language):
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=written)
    assert written.getvalue().startswith("openapi: 3.1")


def test_the_deployment_check_finds_nothing_in_the_description():
    found = run_checks(include_deployment_checks=True)
    assert [str(one) for one in found if one.id.startswith("drf_spectacular")] == []


@pytest.mark.django_db
def test_the_served_document_is_the_valid_one(document):
    answer = APIClient().get("/api/v1/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert answer.status_code == 200
    told = answer.json()
    validate_schema(told)
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) == set(document["paths"])


def test_every_view_of_the_api_is_described(operations):
    addresses = set(served(get_resolver().url_patterns))
    assert len(addresses) > 40
    assert addresses == set(operations)


def test_every_operation_has_its_own_name_and_a_summary(operations):
    names = [operation["operationId"] for operation in operations.values()]
    assert len(names) == len(set(names))
    unsaid = [address for address, operation in operations.items() if len(operation.get("summary", "")) < 6]
    assert unsaid == []
    numbered = [name for name in names if re.search(r"_\d+$|\.", name)]
    assert numbered == [], "a collision was resolved by a number, or a name cannot be a function's"


def test_every_operation_says_how_it_refuses(operations):
    for address, operation in operations.items():
        refusals = {code: told for code, told in operation["responses"].items() if not code.startswith("2")}
        assert "default" in refusals, address
        for code, told in refusals.items():
            assert set(told["content"]) == {PROBLEM_TYPE}, (address, code)
            assert told["content"][PROBLEM_TYPE]["schema"] == PROBLEM, (address, code)
            assert told["description"], (address, code)


def test_an_operation_that_changes_something_names_denial_and_rule(operations):
    for address, operation in operations.items():
        method = address.split()[0]
        if method == "GET" or address.endswith("/query/"):
            continue
        responses = set(operation["responses"])
        assert {"409"} <= responses, address
        assert responses & {"401", "403", "404"}, address


def test_every_body_that_is_sent_is_described(operations):
    bare = [
        address
        for address, operation in operations.items()
        if address.startswith(("POST", "PATCH")) and not operation.get("requestBody", {}).get("content")
    ]
    # Opening a version and reading a file again need no words; an upload (tus) speaks in headers.
    known = {"/api/v1/entries/{code}/versions/", "/api/v1/resources/{id}/read-again/", "/api/v1/uploads/"}
    assert {address.removeprefix("POST ") for address in bare} <= known


def test_commands_list_their_words(operations):
    commands = {address: one for address, one in operations.items() if "{command}" in address}
    assert len(commands) == 7
    for address, operation in commands.items():
        parameter = next(one for one in operation["parameters"] if one["name"] == "command")
        assert parameter["schema"].get("enum"), address


def test_errors_look_as_the_document_says(db):
    for address, status in (
        ("/api/v1/nothing/", 404),
        ("/api/v1/entries/none/0001/", 404),
        ("/api/v1/entries/?domain=none", 422),
        ("/api/v1/reports/FK-20260101-AAAAAA/", 404),
        ("/api/v1/identity/", 403),
    ):
        answer = APIClient().get(address)
        assert answer.status_code in {status, 401}, address
        assert answer["Content-Type"].startswith(PROBLEM_TYPE), address
        body = answer.json()
        assert {"type", "title", "status", "detail"} <= set(body), address
        assert body["status"] == answer.status_code


def test_both_ways_to_send_a_key_are_described(document):
    schemes = document["components"]["securitySchemes"]
    assert schemes["bearerKey"]["scheme"] == "bearer"
    assert schemes["headerKey"] == {"type": "apiKey", "in": "header", "name": "X-API-Key"}
