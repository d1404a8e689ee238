"""Art. 1–15: purpose, words, duties, the catalogue, and how data is collected and brought together."""

from portal.law.terms import Article, Text

GENERAL_ARTICLES: tuple[Article, ...] = (
    Article(
        1,
        Text("目的和依据", "Purpose and basis"),
        Text(
            "说明为什么要管好、用好公共数据，以及制定本办法所依据的上位法。",
            "Why public data is to be managed and used well, and the laws on which the Measures rest.",
        ),
        Text("平台的每项规则都注明所依据的条款。", "Every rule of the portal names its article."),
    ),
    Article(
        2,
        Text("用语含义", "Words"),
        Text(
            "界定公共数据、共享、开放、平台以及基础库、主题库、专题库；一条基础数据只有一个法定采集部门。",
            "What public data, sharing, opening, the platform and the three kinds of library mean; each basic datum "
            "has exactly one lawful collector.",
        ),
        Text(
            "部门分为政务部门和公共服务部门，隶属于各自的辖区；全站使用统一用语。",
            "Departments are government or public-service bodies within a jurisdiction; the same words are used "
            "everywhere.",
        ),
    ),
    Article(
        3,
        Text("适用范围", "Scope"),
        Text(
            "适用于自治区内公共数据的采集、共享、开放和监督；涉及国家秘密的，另按国家规定管理。",
            "The Measures cover collecting, sharing, opening and supervising public data in the region; state "
            "secrets follow other rules.",
        ),
        Text("平台不登记涉密数据。", "The portal registers nothing classified."),
    ),
    Article(
        4,
        Text("原则", "Principles"),
        Text(
            "共享为常态，以需求为导向，标准统一，安全与发展并重；兵团可以参照执行，实现兵地数据互通。",
            "Sharing is the rule, demand leads, standards are common, security goes with growth; the XPCC may take "
            "part on the same terms.",
        ),
        Text(
            "兵团及其师市是辖区树的一部分，与地州市同样登记和开放数据。",
            "The XPCC and its divisions stand in the tree of jurisdictions and publish like the prefectures.",
        ),
    ),
    Article(
        5,
        Text("不得据为己有、不得擅设条件", "No ownership, no conditions of one's own"),
        Text(
            "部门掌管的公共数据不是部门的财产；没有法律依据，不得附加条件妨碍共享和开放。",
            "The data that a department keeps is not its property; without a law behind it, no condition may stand "
            "in the way of sharing and opening.",
        ),
        Text(
            "登记为有条件开放或者非开放而未写明依据的，平台拒绝保存并指明本条。",
            "A conditional or non-open entry without a legal basis is refused, with this article named.",
        ),
    ),
    Article(
        6,
        Text("主管部门和各部门的职责", "Who is responsible"),
        Text(
            "各级政府确定一个公共数据主管部门，负责统筹、目录、标准、监督和督办；各部门对自己的数据负责，"
            "鼓励设首席数据官。",
            "Each level of government names one data authority to coordinate, keep the catalogue, set standards and "
            "supervise; each department answers for its data, with a chief data officer where possible.",
        ),
        Text(
            "一个部门的审核人员不能办理另一部门的事项；主管部门只能办理本辖区的事项。",
            "A reviewer of one department cannot act in another; an authority acts only in its own jurisdiction.",
        ),
    ),
    Article(
        7,
        Text("统一目录、应填属性", "One catalogue, with its attributes"),
        Text(
            "公共数据统一编目；各部门写明数据属于哪一类、什么格式、有哪些属性、多久更新、怎样共享和开放、使用时要注意什么，"
            "报同级主管部门审核。",
            "All public data is catalogued in one way: class, format, attributes, update frequency, how it is "
            "shared and opened and how it may be used, for review by the authority of the same level.",
        ),
        Text(
            "缺少应填属性的，不能提交，平台逐项列出缺少的名称。",
            "An entry with a missing attribute cannot be submitted; each missing one is named.",
        ),
    ),
    Article(
        8,
        Text("基础、主题、专题目录由谁编制", "Who compiles base, theme and special entries"),
        Text(
            "基础数据目录由自治区主管部门编制；主题、专题目录由牵头部门会同有关部门编制。",
            "The regional authority compiles base entries; a lead department compiles theme and special entries "
            "with others.",
        ),
        Text(
            "其他部门登记基础库条目的，平台不予受理。",
            "Another department's attempt to register a base entry is denied.",
        ),
    ),
    Article(
        9,
        Text("场景目录", "Scenario catalogues"),
        Text(
            "鼓励按业务场景把多项数据组合成服务目录，一次满足一个场景的需要。",
            "Departments are encouraged to bundle entries so that one scenario's needs are met at once.",
        ),
        Text(
            "一份申请可以包含一个场景的多个条目，每个条目分别作出决定。",
            "One application may cover a scenario's entries, and each entry keeps its own decision.",
        ),
    ),
    Article(
        10,
        Text("审核、统一发布、挂接资源", "Review, publication, attaching"),
        Text(
            "目录经同级主管部门审核后统一发布；部门随后把数据资源挂接到目录上。",
            "The authority reviews and publishes the catalogue; departments then attach the data itself.",
        ),
        Text(
            "未经审核不能发布；已发布而未挂接资源的条目会被标出，并公布各部门的挂接率。",
            "Nothing is published without review; entries without a resource are flagged and each department's rate "
            "is shown.",
        ),
    ),
    Article(
        11,
        Text("及时更新目录", "Keeping the catalogue up to date"),
        Text(
            "目录定期更新；法律法规修订或者职能变化的，15 个工作日内更新并报备。",
            "The catalogue is updated regularly, and within 15 working days of a change of law or function, with a "
            "filing.",
        ),
        Text(
            "第 16 个工作日仍未更新的，自动产生督办。",
            "On the sixteenth working day a supervision notice appears by itself.",
        ),
    ),
    Article(
        12,
        Text("登记与审核分开，涉密数据不入目录", "Two persons; nothing classified"),
        Text(
            "各部门指定登记人员和审核人员；主管部门定期开展符合性审核和保密风险评估，涉密数据不进入目录。",
            "Departments designate who registers and who reviews; the authority checks conformity and secrecy risks "
            "periodically, and nothing classified is listed.",
        ),
        Text(
            "同一人不能既登记又审核；标为涉密的条目不能保存。",
            "One person cannot do both; an entry marked classified cannot be saved.",
        ),
    ),
    Article(
        13,
        Text("一数一源、统一编码、逐级报送", "One source, one code, reported upwards"),
        Text(
            "每项数据明确一个数源部门；自然人以公民身份号码、单位以统一社会信用代码为标识；数据逐级报送上级平台，"
            "能共享取得的不重复采集。",
            "Each datum has one source; people are keyed by their identity number, organisations by their USCC; "
            "data is reported to the platform above, and what can be shared is not collected again.",
        ),
        Text(
            "为同一信息项登记第二个数源时，平台拒绝并显示已有的数源；两种号码都核对校验位；重复报送不产生变化。",
            "A second source is refused and the first shown; both numbers' check digits are tested; reporting twice "
            "changes nothing.",
        ),
    ),
    Article(
        14,
        Text("归集与建库", "Bringing data together"),
        Text(
            "各部门按统一标准归集数据；在此基础上建设基础库，并逐步完善主题库、专题库。",
            "Departments gather data by common standards; base libraries are built from it, then theme and special "
            "libraries.",
        ),
        Text("入库的条目在页面上显示其数据来自哪里。", "The page of a library entry shows where its data comes from."),
    ),
    Article(
        15,
        Text("质量与日志", "Quality and logs"),
        Text(
            "从完整、有效、及时、一致、准确五个方面把关质量；提供和使用数据都留日志，至少保存三年。",
            "Quality is checked for completeness, validity, timeliness, consistency and accuracy; providing and use "
            "are logged, and logs kept for at least three years.",
        ),
        Text(
            "删除不满三年的日志，由数据库直接拒绝。",
            "The database itself refuses to delete a log row younger than three years.",
        ),
    ),
)
