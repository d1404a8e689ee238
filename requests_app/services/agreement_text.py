"""The wording of the open-use agreement, filled from an application. It is Chinese: the language that binds.

Each clause says in the portal's own words what an article asks of both sides (Art. 15, 29, 32, 36, 38, 44, 45).
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from portal.accounts.models import Identity
from portal.law import RULES, RuleBroken
from requests_app.models import Application, ApplicationLine

FORM_OF_CLASS = {"conditional": "有条件开放", "non_open": "非开放"}


def agreement_text(application: Application, lines: list[ApplicationLine], *, number: str, day: dt.date) -> str:
    """Returns the whole agreement on the approved lines as plain text."""
    parts = [
        "公共数据开放利用协议",
        f"协议编号：{number}\n申请回执编号：{application.receipt}\n文本生成日期：{day:%Y-%m-%d}",
        f"依据：{RULES.title.zh}第二十九条、第四十五条。",
        _parties(application, lines),
        _data(lines),
        _use(application),
        *CLAUSES,
    ]
    return "\n\n".join(parts) + "\n"


def _parties(application: Application, lines: list[ApplicationLine]) -> str:
    authority = application.authority
    providers = {line.entry.provider_id: line.entry.provider for line in lines}.values()
    names = "、".join(f"{provider.name}（{provider.uscc}）" for provider in providers)
    return (
        "一、双方\n"
        f"甲方（公共数据主管部门）：{authority.name}（统一社会信用代码 {authority.uscc}）\n"
        f"数据提供部门：{names}\n"
        f"乙方（申请人）：{_applicant(application)}"
    )


def _applicant(application: Application) -> str:
    organisation = application.organisation
    user = application.applicant if organisation is None else organisation.authorised_person
    identity = Identity.objects.filter(user=user).first()
    person = identity.real_name if identity else user.get_full_name()
    if organisation is None:
        return f"{person}（自然人，身份已核验）"
    return f"{organisation.name}（统一社会信用代码 {organisation.uscc}），被授权人：{person}"


def _data(lines: list[ApplicationLine]) -> str:
    rows = []
    for place, line in enumerate(lines, start=1):
        version = line.entry.published
        if version is None:
            raise RuleBroken(_("“%(entry)s” is not in the open catalogue.") % {"entry": line}, 27)
        rows.append(
            f"{place}. {version.title}（资源代码 {line.entry.code}，目录第 {version.number} 版，"
            f"{FORM_OF_CLASS.get(version.open_class, '开放')}）\n"
            f"   开放条件：{_one_line(version.open_condition) or '以本协议约定为准'}\n"
            f"   使用要求：{_one_line(version.use_requirements)}"
        )
    return "二、数据\n甲方会同提供部门同意乙方使用以下数据：\n" + "\n".join(rows)


def _use(application: Application) -> str:
    scenario = RULES.label("scenario", application.scenario).zh
    return (
        "三、用途和期限\n"
        f"应用场景：{scenario}\n"
        f"用途：{application.purpose}\n"
        f"使用期限：{application.starts_on:%Y-%m-%d} 至 {application.ends_on:%Y-%m-%d}。期限届满，授权自行终止。\n\n"
        "四、安全保障措施\n"
        f"乙方承诺采取以下措施：{application.safeguards}"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


CLAUSES = (
    "五、使用范围（第四十五条）\n"
    "乙方只为第三条写明的用途使用数据。改变用途、扩大范围或者由他人使用的，应当另行申请。\n"
    "乙方以自己的账号和密钥经本平台取得数据，不得出借密钥，不得绕过平台另行取得。",
    "六、不得转让（第四十五条）\n"
    "未经甲方同意，乙方不得把数据转让、出租或者以其他方式提供给他人。"
    "乙方不得利用数据识别特定自然人，发现个人信息或者商业秘密的，应当立即停止使用该部分并告知甲方。",
    "七、注明来源（第三十二条）\n乙方利用数据形成的产品、服务、论文和报道，应当注明数据来源和获取日期。",
    "八、安全和留痕（第十五条、第三十六条、第三十八条）\n"
    "乙方应当落实第四条的措施，记录数据的使用场景、过程、存储和销毁情况，至少保存三年，配合甲方核查。\n"
    "发生或者可能发生数据泄露的，乙方应当立即补救，并告知甲方和提供部门。",
    "九、甲方和提供部门的责任（第二十九条、第三十条）\n"
    "甲方和提供部门按目录载明的形式和更新频率提供数据。数据有错误、侵害权益或者存在安全风险的，"
    "提供部门可以撤回、中止开放或者处理后再开放，并告知乙方；期间授权相应暂停。",
    "十、违约（第四十四条、第四十五条）\n"
    "乙方违反本协议的，甲方或者提供部门可以暂停授权并要求限期改正；逾期不改或者情节严重的，可以撤销授权。"
    "暂停和撤销自乙方下一次请求数据时即生效。造成损害的，乙方依法承担责任。\n"
    "甲方或者提供部门的人员不履行职责的，依法处理；乙方可以提出异议。",
    "十一、终止\n"
    "授权期满、乙方主动终止或者授权被撤销的，乙方应当停止使用并销毁留存的数据副本，按要求出具销毁说明。"
    "已经依法形成的产品不受影响。",
    "十二、生效\n"
    "本协议由乙方在平台上重新输入密码签订，再由甲方会签。自甲方会签时生效，授权自使用期限的首日起算，"
    "首日已过的，自生效时起算。平台保存协议全文及其 SHA-256 校验值，双方各可随时查看和打印。",
)
