"""`/api/v1/departments/` and `/api/v1/codes/`: who provides, and what the coded values mean."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalogue.api.schema import PAGING, Unprocessable, filter_parameter, problems
from catalogue.api.serializers import CodeListSerializer, DepartmentSerializer
from portal.accounts.actors import actor_of
from portal.accounts.models import Department, Jurisdiction
from portal.language import code_choices
from portal.law import RULES
from portal.pagination import CursorPagination


class DepartmentFilter(filters.FilterSet):
    """Departments by level of government and kind."""

    jurisdiction = filters.ModelChoiceFilter(to_field_name="code", queryset=Jurisdiction.objects.all())
    kind = filters.ChoiceFilter(choices=code_choices("department_kind"))

    class Meta:
        model = Department
        fields: list[str] = []


class ByCode(CursorPagination):
    """Pages of departments in the order of their codes."""

    ordering = "code"


def _departments(request: Request) -> QuerySet[Department]:
    """Returns the departments with the number of their entries in the open catalogue."""
    public = Q(entries__published__isnull=False, entries__availability__in=["live", "suspended"])
    shown = Department.objects.all().visible_to(actor_of(request)).select_related("jurisdiction")
    return shown.annotate(public_entries=Count("entries", filter=public))


class DepartmentList(APIView):
    """Who provides data (Art. 2, 6)."""

    @extend_schema(
        operation_id="departments_list",
        summary="Departments",
        parameters=[
            filter_parameter("jurisdiction", "A code of `/api/v1/codes/region/`.", many=False),
            filter_parameter("kind", "`government` or `public_service`.", many=False),
            *PAGING,
        ],
        responses={200: DepartmentSerializer(many=True), **problems(404, 422)},
    )
    def get(self, request: Request) -> Response:
        """Returns one page of departments."""
        found = DepartmentFilter(request.query_params, queryset=_departments(request))
        if not found.is_valid():
            raise Unprocessable({name: list(messages) for name, messages in found.errors.items()})
        pages = ByCode()
        page: list[Any] | None = pages.paginate_queryset(found.qs, request, view=self)
        return pages.get_paginated_response(DepartmentSerializer(page, many=True, context={"request": request}).data)


class DepartmentDetail(APIView):
    """One department."""

    @extend_schema(
        operation_id="departments_retrieve",
        summary="One department",
        responses={200: DepartmentSerializer, **problems(404)},
    )
    def get(self, request: Request, code: str) -> Response:
        """Returns the department."""
        department = get_object_or_404(_departments(request), code=code)
        return Response(DepartmentSerializer(department, context={"request": request}).data)


class CodeLists(APIView):
    """The code lists of the law table."""

    @extend_schema(operation_id="codes_list", summary="All code lists", responses={200: CodeListSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """Returns every list with its codes."""
        return Response(CodeListSerializer(RULES.code_lists, many=True).data)


class CodeListDetail(APIView):
    """One code list, such as the domains."""

    @extend_schema(
        operation_id="codes_retrieve",
        summary="One code list",
        responses={200: CodeListSerializer, **problems(404)},
    )
    def get(self, request: Request, name: str) -> Response:
        """Returns the list."""
        found = next((codes for codes in RULES.code_lists if codes.name == name), None)
        if found is None:
            raise Http404
        return Response(CodeListSerializer(found).data)
