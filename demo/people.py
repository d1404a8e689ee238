"""The accounts of the demonstration: one for each role, second persons where four eyes are needed, applicants."""

from __future__ import annotations

from dataclasses import dataclass

from stdnum.cn import ric

from demo.places import PLACES
from portal.law import Role, Text

PASSWORD = "Tianshan-shili-2026"  # noqa: S105  # of the demonstration's accounts alone, and printed
MAIL = "demo.example.org"
# The example of GB 11643 itself, and numbers of the same place with a year long gone and the right check digit.
CITIZEN_NUMBER = "11010519491231002X"


def made_up_number(serial: int) -> str:
    """Returns a citizen number that nobody bears, with the right check digit (GB 11643)."""
    body = f"11010519000101{serial:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


@dataclass(frozen=True, slots=True)
class Account:
    """A person: the short name before the @, the part they play, the roles held in a jurisdiction, what to try."""

    key: str
    part: Text
    roles: tuple[Role, ...]
    does: Text
    team: str = ""

    @property
    def name(self) -> str:
        """Returns the name shown; nobody bears it."""
        return f"示例用户·{self.part.zh}"

    @property
    def email(self) -> str:
        """Returns the address to sign in with."""
        return f"{self.key}@{MAIL}"


@dataclass(frozen=True, slots=True)
class Team:
    """The people of one jurisdiction: who plays which part in its departments."""

    jurisdiction: str
    registrar: str
    reviewer: str
    secrecy: str
    handler: str
    handler2: str
    applications: str
    officer: str
    officer2: str


REGION = Team(
    "650000",
    "registrar",
    "reviewer",
    "secrecy",
    "handler",
    "handler2",
    "applications",
    "officer",
    "officer2",
)


def _local_team(prefix: str, jurisdiction: str) -> Team:
    """Returns a small team: three people share the department's five roles, as Art. 12 still allows."""
    registrar, reviewer, secrecy, officer = (
        f"{prefix}.{part}" for part in ("registrar", "reviewer", "secrecy", "officer")
    )
    return Team(jurisdiction, registrar, reviewer, secrecy, secrecy, reviewer, reviewer, officer, officer)


TEAMS: dict[str, Team] = {
    "650000": REGION,
    "653100": _local_team("ks", "653100"),
    "650100": _local_team("ur", "650100"),
    "XPCC": _local_team("bt", "XPCC"),
}


def _local_accounts(prefix: str, jurisdiction: str, where: str, where_en: str) -> tuple[Account, ...]:
    said = (
        (
            "registrar",
            "目录登记",
            "registrar",
            (Role.REGISTRAR,),
            "登记条目，上传数据",
            "register entries, upload data",
        ),
        (
            "reviewer",
            "目录审核、申请审核",
            "reviewer",
            (Role.REVIEWER, Role.APPLICATION_REVIEWER, Role.REPORT_HANDLER),
            "审核目录和申请，复核反馈",
            "review entries and applications, look at reports a second time",
        ),
        (
            "secrecy",
            "保密审查、反馈处理",
            "secrecy reviewer",
            (Role.SECRECY_REVIEWER, Role.REPORT_HANDLER),
            "保密审查，处理公众反馈",
            "review for secrecy, handle reports",
        ),
        (
            "officer",
            "主管部门",
            "authority officer",
            (Role.AUTHORITY_OFFICER,),
            "发布目录，办理申请",
            "publish entries, decide applications",
        ),
    )
    return tuple(
        Account(
            f"{prefix}.{part}",
            Text(f"{where}{name}", f"{where_en}: {name_en}"),
            roles,
            Text(f"只限{where}的部门：{zh}", f"for {where_en} alone: {en}"),
            jurisdiction,
        )
        for part, name, name_en, roles, zh, en in said
    )


ACCOUNTS: tuple[Account, ...] = (
    Account(
        "registrar",
        Text("目录登记", "registrar"),
        (Role.REGISTRAR,),
        Text("登记目录条目并提交；上传数据文件", "register an entry and submit it; upload a data file"),
        "650000",
    ),
    Account(
        "reviewer",
        Text("目录审核", "reviewer"),
        (Role.REVIEWER,),
        Text("审核他人登记的条目；同意恢复开放", "review what others registered; agree to resume an entry"),
        "650000",
    ),
    Account(
        "secrecy",
        Text("保密审查", "secrecy reviewer"),
        (Role.SECRECY_REVIEWER,),
        Text("对待开放的条目作保密审查", "review entries for secrecy before they open"),
        "650000",
    ),
    Account(
        "handler",
        Text("反馈处理", "report handler"),
        (Role.REPORT_HANDLER,),
        Text("受理、核实公众反馈，决定处理措施", "take up and verify reports, choose the outcome"),
        "650000",
    ),
    Account(
        "handler2",
        Text("反馈处理二", "second report handler"),
        (Role.REPORT_HANDLER,),
        Text("反馈人表示未解决的，由另一人重新核实", "verify anew what a reporter finds not solved"),
        "650000",
    ),
    Account(
        "applications",
        Text("申请审核", "application reviewer"),
        (Role.APPLICATION_REVIEWER,),
        Text("代表提供部门审核申请；暂停、撤销授权", "decide applications for the provider; suspend grants"),
        "650000",
    ),
    Account(
        "officer",
        Text("主管部门", "authority officer"),
        (Role.AUTHORITY_OFFICER,),
        Text("发布目录、办理申请、会签协议、核验身份", "publish, decide applications, countersign, check identities"),
        "650000",
    ),
    Account(
        "officer2",
        Text("主管部门二", "second authority officer"),
        (Role.AUTHORITY_OFFICER,),
        Text("对不予开放的决定进行复核", "look again at a refusal on reconsideration"),
        "650000",
    ),
    Account(
        "auditor",
        Text("监督审计", "auditor"),
        (Role.AUDITOR,),
        Text("在 /audit/ 查看全部操作记录，不能改动", "read the record of all acts at /audit/; change nothing"),
        "650000",
    ),
    Account(
        "citizen",
        Text("市民", "citizen"),
        (),
        Text("下载无条件开放数据；反馈数据问题", "download unconditional data; report a problem"),
    ),
    Account(
        "applicant",
        Text("申请人", "applicant"),
        (),
        Text(
            "身份已核验：申请数据、签订协议、制作密钥、取数",
            "identity verified: apply, sign, make an API key, draw rows",
        ),
    ),
    Account(
        "enterprise",
        Text("企业被授权人", "authorised person of an organisation"),
        (),
        Text("代表“示例数据科技有限公司”申请和签约", "apply and sign for an organisation"),
    ),
    Account(
        "newcomer",
        Text("新用户", "newcomer"),
        (),
        Text("身份核验中：提交申请会被拒绝并说明原因", "identity pending: submitting is refused, with the reason"),
    ),
    *_local_accounts("ks", "653100", "喀什", "Kashgar"),
    *_local_accounts("ur", "650100", "乌鲁木齐", "Ürümqi"),
    *_local_accounts("bt", "XPCC", "兵团", "XPCC"),
)


def departments_of(account: Account) -> tuple[str, ...]:
    """Returns the codes of the departments in which the account holds its roles: authority roles in the authority."""
    inside = [place for place in PLACES if place.jurisdiction == account.team]
    if set(account.roles) & {Role.AUTHORITY_OFFICER, Role.AUDITOR}:
        return tuple(place.code for place in inside if place.is_authority)
    return tuple(place.code for place in inside)
