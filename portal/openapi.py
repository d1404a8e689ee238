"""The description of the API: how one signs in, what an error looks like, and the pages that show it."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from portal.language import code_choices

PROBLEM_TYPE = "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "Why, in the reader's language."},
        "article": {"type": "integer", "description": "The article of the Measures that stands against it."},
        "errors": {"type": "object", "description": "What is wrong, by field.", "additionalProperties": True},
    },
}


class APIKeyScheme(OpenApiAuthenticationExtension):
    """Describes the two ways to send an API key."""

    target_class = "opendata.authentication.APIKeyAuthentication"
    name = ["bearerKey", "headerKey"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Returns both schemes: the Authorization header, and the header for clients that cannot set that one."""
        return [
            {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer xjod_…"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]


def report_kinds() -> list[tuple[str, str]]:
    """Returns the kinds of report, for the name of their enumeration."""
    return code_choices("report_kind")


def organisation_kinds() -> list[tuple[str, str]]:
    """Returns the kinds of organisation, for the name of their enumeration."""
    return code_choices("identity_kind", without=("natural_person",))


def add_problems(result: dict[str, Any], generator: SchemaGenerator, **kwargs: Any) -> dict[str, Any]:
    """Says of every operation that an error is a problem document (RFC 9457); drf-spectacular calls this at the end."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for operation in (path[method] for method in METHODS if method in path):
            responses = operation["responses"]
            responses.setdefault("default", {"description": "An error", "content": content})
            for status, response in responses.items():
                if status.startswith(("4", "5")):
                    _as_problem(response, content)
    return result


def _as_problem(response: dict[str, Any], content: dict[str, Any]) -> None:
    """Gives a documented refusal the type under which it is sent; its examples go along."""
    told = response.get("content", {}).pop("application/json", {})
    response["content"] = {PROBLEM_TYPE: told | content[PROBLEM_TYPE]}


class SchemaDocument(SpectacularAPIView):
    """The OpenAPI 3.1 document."""


class SchemaPage(SpectacularSwaggerSplitView):
    """The page that shows it and tries it out; its script is a file of its own, as the content policy asks."""

    url_name = "api_schema"
