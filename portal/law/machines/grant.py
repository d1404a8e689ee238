"""Grants: what an applicant may use, from when until when, and how it is suspended or ended (Art. 29, 36, 45)."""

from portal.law.machines.parties import APPLICANT, APPLICATION_REVIEWER, OFFICER, SYSTEM
from portal.law.terms import Command, Machine, Note, State, Text

GRANT = "grant"
STANDING = frozenset({"scheduled", "active", "suspended"})

GRANT_MACHINE = Machine(
    GRANT,
    Text("使用授权", "Grant"),
    "state",
    (
        State(
            "scheduled",
            Text("待生效", "Scheduled"),
            Text("授权已作出，尚未到生效日期。", "It is granted, but its first day has not come."),
            tone="waiting",
        ),
        State(
            "active",
            Text("有效", "Active"),
            Text("可以按协议约定的用途和范围使用。", "The data may be used as the agreement says."),
            tone="good",
        ),
        State(
            "suspended",
            Text("已暂停", "Suspended"),
            Text("暂停使用，密钥和下载同时停用。", "Use is suspended; keys and downloads stop at once."),
            tone="bad",
        ),
        State("expired", Text("已到期", "Expired"), Text("授权期限届满。", "Its last day has passed."), final=True),
        State(
            "revoked",
            Text("已撤销", "Revoked"),
            Text("因违反协议或者法律规定被撤销。", "It was revoked for a breach of the agreement or of the law."),
            final=True,
            tone="bad",
        ),
        State(
            "ended",
            Text("已终止", "Ended"),
            Text("使用人不再需要，自行终止。", "The user no longer needed it and ended it."),
            final=True,
        ),
    ),
    "scheduled",
    (
        Command(
            GRANT,
            "open",
            frozenset({"scheduled"}),
            None,
            (SYSTEM,),
            29,
            "opendata.grant.opened",
            Text("作出授权", "Open the grant"),
            Text(
                "协议签订后作出授权；已到生效日期的立即生效。",
                "It follows from the signed agreement, and is active at once when its first day has come.",
            ),
            note=Note.NONE,
            may_reach=("active",),
            begins=True,
        ),
        Command(
            GRANT,
            "activate",
            frozenset({"scheduled"}),
            "active",
            (SYSTEM,),
            29,
            "opendata.grant.activated",
            Text("生效", "Activate"),
            Text("到达协议载明的生效日期。", "The first day that the agreement names has come."),
            note=Note.NONE,
            needs=("grant_has_begun",),
        ),
        Command(
            GRANT,
            "suspend",
            frozenset({"active"}),
            "suspended",
            (APPLICATION_REVIEWER, OFFICER, SYSTEM),
            45,
            "opendata.grant.suspended",
            Text("暂停授权", "Suspend"),
            Text(
                "涉嫌超出约定用途、范围或者存在安全隐患的，任一部门可以暂停；逾期未提交使用情况报告的，自动暂停。",
                "Either side suspends on suspicion of use beyond the agreement or of a danger; an overdue report of "
                "use suspends by itself.",
            ),
            note=Note.REQUIRED,
        ),
        Command(
            GRANT,
            "resume",
            frozenset({"suspended"}),
            "active",
            (APPLICATION_REVIEWER, OFFICER),
            45,
            "opendata.grant.resumed",
            Text("恢复授权", "Resume"),
            Text("问题已经解决的，恢复使用。", "The problem is solved, and use may go on."),
        ),
        Command(
            GRANT,
            "revoke",
            STANDING,
            "revoked",
            (APPLICATION_REVIEWER, OFFICER),
            45,
            "opendata.grant.revoked",
            Text("撤销授权", "Revoke"),
            Text(
                "私自转让、另作他用或者扩大范围的，撤销授权；密钥在下一次请求时即被拒绝。",
                "Transfer, a changed purpose or a wider use ends it; its keys are refused at the next request.",
            ),
            note=Note.REQUIRED,
        ),
        Command(
            GRANT,
            "expire",
            STANDING,
            "expired",
            (SYSTEM,),
            45,
            "opendata.grant.expired",
            Text("到期", "Expire"),
            Text(
                "授权期限届满，须提交数据销毁情况说明。", "Its last day has passed; a destruction certificate is due."
            ),
            note=Note.NONE,
            needs=("grant_is_over",),
        ),
        Command(
            GRANT,
            "end",
            STANDING,
            "ended",
            (APPLICANT,),
            45,
            "opendata.grant.ended",
            Text("终止使用", "End"),
            Text(
                "使用人可以随时终止使用，并提交数据销毁情况说明。",
                "The user may end it at any time and then gives the destruction certificate.",
            ),
        ),
    ),
)
