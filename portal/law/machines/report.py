"""Citizens' reports on errors, objections, infringements and leaks: verified at once, answered always (Art. 30)."""

from portal.law.machines.parties import ANYONE, OFFICER, REPORT_HANDLER, REPORTER, SYSTEM
from portal.law.terms import Command, Machine, Note, State, Text

REPORT = "report"
OFFICE_CLOCKS = ("report_verify", "leak_verify", "report_outcome")

# fmt: off  (one row reads as one row)
REPORT_MACHINE = Machine(
    REPORT, Text("问题反馈", "Report"), "state",
    (
        State("submitted", Text("已提交", "Submitted"),
              Text("已收到，等待提供部门受理。", "Received; the provider is to take it up."), tone="waiting"),
        State("accepted", Text("已受理", "Accepted"),
              Text("提供部门已受理，即将核实。", "The provider has taken it up and is about to verify it."), tone="waiting"),
        State("not_a_report", Text("不属于反馈事项", "Not a report"),
              Text("内容与公共数据问题无关，已说明理由。", "It is not about a problem with public data; the reason is given."), final=True),
        State("merged", Text("已并案", "Merged"),
              Text("同一问题已有反馈，合并办理，进展以主件为准。", "The same problem was reported before; follow that report."), final=True),
        State("verifying", Text("核实中", "Verifying"),
              Text("提供部门正在核实。", "The provider is verifying it."), tone="waiting"),
        State("outcome_proposed", Text("已拟定处理措施", "Outcome proposed"),
              Text("已核实并拟定处理措施，即将反馈。", "It is verified and an outcome chosen; the answer is about to go out."),
              tone="waiting"),
        State("feedback_sent", Text("已反馈结果", "Feedback sent"),
              Text("处理结果已反馈；问题仍未解决的，可以在14日内告诉我们。",
                   "The answer is given; within 14 days the reporter may say that it is not solved."), tone="good"),
        State("closed", Text("已办结", "Closed"), Text("办理完毕。", "It is done."), final=True, tone="good"),
    ),
    "submitted",
    (
        Command(REPORT, "submit", frozenset({"submitted"}), "submitted", (ANYONE,), 30,
                "requests.report.submitted", Text("提交反馈", "Submit"),
                Text("任何人都可以反馈，不需要注册；提交后即时给予受理编号和查询码。",
                     "Anyone may report, without an account; a receipt number and a secret are given at once."),
                note=Note.NONE, starts=("report_verify", "report_outcome"), may_start=("leak_verify",), begins=True),
        Command(REPORT, "accept", frozenset({"submitted"}), "accepted", (REPORT_HANDLER,), 30,
                "requests.report.accepted", Text("受理", "Accept"),
                Text("由数据提供部门受理并负责核实。", "The provider of the data takes it up and answers for its verification.")),
        Command(REPORT, "reject", frozenset({"submitted"}), "not_a_report", (REPORT_HANDLER,), 30,
                "requests.report.rejected", Text("不属于反馈事项", "Not a report"),
                Text("内容不涉及错误、异议、侵权或者泄露的，说明理由并告知合适的渠道。",
                     "It names no error, objection, infringement or leak: say why, and where it belongs."),
                note=Note.REQUIRED, stops=OFFICE_CLOCKS),
        Command(REPORT, "merge", frozenset({"submitted"}), "merged", (REPORT_HANDLER,), 30,
                "requests.report.merged", Text("并案", "Merge"),
                Text("同一问题合并办理，反馈人仍可查询进展。",
                     "One problem is handled once; each reporter can still follow it."),
                needs=("leading_report_named",), stops=OFFICE_CLOCKS),
        Command(REPORT, "verify", frozenset({"accepted"}), "verifying", (REPORT_HANDLER,), 30,
                "requests.report.verification_started", Text("开始核实", "Verify"),
                Text("收到反馈后应当立即核实。", "A report is to be verified at once."),
                stops=("report_verify", "leak_verify")),
        Command(REPORT, "propose_outcome", frozenset({"verifying"}), "outcome_proposed", (REPORT_HANDLER,), 30,
                "requests.report.outcome_proposed", Text("拟定处理措施", "Choose the outcome"),
                Text("在数据撤回、中止开放、依法处理后开放、继续开放中选定一项并说明理由，前三项立即生效；"
                     "反馈人表示未解决的，换人重新核实并作出说明。",
                     "One of the four outcomes, with its reason; withdraw, suspend and process-then-open take hold at once. "
                     "After a 'not solved', another handler decides again or says why not."),
                note=Note.REQUIRED, other_than=("propose_outcome",), needs=("outcome_chosen",)),
        Command(REPORT, "send_feedback", frozenset({"outcome_proposed"}), "feedback_sent", (REPORT_HANDLER,), 30,
                "requests.report.feedback_sent", Text("反馈结果", "Send the answer"),
                Text("处理结果必须反馈给反馈人。", "The outcome must be told to the reporter."),
                starts=("report_not_solved",), stops=("report_outcome",)),
        Command(REPORT, "say_not_solved", frozenset({"feedback_sent"}), None, (REPORTER,), 30,
                "requests.report.not_solved_said", Text("问题未解决", "Say that it is not solved"),
                Text("14日内可以表示问题未解决，由另一人员重新核实。",
                     "Within 14 days the reporter may say so, and another handler verifies it anew."),
                needs=("within_not_solved_window",), starts=("report_outcome",), stops=("report_not_solved",),
                may_reach=("verifying",)),
        Command(REPORT, "close", frozenset({"feedback_sent"}), "closed", (REPORT_HANDLER, SYSTEM), 30,
                "requests.report.closed", Text("办结", "Close"),
                Text("14日内没有提出异议的，予以办结；依法处理后开放的，更正后的版本发布后方可办结。",
                     "It closes when 14 days brought no objection; process-then-open only after the corrected version is out."),
                needs=("not_solved_window_over", "correction_published"), stops=("report_not_solved",)),
        Command(REPORT, "hold", frozenset({"submitted", "accepted", "verifying"}), None, (REPORT_HANDLER, OFFICER, SYSTEM), 30,
                "requests.report.held", Text("立即停止提供", "Hold the data"),
                Text("发现泄露的应当立即补救：一步中止相关条目；已核验身份的人反馈泄露时自动中止，匿名反馈由值班人员判断，"
                     "以免数据被他人恶意下线。",
                     "A leak is remedied at once: one step suspends the entry. A verified person's claim does so by itself; an "
                     "anonymous one is for the officer on duty, lest strangers take data offline."),
                needs=("leak_claimed",)),
    ),
)
# fmt: on
