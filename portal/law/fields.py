"""The attributes of a catalogue entry: form labels, the refusal of a missing one by its name, and the public page.

Art. 7 demands classification, format, attributes, update frequency, share and open type and use requirements; Art. 8
the lead department; Art. 27 scope, content, class, condition, form and frequency.
"""

from portal.law.terms import Field, Text

CONDITIONAL = ("conditional",)

FIELDS: tuple[Field, ...] = (
    Field(
        "code",
        Text("信息资源代码", "Code"),
        None,
        Text("类目代码加顺序号，唯一，不重复使用。", "Class code and sequence; unique and never used again."),
    ),
    Field("title", Text("名称", "Title"), 7, Text("说明是什么数据。", "Says what data it is.")),
    Field(
        "abstract",
        Text("摘要", "Abstract"),
        7,
        Text("用几句话说明内容、来源和适用场合。", "A few sentences on content, origin and use."),
    ),
    Field(
        "provider",
        Text("提供方", "Provider"),
        None,
        Text("提供这项数据并对其负责的部门。", "The department that provides the data and answers for it."),
    ),
    Field(
        "provider_uscc",
        Text("提供方代码", "Provider's USCC"),
        None,
        Text("提供方的统一社会信用代码，18 位。", "The provider's unified social credit code, 18 characters."),
    ),
    Field("theme", Text("主题", "Theme"), None, Text("所属的业务主题。", "The subject that it belongs to.")),
    Field(
        "domain",
        Text("领域", "Domain"),
        7,
        Text("优先开放的十一个领域之一，或者其他。", "One of the eleven priority domains, or other."),
        "domain",
    ),
    Field(
        "industry",
        Text("行业", "Industry"),
        None,
        Text("国民经济行业门类。", "The section of the industrial classification."),
        "industry",
    ),
    Field(
        "library",
        Text("库类型", "Library"),
        8,
        Text("是否属于基础库、主题库或者专题库。", "Whether it is part of a base, theme or special library."),
        "library",
    ),
    Field(
        "base_kind",
        Text("基础库种类", "Base library kind"),
        8,
        Text("属于哪一个基础库。", "Which base library it is part of."),
        "base_kind",
        ("library", ("base",)),
    ),
    Field(
        "lead_department",
        Text("牵头部门", "Lead department"),
        8,
        Text(
            "组织相关部门共同编制主题库、专题库目录的部门。",
            "The department that compiles a theme or special entry together with others.",
        ),
        None,
        ("library", ("theme", "special")),
    ),
    Field(
        "elements",
        Text("信息项", "Data elements"),
        7,
        Text(
            "各信息项的名称、含义、类型、长度、单位、敏感程度、脱敏方式和开放属性。",
            "Each element's name, meaning, type, length, unit, sensitivity, de-identification and open attribute.",
        ),
    ),
    Field(
        "format_class",
        Text("格式", "Format"),
        7,
        Text("数据以何种格式存储。", "The kind of format that holds the data."),
        "format_class",
    ),
    Field(
        "data_form",
        Text("数据形式", "Data form"),
        27,
        Text("通过接口、下载或者两种方式提供。", "By API, by download, or both."),
        "data_form",
    ),
    Field(
        "update_frequency",
        Text("更新频率", "Update frequency"),
        7,
        Text("多久更新一次。", "How often it is updated."),
        "update_frequency",
    ),
    Field(
        "share_type",
        Text("共享类型", "Share type"),
        7,
        Text("部门之间如何共享。", "How departments share it."),
        "share_type",
    ),
    Field(
        "share_condition",
        Text("共享条件", "Share condition"),
        19,
        Text("有条件共享的，写明条件。", "For conditional sharing: the condition."),
        None,
        ("share_type", CONDITIONAL),
    ),
    Field(
        "share_basis",
        Text("共享类型的依据", "Basis of the share type"),
        19,
        Text("有条件共享或者不予共享的法律法规依据。", "The legal basis for sharing on condition or not at all."),
        None,
        ("share_type", ("conditional", "not_shared")),
    ),
    Field(
        "open_class",
        Text("开放类型", "Open class"),
        7,
        Text(
            "无条件开放、有条件开放或者非开放；没有依据的，属于无条件开放。",
            "Unconditional, conditional or non-open; unconditional unless a basis says otherwise.",
        ),
        "open_class",
    ),
    Field(
        "open_condition",
        Text("开放条件", "Open condition"),
        27,
        Text("有条件开放的，写明申请人须满足的条件。", "For conditional entries: what an applicant must meet."),
        None,
        ("open_class", CONDITIONAL),
    ),
    Field(
        "legal_basis",
        Text("开放类型的依据", "Legal basis of the open class"),
        5,
        Text("不作无条件开放的法律法规依据，写明名称和条款。", "The law and clause for not opening without condition."),
        None,
        ("open_class", ("conditional", "non_open")),
    ),
    Field(
        "open_scope",
        Text("开放范围", "Open scope"),
        27,
        Text("覆盖哪些地区、对象和时段。", "Which places, subjects and times it covers."),
    ),
    Field(
        "open_content",
        Text("开放内容", "Open content"),
        27,
        Text("开放其中的哪些内容。", "Which part of the content is open."),
    ),
    Field(
        "use_requirements",
        Text("使用要求", "Use requirements"),
        7,
        Text(
            "使用时须遵守的事项，例如注明来源和获取日期。", "What users must observe, such as citing source and date."
        ),
    ),
    Field(
        "data_level",
        Text("数据级别", "Data level"),
        None,
        Text("核心数据和重要数据不得无条件开放。", "Core and important data are never unconditional."),
        "data_level",
    ),
    Field(
        "region", Text("区域", "Region"), None, Text("数据覆盖的行政区域。", "The area that the data covers."), "region"
    ),
    Field(
        "covers_from", Text("起始日期", "Covers from"), None, Text("数据最早的日期。", "The earliest date in the data.")
    ),
    Field(
        "covers_to",
        Text("截止日期", "Covers to"),
        None,
        Text("数据最晚的日期；持续更新的留空。", "The latest date; empty while it goes on."),
    ),
    Field(
        "licence",
        Text("使用许可", "Licence"),
        None,
        Text("获取数据后可以如何使用。", "How the data may be used once obtained."),
        "licence",
    ),
    Field("contact", Text("联系方式", "Contact"), None, Text("就数据内容可以联系谁。", "Whom to ask about the data.")),
    Field(
        "language",
        Text("语种", "Language"),
        None,
        Text("数据内容使用的语言。", "The language of the data."),
        "language",
    ),
    Field("keywords", Text("关键词", "Keywords"), None, Text("便于检索的词语。", "Words that help to find it.")),
    Field(
        "secrecy_conclusion",
        Text("保密审查结论", "Secrecy review"),
        None,
        Text("开放前保密审查的结论。", "What the secrecy review found before opening."),
    ),
    Field(
        "next_check_on",
        Text("下次审查日期", "Next conformity check"),
        None,
        Text("下一次定期符合性审核的日期。", "The date of the next periodic check."),
    ),
)
