"""The applications of the demonstration: at least one in every state, and grants in every state, each with its acts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TRAFFIC, TRIPS, PLOTS = "3008/0003", "3008/0002", "3004/0003"
VISITS, INSURANCE, CREDIT = "3006/0003", "3002/0003", "3009/0002"
RELICS, EYESIGHT = "3007/0002", "3001/0002"
SAFEGUARDS = (
    "专人管理账号和密钥；数据存放在境内专用服务器，磁盘加密；只在内网分析，不复制到个人电脑；"
    "留存访问日志三年；到期销毁并出具说明。"
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act: how many working days ago (below zero: minutes before now), the command, by whom, what is stated.

    `by` names a part of the entry's team; empty means the applicant, or the officer for the authority's own commands.
    """

    when: int
    command: str
    by: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    hour: int = 10


@dataclass(frozen=True, slots=True)
class Case:
    """An application: who, for what, for which days from today, begun how many working days ago, and its acts."""

    who: str
    codes: tuple[str, ...]
    scenario: str
    purpose: str
    begun: int
    term: tuple[int, int]
    acts: tuple[Act, ...]
    safeguards: str = SAFEGUARDS
    attachment: str = ""


def approved(begun: int, *, provider: int, authority: int) -> tuple[Act, ...]:
    """Returns the acts up to the agreement: submitted, accepted, approved by both sides."""
    return (
        Act(begun, "submit", hour=11),
        Act(begun - 2, "accept"),
        Act(provider, "approve", "applications", {"note": "用途明确，措施适当，同意开放。"}, 11),
        Act(authority, "approve", "officer", {"note": "符合开放条件，同意。"}, 15),
    )


def granted(begun: int) -> tuple[Act, ...]:
    """Returns the acts up to the grant."""
    return (
        *approved(begun, provider=begun - 4, authority=begun - 5),
        Act(begun - 6, "sign", hour=9),
        Act(begun - 7, "countersign"),
    )


def refused(begun: int, reason: str, basis: str, note: str) -> tuple[Act, ...]:
    """Returns the acts up to a refusal by both sides."""
    why = {"reason": reason, "basis": basis, "note": note}
    return (
        Act(begun, "submit", hour=11),
        Act(begun - 1, "accept"),
        Act(begun - 3, "refuse", "applications", why, 11),
        Act(begun - 4, "refuse", "officer", why, 15),
    )


CASES: tuple[Case, ...] = (
    # Before the decision.
    Case(
        "applicant",
        (CREDIT,),
        "finance_and_credit",
        "比较不同地州企业信用风险的分布，撰写课程论文。",
        1,
        (5, 200),
        (),
    ),
    Case(
        "enterprise",
        (VISITS,),
        "health",
        "分析急诊人次的季节变化，改进公司的就医导航服务。",
        2,
        (10, 370),
        (Act(1, "submit", hour=11),),
        attachment="技术方案（示例）.txt",
    ),
    Case(
        "applicant",
        (TRIPS,),
        "transport",
        "研究早晚高峰的客流走向，提出错峰建议。",
        8,
        (10, 190),
        (Act(7, "submit", hour=11),),
    ),
    Case(
        "enterprise",
        (RELICS,),
        "culture_and_tourism",
        "规划旅游线路时避开文物保护范围。",
        9,
        (10, 370),
        (
            Act(8, "submit", hour=11),
            Act(
                6,
                "return",
                given={
                    "defects": [
                        {"field": "purpose", "text": "请说明规划涉及哪些地州，是否需要全部文物点的位置。"},
                        {"field": "attachments", "text": "请补充规划委托合同或者主管单位的意见。"},
                    ]
                },
            ),
        ),
        attachment="旅游线路规划说明（示例）.txt",
    ),
    Case(
        "enterprise",
        (CREDIT,),
        "finance_and_credit",
        "校验公司授信模型对小微企业风险的区分能力。",
        7,
        (10, 370),
        (
            Act(6, "submit", hour=11),
            Act(4, "accept"),
            Act(2, "approve", "applications", {"note": "用途符合开放条件，同意开放。"}),
        ),
    ),
    Case(
        "applicant",
        (PLOTS,),
        "farming_and_herding",
        "比较滴灌与沟灌的亩均用水量，为合作社提供建议。",
        15,
        (5, 370),
        (Act(14, "submit", hour=11), Act(12, "accept")),
    ),
    Case(
        "applicant",
        (RELICS,),
        "research",
        "研究文物点分布与古河道的关系。",
        11,
        (10, 370),
        (
            Act(10, "submit", hour=11),
            Act(8, "accept"),
            Act(
                5,
                "refuse",
                "applications",
                {
                    "reason": "safeguards_insufficient",
                    "basis": "《中华人民共和国数据安全法》第二十七条",
                    "note": "个人电脑存放位置数据，防护不足。",
                },
            ),
            Act(4, "approve", "officer", {"note": "位置已降低精度，可以在加强措施后提供。"}),
        ),
        safeguards="数据存放在加密的个人电脑，不联网分析。",
    ),
    Case(
        "enterprise",
        (TRAFFIC,),
        "commerce_and_logistics",
        "根据路段车流安排夜间配送车次。",
        10,
        (5, 370),
        approved(9, provider=5, authority=3),
    ),
    Case(
        "applicant",
        (INSURANCE,),
        "research",
        "研究季节性用工对参保缴费的影响。",
        12,
        (5, 370),
        (*approved(11, provider=7, authority=5), Act(2, "sign", hour=9)),
    ),
    # Granted.
    Case(
        "applicant",
        (TRAFFIC,),
        "research",
        "研究沙尘天气对公路车速的影响，形成论文。",
        46,
        (-75, 310),
        (*granted(45), Act(36, "key"), Act(30, "draw"), Act(20, "draw"), Act(6, "draw")),
        attachment="研究方案（示例）.txt",
    ),
    Case(
        "enterprise",
        (VISITS, INSURANCE),
        "health",
        "测算各地州医疗服务需求，为公司设点提供参考。",
        40,
        (-75, 320),
        (
            Act(39, "submit", hour=11),
            Act(37, "accept"),
            Act(35, "approve", "applications", {"line": VISITS, "note": "只用汇总数据，同意开放。"}, 11),
            Act(
                35,
                "refuse",
                "applications",
                {
                    "line": INSURANCE,
                    "reason": "beyond_need",
                    "basis": "《中华人民共和国社会保险法》第八十一条",
                    "note": "测算医疗需求不需要缴费金额。",
                },
                12,
            ),
            Act(34, "approve", "officer", {"line": VISITS, "note": "同意。"}, 11),
            Act(
                34,
                "refuse",
                "officer",
                {
                    "line": INSURANCE,
                    "reason": "beyond_need",
                    "basis": "《中华人民共和国社会保险法》第八十一条",
                    "note": "同意提供部门意见，申请范围超出用途所需。",
                },
                12,
            ),
            Act(33, "sign", hour=9),
            Act(32, "countersign"),
        ),
    ),
    Case(
        "enterprise",
        (CREDIT,),
        "finance_and_credit",
        "为小额贷款业务建立风险预警。",
        44,
        (-75, 300),
        (
            *granted(43),
            Act(5, "grant.suspend", "officer", {"note": "核查发现调用量与申报的用途不符，暂停授权，请说明情况。"}),
        ),
    ),
    Case(
        "applicant",
        (CREDIT,),
        "research",
        "研究信用监管对企业违规行为的影响。",
        48,
        (-75, 300),
        (
            *granted(47),
            Act(
                10,
                "grant.revoke",
                "applications",
                {"note": "经核实，数据副本已转交他人使用，违反协议第六条，撤销授权。"},
            ),
        ),
    ),
    Case(
        "applicant",
        (VISITS,),
        "research",
        "研究冬季急诊人次的变化。",
        42,
        (-75, -6),
        granted(41),
    ),
    Case(
        "enterprise",
        (TRIPS,),
        "transport",
        "为定制公交业务选择试点线路。",
        20,
        (20, 385),
        granted(19),
    ),
    Case(
        "enterprise",
        (PLOTS,),
        "farming_and_herding",
        "设计棉花种植的灌溉保险产品。",
        43,
        (-75, 300),
        (*granted(42), Act(9, "grant.end", "", {"note": "产品设计已完成，不再需要数据，副本已销毁。"})),
    ),
    # Refused, withdrawn, lapsed.
    Case(
        "applicant",
        (EYESIGHT,),
        "health",
        "统计各年级近视比例，用于科普文章。",
        22,
        (5, 190),
        refused(
            21,
            "personal_information",
            "《中华人民共和国个人信息保护法》第二十八条",
            "明细涉及未成年人健康信息，科普文章使用已公布的汇总结果即可。",
        ),
    ),
    Case(
        "enterprise",
        (INSURANCE,),
        "commerce_and_logistics",
        "评估各地州的消费能力，选择门店位置。",
        15,
        (5, 370),
        (
            *refused(
                14,
                "condition_not_met",
                "《中华人民共和国社会保险法》第八十一条",
                "商业选址不属于目录载明的用途。",
            ),
            Act(4, "reconsider", "", {"note": "我公司同时承担政府委托的就业研究，已补充委托文件，请予复核。"}),
        ),
    ),
    Case(
        "applicant",
        (RELICS,),
        "culture_and_tourism",
        "制作户外徒步路线。",
        36,
        (5, 190),
        (
            *refused(
                35,
                "purpose_unlawful",
                "《中华人民共和国文物保护法》",
                "公开徒步路线会使未开放文物点的位置被公众知悉。",
            ),
            Act(28, "reconsider", "", {"note": "路线可以绕开文物点，请重新考虑。"}),
            Act(24, "uphold", "officer2", {"note": "另行审核后认为，绕行路线仍会暴露位置，维持原决定。"}),
        ),
    ),
    Case(
        "applicant",
        (TRIPS,),
        "research",
        "研究换乘行为。",
        19,
        (5, 190),
        (Act(18, "submit", hour=11), Act(17, "withdraw", "", {"note": "研究题目有变。"})),
    ),
    Case(
        "applicant",
        (PLOTS,),
        "research",
        "研究灌溉方式。",
        29,
        (5, 190),
        (
            Act(28, "submit", hour=11),
            Act(
                26,
                "return",
                given={"defects": [{"field": "safeguards", "text": "请写明数据存放的位置和接触数据的人员。"}]},
            ),
        ),
        safeguards="妥善保管。",
    ),
)
