"""The roles that people hold in a department, and what each does (Art. 6, 12, 29, 30, 35, 36)."""

from portal.law.terms import Role, RoleRow, Side, Text

ROLES: tuple[RoleRow, ...] = (
    RoleRow(
        Role.REGISTRAR,
        Text("目录登记人员", "Registrar"),
        Text(
            "编制和更新本部门的目录条目，提交审核。", "Compiles and updates the department's entries and submits them."
        ),
        12,
        Side.PROVIDER,
    ),
    RoleRow(
        Role.REVIEWER,
        Text("目录审核人员", "Reviewer"),
        Text(
            "审核他人登记的条目；必要时中止开放，并就恢复开放表示同意。",
            "Reviews what others registered; may suspend an entry and agree to its resumption.",
        ),
        12,
        Side.PROVIDER,
    ),
    RoleRow(
        Role.SECRECY_REVIEWER,
        Text("保密审查人员", "Secrecy reviewer"),
        Text(
            "在开放之前进行保密审查，防止涉密数据编入目录。",
            "Reviews for secrecy before anything opens, so that nothing classified is listed.",
        ),
        36,
        Side.PROVIDER,
    ),
    RoleRow(
        Role.REPORT_HANDLER,
        Text("反馈处理人员", "Report handler"),
        Text(
            "受理公众反馈，立即核实，决定处理措施并反馈结果。",
            "Takes up citizens' reports, verifies them at once, decides the outcome and answers.",
        ),
        30,
        Side.PROVIDER,
    ),
    RoleRow(
        Role.APPLICATION_REVIEWER,
        Text("申请审核人员", "Application reviewer"),
        Text(
            "代表提供部门审核开放申请，并跟踪授权后的使用情况。",
            "Decides applications for the provider and watches over the use that follows.",
        ),
        29,
        Side.PROVIDER,
    ),
    RoleRow(
        Role.AUTHORITY_OFFICER,
        Text("主管部门经办人员", "Authority officer"),
        Text(
            "代表公共数据主管部门审核和发布目录、办理申请、会签协议、实施监督。",
            "Acts for the data authority: reviews and publishes, decides applications, countersigns, supervises.",
        ),
        6,
        Side.AUTHORITY,
    ),
    RoleRow(
        Role.AUDITOR,
        Text("监督审计人员", "Auditor"),
        Text(
            "网信、公安、保密、密码等监督部门的人员，只能查看记录，不能改动任何内容。",
            "Staff of the oversight offices: they read the records and change nothing.",
        ),
        35,
        Side.AUTHORITY,
    ),
)
