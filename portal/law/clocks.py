"""The time limits: which the Measures set, and which the portal promises (Art. 11, 15, 21; Art. 29, 30, 44).

The Measures set no deadline for opening applications and say only "at once" for reports, yet late handling is an
offence (Art. 44). So the portal publishes service standards beside the statutory limits, and says which is which.
"""

from portal.law.terms import By, ClockKind, Role, Side, Text

PROVIDER = Side.PROVIDER
AUTHORITY_OFFICER = By(Side.AUTHORITY, Role.AUTHORITY_OFFICER)
APPLICANT = By(Side.APPLICANT)

BY_ANALOGY = Text(
    "《办法》未规定开放申请的办理时限，本平台参照第二十一条的共享时限公布服务标准。",
    "The Measures set no time limit for opening applications; this standard follows Art. 21 on sharing by analogy.",
)
OWN_STANDARD = Text(
    "《办法》未规定时限，本期限为平台公布的服务标准。",
    "The Measures set no time limit; this is a service standard that the portal publishes.",
)
AT_ONCE = Text(
    "第三十条要求立即核实，未写明天数，本期限为平台公布的服务标准。",
    "Art. 30 asks for verification at once and names no number of days; this is a published service standard.",
)

CLOCKS: tuple[ClockKind, ...] = (
    ClockKind(
        "entry_department_review",
        Text("部门审核", "Department review"),
        5,
        "working_day",
        False,
        7,
        OWN_STANDARD,
        By(PROVIDER, Role.REVIEWER),
    ),
    ClockKind(
        "entry_secrecy_review",
        Text("保密审查", "Secrecy review"),
        5,
        "working_day",
        False,
        36,
        OWN_STANDARD,
        By(PROVIDER, Role.SECRECY_REVIEWER),
    ),
    ClockKind(
        "entry_authority_review",
        Text("主管部门审核目录", "Authority's catalogue review"),
        5,
        "working_day",
        False,
        10,
        OWN_STANDARD,
        AUTHORITY_OFFICER,
    ),
    ClockKind(
        "entry_update",
        Text("更新目录并报备", "Update of the catalogue and filing"),
        15,
        "working_day",
        True,
        11,
        Text(
            "第十一条：法律法规修订或者职能调整后，15 个工作日之内更新目录并报备。",
            "Art. 11: update and file within 15 working days of a change of law or function.",
        ),
        By(PROVIDER, Role.REGISTRAR),
    ),
    ClockKind(
        "conformity_check",
        Text("符合性审查", "Conformity check"),
        3,
        "working_day",
        False,
        29,
        BY_ANALOGY,
        AUTHORITY_OFFICER,
    ),
    ClockKind(
        "provider_review",
        Text("提供部门审核", "Provider's review"),
        5,
        "working_day",
        False,
        29,
        BY_ANALOGY,
        By(PROVIDER, Role.APPLICATION_REVIEWER),
    ),
    ClockKind(
        "authority_review",
        Text("主管部门审核申请", "Authority's review"),
        5,
        "working_day",
        False,
        29,
        BY_ANALOGY,
        AUTHORITY_OFFICER,
    ),
    ClockKind(
        "applicant_correction",
        Text("申请人补正", "Applicant's correction"),
        10,
        "working_day",
        False,
        29,
        OWN_STANDARD,
        APPLICANT,
    ),
    ClockKind(
        "signing", Text("签订协议", "Signing of the agreement"), 10, "working_day", False, 45, OWN_STANDARD, APPLICANT
    ),
    ClockKind(
        "reconsideration",
        Text("复核", "Reconsideration"),
        10,
        "working_day",
        False,
        29,
        OWN_STANDARD,
        AUTHORITY_OFFICER,
    ),
    ClockKind(
        "reconsideration_window",
        Text("申请复核的期限", "Time to ask for reconsideration"),
        10,
        "working_day",
        False,
        29,
        OWN_STANDARD,
        APPLICANT,
    ),
    ClockKind(
        "report_verify",
        Text("着手核实", "Verification of a report"),
        1,
        "working_day",
        False,
        30,
        AT_ONCE,
        By(PROVIDER, Role.REPORT_HANDLER),
    ),
    ClockKind(
        "leak_verify",
        Text("核实泄露", "Verification of a leak"),
        2,
        "hour",
        False,
        30,
        AT_ONCE,
        By(PROVIDER, Role.REPORT_HANDLER),
    ),
    ClockKind(
        "report_outcome",
        Text("反馈处理结果", "Outcome of a report"),
        5,
        "working_day",
        False,
        30,
        AT_ONCE,
        By(PROVIDER, Role.REPORT_HANDLER),
    ),
    ClockKind(
        "report_not_solved",
        Text("反馈人表示问题未解决的期限", "Time to say that it is not solved"),
        14,
        "day",
        False,
        30,
        OWN_STANDARD,
        By(Side.REPORTER),
    ),
    ClockKind(
        "identity_check",
        Text("身份核验", "Identity check"),
        3,
        "working_day",
        False,
        36,
        OWN_STANDARD,
        AUTHORITY_OFFICER,
    ),
    ClockKind(
        "sharing_conformity",
        Text("共享申请符合性审查", "Conformity check of a sharing request"),
        3,
        "working_day",
        True,
        21,
        Text(
            "第二十一条：平台在 3 个工作日内完成符合性审查。",
            "Art. 21: the platform completes the conformity check within 3 working days.",
        ),
        AUTHORITY_OFFICER,
    ),
    ClockKind(
        "sharing_provider",
        Text("提供部门答复共享申请", "Provider's answer to a sharing request"),
        5,
        "working_day",
        True,
        21,
        Text("第二十一条：提供部门在 5 个工作日内答复。", "Art. 21: the provider answers within 5 working days."),
        By(PROVIDER, Role.APPLICATION_REVIEWER),
    ),
    ClockKind(
        "log_retention",
        Text("日志保存", "Keeping of logs"),
        3,
        "year",
        True,
        15,
        Text("第十五条：日志至少保存三年。", "Art. 15: logs are kept for at least three years."),
        By(Side.SYSTEM),
    ),
)
