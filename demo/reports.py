"""The citizen reports of the demonstration: at least one in every state and with every outcome."""

from __future__ import annotations

from dataclasses import dataclass

from demo.applications import Act


@dataclass(frozen=True, slots=True)
class Told:
    """A report: who sends it (an account, or a visitor at an address), on what, and what is done with it."""

    key: str
    code: str
    who: str
    kind: str
    text: str
    when: int
    acts: tuple[Act, ...] = ()
    column: str = ""
    row: str = ""
    hour: int = 14


def verified(when: int, outcome: str, answer: str) -> tuple[Act, ...]:
    """Returns the acts up to a chosen outcome, a day apart."""
    return (
        Act(when, "accept", hour=15),
        Act(when, "verify", hour=16),
        Act(when - 1, "propose_outcome", given={"outcome": outcome, "note": answer}, hour=11),
    )


def answered(when: int, outcome: str, answer: str) -> tuple[Act, ...]:
    """Returns the acts up to the answer."""
    return (*verified(when, outcome, answer), Act(when - 1, "send_feedback", hour=16))


REPORTS: tuple[Told, ...] = (
    Told(
        "fresh",
        "3011/0001",
        "203.0.113.101",
        "error",
        "0103A站2026年3月5日8时的细颗粒物浓度比可吸入颗粒物还高，请核实。",
        -150,
        column="pm25",
        row="0103A，2026-03-05 08:00:00",
    ),
    Told(
        "late",
        "3005/0001",
        "203.0.113.102",
        "objection",
        "有几天接待人数超过了最大承载量，是数据有误还是确实超载？",
        5,
        column="visitors",
    ),
    Told(
        "accepted",
        "3008/0001",
        "citizen",
        "error",
        "005路去程第8站的到站时刻早于第7站，应当是填反了。",
        2,
        (Act(1, "accept", given={"note": "已受理，将与调度系统核对。"}, hour=16),),
        column="arrives_at",
        row="005路去程第8站",
    ),
    Told(
        "elsewhere",
        "3012/0001",
        "203.0.113.103",
        "objection",
        "单位没有按日历给我调休，请帮我处理。",
        13,
        (
            Act(
                12,
                "reject",
                given={"note": "日历数据本身没有问题。休假争议请向当地劳动保障监察机构反映。"},
            ),
        ),
    ),
    Told(
        "leading",
        "3004/0001",
        "citizen",
        "error",
        "001号市场1月15日羊肉的批发价只有个位数，明显偏低。",
        4,
        (Act(4, "accept", hour=15), Act(3, "verify")),
        column="批发价",
        row="001号市场，2026-01-15，羊肉",
    ),
    Told(
        "joined",
        "3004/0001",
        "203.0.113.104",
        "error",
        "羊肉价格好像少写了一位，请看一下一月中旬的数据。",
        3,
        (Act(3, "merge", given={"into": "leading", "note": "与先前的反馈是同一问题。"}, hour=16),),
    ),
    Told(
        "again",
        "3006/0002",
        "citizen",
        "error",
        "000012号门诊的服务时间写的是全天，实际下午不接种。",
        9,
        (
            *answered(8, "keep_open", "经向门诊核实，服务时间登记无误，继续开放。"),
            Act(4, "say_not_solved", "reporter", {"note": "我昨天下午去过，仍然不接种。"}),
        ),
        column="open_hours",
        row="000012",
    ),
    Told(
        "proposed",
        "3010/0001",
        "203.0.113.105",
        "error",
        "09007站2月的风速多次为零，怀疑仪器冻结。",
        3,
        verified(2, "keep_open", "经与邻近站比对，当日确为静风，数据无误。"),
        column="wind_speed",
    ),
    Told(
        "told",
        "3009/0001",
        "citizen",
        "error",
        "示许〔2026〕00021号的决定日期是周末，是否填错？",
        6,
        answered(5, "keep_open", "决定日期为调休上班日，登记无误。"),
        column="决定日期",
    ),
    Told(
        "promised",
        "3011/0002",
        "203.0.113.106",
        "error",
        "03011断面4月的溶解氧与水质类别对不上，类别应当更低。",
        6,
        answered(5, "process_then_open", "经核实，4月部分断面的类别计算有误，已中止开放，重新计算后发布更正版本。"),
        column="溶解氧",
        row="03011，2026-04",
    ),
    Told(
        "closed",
        "1002/0001",
        "203.0.113.107",
        "objection",
        "为什么注销的主体也在名单里？建议删除。",
        30,
        answered(29, "keep_open", "注销主体保留在册，便于查询历史状态，登记状态一栏已注明，继续开放。"),
        column="status",
    ),
    Told(
        "corrected",
        "3002/0001",
        "citizen",
        "error",
        "000120号岗位的月薪下限低于当地最低工资标准，应当有误。",
        27,
        answered(26, "process_then_open", "经核实，部分岗位月薪录入有误，已中止开放，更正后重新发布。"),
        column="pay_from",
        row="000120",
    ),
    Told(
        "removed",
        "3007/0003",
        "203.0.113.108",
        "infringement",
        "名册里公布了志愿者个人的手机号码，没有征得本人同意。",
        28,
        answered(27, "withdraw", "经核实，联系电话属于个人信息，未取得同意，决定撤回该数据。"),
        column="phone",
    ),
    Told(
        "paused",
        "3008/0004",
        "citizen",
        "error",
        "计划里有一处作业已经取消，仍然显示在内，容易误导绕行。",
        26,
        answered(25, "suspend", "经核实，计划与实际不符，中止开放，待重新核对后恢复。"),
    ),
    Told(
        "leak",
        "3002/0002",
        "applicant",
        "leak",
        "培训数据的汇总表中似乎带出了学员的证书编号，请立即处理。",
        -80,
    ),
    Told(
        "claim",
        "3007/0001",
        "203.0.113.109",
        "leak",
        "场馆数据里有不该公开的内部电话。",
        2,
        (Act(2, "accept", hour=15), Act(2, "verify", given={"note": "先行核对，未发现内部电话。"}, hour=16)),
    ),
)
