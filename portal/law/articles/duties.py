"""Art. 34–47: security, supervision, liability, and the Measures themselves."""

from portal.law.terms import Article, Text

DUTY_ARTICLES: tuple[Article, ...] = (
    Article(
        34,
        Text("安全制度与备份", "Security rules and backups"),
        Text(
            "建立分类分级的安全制度；数据库定期加密备份，本地和异地各存一份；定期评估风险，管好受托单位。",
            "Security follows class and level; databases are backed up encrypted, here and elsewhere; risks are "
            "assessed and contractors supervised.",
        ),
        Text(
            "在一台新机器上恢复备份，记录、文件和授权一项不少。",
            "A restore on a clean machine brings back every row, file and grant.",
        ),
    ),
    Article(
        35,
        Text("安全监督部门", "Oversight offices"),
        Text(
            "国家安全、网信、公安、保密和密码管理部门在各自职责内监督数据安全。",
            "Cyberspace, public security, state security, secrecy and cryptography offices supervise data security.",
        ),
        Text("监督人员可以查看审计记录，不能改动任何内容。", "They read the audit and change nothing."),
    ),
    Article(
        36,
        Text("保密审查与全程安全", "Secrecy review and security throughout"),
        Text(
            "共享和开放之前，须通过本部门的保密审查并符合分类分级要求；全过程鉴别身份、管理授权。",
            "Before sharing or opening, the department's own secrecy review; identity and authorisation throughout.",
        ),
        Text("未经保密审查的条目不能发布。", "Without the review nothing is published."),
    ),
    Article(
        37,
        Text("应急处置", "Incidents"),
        Text(
            "发生数据安全事件的，启动预案，及时告知提供部门，报告有关部门，并发布警示。",
            "In an incident the plan is set in motion, the provider told, the offices informed and the public warned.",
        ),
        Text("每一步处置都有时间记录。", "Each step is logged with its time."),
    ),
    Article(
        38,
        Text("访问控制与全程审计", "Access control and audit"),
        Text(
            "谁提供、谁使用、谁流转，谁就负责；对访问、授权和操作实施控制和全程审计。",
            "Who provides, uses or passes on data answers for it; access and authorisation are controlled and audited.",
        ),
        Text("每一次特权操作恰好留下一条审计记录。", "Every privileged act leaves exactly one event."),
    ),
    Article(
        39,
        Text("年度评估", "Yearly evaluation"),
        Text(
            "每年评估各部门提供和使用数据的情况并公布结果，审批新的信息化项目时予以参考。",
            "Each year departments are evaluated on providing and using data, and the results are published.",
        ),
        Text("每个部门的得分附有计算所用的数字。", "Each score stands beside the figures behind it."),
    ),
    Article(
        40,
        Text("经费", "Funding"),
        Text(
            "公共数据相关经费列入本级预算，并实施绩效管理。",
            "Funding is part of the budget and its effect is evaluated.",
        ),
        Text("本条由财政等部门线下落实，平台提供统计数字。", "Done outside the portal, which supplies the statistics."),
    ),
    Article(
        41,
        Text("宣传培训", "Training and publicity"),
        Text("定期培训管理和技术人员，推广好的案例。", "Staff are trained regularly, and good examples made known."),
        Text("平台展示数据利用成果，并提供操作说明。", "The portal shows reuses and carries its manual."),
    ),
    Article(
        42,
        Text("容错免责", "Honest mistakes"),
        Text(
            "因制度不明、创新或者应急中的无意过失，未违反法律法规的，可以依规免责或者从轻。",
            "Honest mistakes where rules are unclear, in new work or in emergencies, may be excused within the law.",
        ),
        Text("操作的理由和经过留有记录，可供查证。", "Reasons and steps are on record for whoever must judge."),
    ),
    Article(
        43,
        Text("与上位法衔接", "Other laws first"),
        Text("法律、行政法规已规定责任的，按其规定。", "Where a law already provides for liability, that law applies."),
        Text(
            "规则按版本配置，上位法变化时另立新的规则集。", "Rules are versioned; a change of law makes a new rule set."
        ),
    ),
    Article(
        44,
        Text("部门的责任", "Liability of departments"),
        Text(
            "不按规定编目、共享、开放，逾期不办申请，拒不更正错误，或者不履行安全职责的，责令限期整改，逾期追责。",
            "Failing to catalogue, share or open, late handling, refusing to correct, or neglecting security draws "
            "an order to rectify, then sanctions.",
        ),
        Text(
            "逾期由系统自动督办，不依赖人工发现；逾期本身不代替决定。",
            "The clock makes the notice, not a person; being overdue never decides a case.",
        ),
    ),
    Article(
        45,
        Text("使用人的责任", "Liability of users"),
        Text(
            "未经同意不得转让数据、另作他用或者扩大范围；须保护个人信息和商业秘密，遵守协议，做好安全保障。",
            "No transfer, no other purpose, no wider use; personal information and trade secrets are protected, the "
            "agreement and its safeguards kept.",
        ),
        Text("授权被撤销后，密钥在下一次请求时即被拒绝。", "A revoked grant's key is refused at the next request."),
    ),
    Article(
        46,
        Text("解释", "Interpretation"),
        Text(
            "由自治区发展改革委会同有关部门解释。",
            "The regional Development and Reform Commission interprets the Measures.",
        ),
        Text(
            "平台的说明仅供参考，以原文和有权解释为准。",
            "The portal's wording is a guide; the original text and its interpretation prevail.",
        ),
    ),
    Article(
        47,
        Text("施行与有效期", "Force and term"),
        Text(
            "2023年2月17日印发并施行，试行两年；此后另有新的规定与之并行。",
            "In force from issue on 17 February 2023, for a trial of two years; newer rules stand beside it since.",
        ),
        Text(
            "规则是注明日期的配置，每件事项按其开始时的规则办理，可以随时启用新的规则集。",
            "Rules are dated configuration: each case keeps those under which it began, and a new set can be added.",
        ),
    ),
)
