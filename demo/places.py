"""The departments of the demonstration. Their names and codes are made up; the jurisdictions are real."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stdnum.cn import uscc

PHONE = "0991-0000000"


@dataclass(frozen=True, slots=True)
class Place:
    """A department, or the data authority of a jurisdiction."""

    code: str
    jurisdiction: str
    name: str
    name_en: str
    duties: str
    serial: int
    kind: str = "government"
    is_authority: bool = False

    @property
    def uscc(self) -> str:
        """Returns a code that nobody bears: a serial number where the organisation's own number stands."""
        area = self.jurisdiction if self.jurisdiction.isdigit() else "650000"
        registrar = "11" if self.kind == "government" else "91"
        body = f"{registrar}{area}{self.serial:09d}"
        return body + str(uscc.calc_check_digit(body))

    def fields(self) -> dict[str, Any]:
        """Returns what the service that creates departments takes."""
        return {
            "code": self.code,
            "jurisdiction_id": self.jurisdiction,
            "name": self.name,
            "name_en": self.name_en,
            "kind": self.kind,
            "uscc": self.uscc,
            "is_authority": self.is_authority,
            "chief_data_officer": "示例首席数据官",
            "phone": PHONE,
            "email": f"{self.code}@demo.example.org",
            "duties": f"{self.duties}（演示用的部门，并非真实机构。）",
        }


def _authority(code: str, jurisdiction: str, where: str, where_en: str, serial: int) -> Place:
    return Place(
        code,
        jurisdiction,
        f"{where}公共数据主管部门（演示）",
        f"Data authority of {where_en} (demo)",
        f"统筹{where}公共数据目录的审核、发布和监督，会同提供部门审核开放申请。",
        serial,
        is_authority=True,
    )


PLACES: tuple[Place, ...] = (
    _authority("xj-data", "650000", "自治区", "the region", 1),
    Place(
        "xj-environment",
        "650000",
        "自治区生态环境部门（演示）",
        "Regional ecology and environment department (demo)",
        "监测空气、水和土壤的质量，发布生态环境信息。",
        2,
    ),
    Place(
        "xj-weather",
        "650000",
        "自治区气象部门（演示）",
        "Regional meteorological department (demo)",
        "开展气象观测，发布天气预报和灾害预警。",
        3,
        "public_service",
    ),
    Place(
        "xj-transport",
        "650000",
        "自治区交通运输部门（演示）",
        "Regional transport department (demo)",
        "管理公路建设、养护和道路运输，监测路网运行。",
        4,
    ),
    Place(
        "xj-health",
        "650000",
        "自治区卫生健康部门（演示）",
        "Regional health department (demo)",
        "管理医疗机构和公共卫生服务，开展卫生统计。",
        5,
    ),
    Place(
        "xj-education",
        "650000",
        "自治区教育部门（演示）",
        "Regional education department (demo)",
        "管理各级各类学校，开展教育事业统计。",
        6,
    ),
    Place(
        "xj-labour",
        "650000",
        "自治区人力资源和社会保障部门（演示）",
        "Regional human resources and social security department (demo)",
        "促进就业，管理职业培训和社会保险。",
        7,
    ),
    Place(
        "xj-culture",
        "650000",
        "自治区文化和旅游部门（演示）",
        "Regional culture and tourism department (demo)",
        "管理文化场馆、旅游景区和文物保护工作。",
        8,
    ),
    Place(
        "xj-market",
        "650000",
        "自治区市场监督管理部门（演示）",
        "Regional market supervision department (demo)",
        "登记市场主体，监测市场价格，公示信用信息。",
        9,
    ),
    Place(
        "xj-science",
        "650000",
        "自治区科技部门（演示）",
        "Regional science and technology department (demo)",
        "管理科技计划，促进科研仪器共享和技术转移。",
        10,
    ),
    _authority("ks-data", "653100", "喀什地区", "Kashgar", 11),
    Place(
        "ks-farming",
        "653100",
        "喀什地区农业农村部门（演示）",
        "Kashgar agriculture department (demo)",
        "指导种植业、畜牧业生产和农业机械化，监测农情。",
        12,
    ),
    _authority("ur-data", "650100", "乌鲁木齐市", "Ürümqi", 13),
    Place(
        "ur-bus",
        "650100",
        "乌鲁木齐市公共交通运营单位（演示）",
        "Ürümqi public transport operator (demo)",
        "运营城市公共汽车，发布线路、站点和时刻。",
        14,
        "public_service",
    ),
    _authority("bt-data", "XPCC", "兵团", "the XPCC", 15),
    Place(
        "bt-farming",
        "XPCC",
        "兵团农业农村部门（演示）",
        "XPCC agriculture department (demo)",
        "指导团场种植业生产和节水灌溉，监测农情。",
        16,
    ),
)
BY_CODE = {place.code: place for place in PLACES}
