"""The facts that commands need, and what the person is told when one is missing.

A service checks the fact and refuses with this text and this article, so that pages, API and law page agree.
"""

from portal.law.terms import Need, Text

NEEDS: tuple[Need, ...] = (
    Need(
        "attributes_complete",
        Text("目录应填的属性须全部填写。", "Every attribute that the catalogue demands must be filled in."),
        7,
    ),
    Need("not_classified", Text("涉密数据不得编入公共数据目录。", "Nothing classified may enter the catalogue."), 12),
    Need(
        "secrecy_review_passed",
        Text("须先通过本部门的保密审查。", "The department's secrecy review must be passed first."),
        36,
    ),
    Need("version_published", Text("须有已经发布的版本。", "A version must be published."), 10),
    Need(
        "both_sides_agree_to_resume",
        Text("提供部门和主管部门须都同意恢复。", "Provider and authority must both agree to resume."),
        30,
    ),
    Need("identity_verified", Text("申请人须先通过身份核验。", "The applicant's identity must be verified first."), 36),
    Need("purpose_stated", Text("须写明用途和应用场景。", "Purpose and scenario must be stated."), 45),
    Need("defects_itemised", Text("须逐项列明需要补正的内容。", "What must be corrected is listed item by item."), 29),
    Need(
        "correction_overdue_and_warned",
        Text("补正期限须已届满，并且已经提醒。", "The time for correction must be over and a warning given."),
        29,
    ),
    Need(
        "refusal_reasoned",
        Text("不予开放的，须同时写明理由和法律依据。", "A refusal must state both its reason and its legal basis."),
        29,
    ),
    Need("sides_disagree", Text("双方均已作出决定，且意见不一致。", "Both sides have decided, and they differ."), 29),
    Need(
        "both_sides_approve",
        Text("须双方都同意，或者已作出开放的协调决定。", "Both sides must approve, or the settlement must grant it."),
        29,
    ),
    Need("applicant_signed", Text("须由申请人先签订协议。", "The applicant must sign first."), 45),
    Need(
        "within_reconsideration_window",
        Text("须在申请复核的期限之内。", "The time to ask for reconsideration must not be over."),
        29,
    ),
    Need("not_reconsidered_before", Text("同一申请只能复核一次。", "An application is reconsidered only once."), 29),
    Need("grant_has_begun", Text("须已到授权的生效日期。", "The first day of the grant must have come."), 45),
    Need("grant_is_over", Text("授权期限须已届满。", "The last day of the grant must have passed."), 45),
    Need(
        "leading_report_named", Text("须指明并入哪一件反馈。", "The report that it is merged into must be named."), 30
    ),
    Need("outcome_chosen", Text("须在四种处理措施中选定一种。", "One of the four outcomes must be chosen."), 30),
    Need(
        "within_not_solved_window", Text("须在反馈结果后 14 日之内。", "It must be within 14 days of the answer."), 30
    ),
    Need(
        "not_solved_window_over", Text("反馈结果后的 14 日须已届满。", "The 14 days after the answer must be over."), 30
    ),
    Need(
        "correction_published",
        Text(
            "依法处理后开放的，须已发布更正后的版本。",
            "For process-then-open, the corrected version must be published.",
        ),
        30,
    ),
    Need("leak_claimed", Text("反馈事项须为数据泄露。", "The report must be about a leak."), 30),
    Need(
        "identifier_valid",
        Text(
            "公民身份号码或者统一社会信用代码的校验位须正确。",
            "The check digit of the identity number or USCC must be right.",
        ),
        13,
    ),
)
