"""What the catalogue's API documents of itself: problem answers and examples."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError


class Unprocessable(ValidationError):
    """A well-formed request with a parameter that cannot be answered; `errors` names it (RFC 9110 §15.5.21)."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


@extend_schema_serializer(component_name="CatalogueProblem")
class ProblemSerializer(serializers.Serializer[Any]):
    """An RFC 9457 problem document, with the article of the Measures where one applies."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    article = serializers.IntegerField(required=False)
    errors = serializers.DictField(required=False)  # type: ignore[assignment]  # RFC 9457 extension member


def problems(*statuses: int) -> dict[int, OpenApiResponse]:
    """Returns the documented problem answers of these statuses."""
    return {number: OpenApiResponse(ProblemSerializer, PROBLEM_TEXTS[number]) for number in statuses}


PROBLEM_TEXTS = {
    400: "Values are malformed; `errors` names each field.",
    401: "Sign in first.",
    403: "Known but denied, with the reason and the article.",
    404: "There is nothing here, or nothing that you may see.",
    409: "A rule of the Measures stands against it; `article` and `errors` say which and where.",
    422: "A parameter has a value that is in no list; `errors` names the parameter.",
}


def filter_parameter(name: str, description: str, *, many: bool = True, kind: type = str) -> OpenApiParameter:
    """Returns the documentation of one filter; most may be repeated, which means any of the values."""
    return OpenApiParameter(name, kind, description=description, many=many, required=False)


FILTERS = [
    filter_parameter(
        "q",
        "Words, in Chinese (simplified or traditional), pinyin, initials, English or codes. All must be met.",
        many=False,
    ),
    filter_parameter("domain", "Domain codes; see `/api/v1/codes/domain/`."),
    filter_parameter("department", "Codes of providing departments; see `/api/v1/departments/`."),
    filter_parameter("open_class", "`unconditional`, `conditional` or `non_open` (Art. 26)."),
    filter_parameter("format", "Format classes; see `/api/v1/codes/format_class/`."),
    filter_parameter("region", "Region covered: GB/T 2260 codes, or XPCC."),
    filter_parameter("jurisdiction", "Jurisdiction of the provider, by the same codes."),
    filter_parameter("update_frequency", "Update frequencies; see `/api/v1/codes/update_frequency/`."),
    filter_parameter("library", "`none`, `base`, `theme` or `special` (Art. 8)."),
    filter_parameter("year", "A year that the data reaches into, 1900–2100.", many=False, kind=int),
]
PAGING = [
    filter_parameter("cursor", "The cursor in `next` or `previous` of another page.", many=False),
    filter_parameter("limit", "Entries on a page, at most 100.", many=False, kind=int),
]

CODED = {"value": "environment", "zh": "生态环境", "en": "Ecology and environment"}
CARD = {
    "code": "3065/0001",
    "title": "空气质量监测数据",
    "title_en": "Air quality readings",
    "abstract": "各监测站逐小时空气质量数据。",
    "provider": {"code": "xj-env", "name": "示例部门", "name_en": "Sample department", "jurisdiction": "650000"},
    "domain": CODED,
    "open_class": {"value": "unconditional", "zh": "无条件开放", "en": "Unconditional"},
    "format_class": {"value": "spreadsheet", "zh": "电子表格", "en": "Spreadsheet"},
    "update_frequency": {"value": "daily", "zh": "每日", "en": "Daily"},
    "library": {"value": "none", "zh": "不入库", "en": "None"},
    "region": {"value": "650000", "zh": "新疆维吾尔自治区", "en": "Xinjiang"},
    "availability": {"value": "live", "zh": "正常提供", "en": "Live"},
    "first_published_at": "2026-03-02T10:00:00+08:00",
    "published_at": "2026-03-02T10:00:00+08:00",
    "url": "https://data.example.cn/api/v1/entries/3065/0001/",
    "page": "https://data.example.cn/catalogue/3065/0001/",
}
LIST_EXAMPLE = OpenApiExample(
    "Two words and a domain",
    value={"count": 1, "next": None, "previous": None, "results": [CARD]},
    response_only=True,
)
REGISTER_EXAMPLE = OpenApiExample(
    "An unconditional entry",
    value={
        "provider": "xj-env",
        "code": "3065/0001",
        "title": "空气质量监测数据",
        "abstract": "各监测站逐小时空气质量数据。",
        "domain": "environment",
        "format_class": "spreadsheet",
        "data_form": "both",
        "update_frequency": "daily",
        "share_type": "unconditional",
        "open_class": "unconditional",
        "open_scope": "全区各监测站",
        "open_content": "站点、时间、浓度",
        "use_requirements": "注明数据来源和获取日期",
        "region": "650000",
        "licence": "open-public-data",
        "contact": "0991-0000000",
        "elements": [{"name": "pm25", "meaning": "细颗粒物浓度", "type": "decimal", "unit": "µg/m³"}],
    },
    request_only=True,
)
RULE_EXAMPLE = OpenApiExample(
    "A condition without a legal basis",
    value={
        "type": "about:blank",
        "title": "A rule stands against it",
        "status": 409,
        "detail": "No condition without a law behind it: state the legal basis, or register it as unconditional.",
        "article": 5,
        "errors": {"legal_basis": ["No condition without a law behind it."]},
    },
    response_only=True,
    status_codes=["409"],
)
COMMAND_EXAMPLES = [
    OpenApiExample("Pass the secrecy review", value={"conclusion": "不含涉密内容，可以开放"}, request_only=True),
    OpenApiExample("Return with a reason", value={"note": "请补充摘要"}, request_only=True),
]
