"""Identity checks of applicants: who applies for conditional data must be who they say they are (Art. 36)."""

from portal.law.machines.parties import APPLICANT, OFFICER
from portal.law.terms import Command, Machine, Note, State, Text

IDENTITY = "identity"

IDENTITY_MACHINE = Machine(
    IDENTITY,
    Text("身份核验", "Identity check"),
    "state",
    (
        State(
            "unverified",
            Text("未核验", "Unverified"),
            Text(
                "尚未申请核验；浏览和下载无条件开放数据不需要核验。",
                "No check was asked for; browsing and unconditional data need none.",
            ),
        ),
        State(
            "pending",
            Text("核验中", "Pending"),
            Text("主管部门正在核验。", "The authority is checking it."),
            tone="waiting",
        ),
        State(
            "verified",
            Text("已核验", "Verified"),
            Text("身份已核验，可以提交开放申请。", "The identity is verified; applications may be submitted."),
            final=True,
            tone="good",
        ),
        State(
            "rejected",
            Text("未通过", "Rejected"),
            Text(
                "核验未通过，已说明理由，更正后可以重新申请。",
                "Not verified, with the reason; it can be asked for again.",
            ),
            tone="bad",
        ),
    ),
    "unverified",
    (
        Command(
            IDENTITY,
            "request",
            frozenset({"unverified", "rejected"}),
            "pending",
            (APPLICANT,),
            36,
            "accounts.identity.requested",
            Text("申请核验", "Ask for the check"),
            Text(
                "使用有条件开放和非开放数据须先鉴别身份；公民身份号码或者统一社会信用代码先核对校验位。",
                "Conditional and non-open data need a known user; the number's check digit is tested first.",
            ),
            note=Note.NONE,
            needs=("identifier_valid",),
            starts=("identity_check",),
        ),
        Command(
            IDENTITY,
            "verify",
            frozenset({"pending"}),
            "verified",
            (OFFICER,),
            36,
            "accounts.identity.verified",
            Text("核验通过", "Verify"),
            Text("材料与所报身份一致。", "The papers match the identity given."),
            stops=("identity_check",),
        ),
        Command(
            IDENTITY,
            "reject",
            frozenset({"pending"}),
            "rejected",
            (OFFICER,),
            36,
            "accounts.identity.rejected",
            Text("核验不通过", "Reject"),
            Text("材料与所报身份不一致的，说明理由。", "The papers do not match; the reason is given."),
            note=Note.REQUIRED,
            stops=("identity_check",),
        ),
    ),
)
