"""The glossary: the words of the Measures, and what the portal means by each."""

from portal.law.terms import Text, Word

WORDS: tuple[Word, ...] = (
    Word(
        "data_authority",
        Text("公共数据主管部门", "data authority"),
        Text(
            "每个辖区一个，负责审核、发布和监督。", "One for each jurisdiction; it reviews, publishes and supervises."
        ),
        6,
    ),
    Word(
        "department",
        Text("政务部门、公共服务部门", "department"),
        Text(
            "采集并提供公共数据的单位，分为政务部门和公共服务部门两类。",
            "Collects and provides public data; either a government or a public-service body.",
        ),
        2,
    ),
    Word(
        "provider",
        Text("提供部门", "provider"),
        Text("目录条目所属的部门，对数据负责。", "The department that an entry belongs to and that answers for it."),
        16,
    ),
    Word(
        "source_department",
        Text("数源部门", "source department"),
        Text("一项数据唯一的法定采集部门。", "The one statutory collector of a data element."),
        13,
    ),
    Word(
        "chief_data_officer",
        Text("首席数据官", "chief data officer"),
        Text("部门内统筹数据工作的负责人。", "Leads the data work of a department."),
        6,
    ),
    Word(
        "registrar",
        Text("目录登记人员", "registrar"),
        Text("部门指定的、登记目录的人员。", "A designated person who registers entries."),
        12,
    ),
    Word(
        "reviewer",
        Text("目录审核人员", "reviewer"),
        Text(
            "部门指定的、审核目录的人员，与登记人员不是同一人。",
            "A designated person who reviews entries; never the one who registered them.",
        ),
        12,
    ),
    Word(
        "catalogue",
        Text("公共数据目录", "catalogue"),
        Text(
            "全区统一的公共数据清单，说明有哪些数据、由谁提供、怎样获取。",
            "The unified list: what data there is, who provides it, how to obtain it.",
        ),
        7,
    ),
    Word("entry", Text("目录条目", "entry"), Text("目录中的一项数据。", "One set of data in the catalogue."), 7),
    Word(
        "data_element",
        Text("信息项", "data element"),
        Text("条目数据中的一个字段。", "A field of an entry's data."),
        13,
    ),
    Word(
        "attach",
        Text("挂接", "attach"),
        Text("把数据资源连接到已发布的目录条目上。", "To connect a resource to a published entry."),
        10,
    ),
    Word(
        "resource",
        Text("数据资源", "resource"),
        Text(
            "承载数据的文件、数据表或者接口；每个版本发布后不再改动。",
            "The file, table or API that carries the data; each version stays as it was published.",
        ),
        10,
    ),
    Word(
        "unconditional",
        Text("无条件开放", "unconditional"),
        Text("任何人都可以直接获取。", "Anyone obtains it directly."),
        26,
    ),
    Word(
        "conditional",
        Text("有条件开放", "conditional"),
        Text("满足写明的条件，经申请获取。", "On application, for who meets the stated condition."),
        26,
    ),
    Word(
        "non_open",
        Text("非开放", "non-open"),
        Text("依法不向社会开放；确有需要的可以申请。", "By law not open to the public; it may still be applied for."),
        26,
    ),
    Word(
        "open_condition",
        Text("开放条件", "open condition"),
        Text("有条件开放数据的获取条件，须有法律依据。", "What a conditional entry asks for; it needs a legal basis."),
        27,
    ),
    Word(
        "secrecy_review",
        Text("保密审查", "secrecy review"),
        Text("数据开放之前，由本部门进行的审查。", "Done inside the department before anything opens."),
        36,
    ),
    Word(
        "conformity_check",
        Text("符合性审查", "conformity check"),
        Text(
            "主管部门对申请材料的初步核对，参照共享的做法。",
            "The authority's first look at an application, by analogy with sharing.",
        ),
        21,
    ),
    Word(
        "joint_review",
        Text("会同审核", "joint review"),
        Text("主管部门和提供部门分别审核，都同意才开放。", "Authority and provider each decide; both must approve."),
        29,
    ),
    Word(
        "agreement",
        Text("开放利用协议", "open-use agreement"),
        Text("约定用途、范围、期限和安全保障措施的协议。", "Binds purpose, scope, term and safeguards."),
        45,
    ),
    Word(
        "scenario",
        Text("应用场景", "scenario"),
        Text("数据用在什么业务或者场合。", "The business or situation in which the data is used."),
        17,
    ),
    Word("purpose", Text("用途", "purpose"), Text("使用数据要达到的目的。", "What the data is used for."), 45),
    Word("withdraw", Text("数据撤回", "withdraw"), Text("不再提供该数据。", "The data is no longer given out."), 30),
    Word(
        "suspend",
        Text("中止开放", "suspend"),
        Text("暂停提供，两部门都同意后恢复。", "Paused until both sides agree to resume."),
        30,
    ),
    Word(
        "process_then_open",
        Text("依法处理后开放", "process then open"),
        Text("更正或者脱敏之后，发布新的版本。", "A corrected or de-identified version follows."),
        30,
    ),
    Word(
        "keep_open", Text("继续开放", "keep open"), Text("经核实无须改动。", "Verified: nothing needs to change."), 30
    ),
    Word(
        "filing",
        Text("报备", "filing"),
        Text("把情况告知主管部门并留下记录。", "A notice to the authority, on record."),
        11,
    ),
    Word(
        "supervision_notice",
        Text("督办", "supervision notice"),
        Text("对逾期未办的事项提出限期要求。", "Sets a deadline for what is overdue."),
        6,
    ),
    Word(
        "rectification_order",
        Text("责令限期整改", "rectification order"),
        Text("要求违反规定的部门在期限内改正。", "Orders a department to put a breach right in time."),
        44,
    ),
    Word(
        "base_library",
        Text("基础库", "base library"),
        Text("人口、法人单位等通用的基础信息。", "Common basic information, such as population and legal entities."),
        8,
    ),
    Word(
        "theme_library",
        Text("主题库", "theme library"),
        Text("多部门围绕同一领域共建的数据。", "Built by several departments around one field."),
        8,
    ),
    Word(
        "special_library",
        Text("专题库", "special library"),
        Text("为某一时期的专项目标组织的数据。", "Assembled for one task of one period."),
        8,
    ),
    Word(
        "scenario_catalogue",
        Text("场景应用目录", "scenario catalogue"),
        Text("为一个业务场景组合的多个条目。", "A bundle of entries for one scenario."),
        9,
    ),
    Word(
        "prefecture",
        Text("地（州、市）", "prefecture"),
        Text("自治区下一级的辖区。", "The jurisdiction below the region."),
        18,
    ),
    Word(
        "xpcc",
        Text("新疆生产建设兵团", "XPCC"),
        Text("参照本办法，与地方互通数据。", "Takes part on the terms of the Measures."),
        4,
    ),
)
