"""What applications, reports and identity checks may carry (Art. 26, 29, 30, 32, 36)."""

from portal.law.codes.build import listed, noted

SCENARIO = listed(
    "scenario",
    "应用场景",
    "Scenario",
    (
        ("public_service", "便民公共服务", "Public service"),
        ("city_governance", "城市与社会治理", "City and social governance"),
        ("farming_and_herding", "农牧业生产", "Farming and herding"),
        ("industry_and_energy", "工业与能源", "Industry and energy"),
        ("commerce_and_logistics", "商贸与物流", "Commerce and logistics"),
        ("finance_and_credit", "金融与信用", "Finance and credit"),
        ("transport", "交通出行", "Transport and travel"),
        ("culture_and_tourism", "文化和旅游", "Culture and tourism"),
        ("health", "医疗健康", "Health"),
        ("education_and_employment", "教育与就业", "Education and employment"),
        ("environment", "生态环境与防灾减灾", "Environment and disaster prevention"),
        ("research", "科学研究", "Research"),
        ("other", "其他", "Other"),
    ),
)

PURPOSE = listed(
    "purpose",
    "用途",
    "Purpose",
    (
        ("product", "开发产品或者服务", "A product or a service"),
        ("consulting", "咨询服务", "Consulting"),
        ("research", "科学研究", "Scientific research"),
        ("teaching", "教学", "Teaching"),
        ("data_processing", "数据加工", "Data processing"),
        ("own_operation", "本单位经营管理", "The organisation's own operation"),
        ("public_benefit", "公益事业", "Public benefit"),
        ("journalism", "新闻报道", "Journalism"),
        ("other", "其他", "Other"),
    ),
)

REFUSAL_REASON = noted(
    "refusal_reason",
    "不予开放的理由",
    "Reason for a refusal",
    (
        (
            "state_secret",
            "涉及国家秘密",
            "State secrets",
            "依据提示：保守国家秘密法；第十二条",
            "Basis: the law on guarding state secrets; Art. 12",
            12,
        ),
        (
            "national_security",
            "可能危害国家安全或者公共利益",
            "National security or the public interest",
            "依据提示：数据安全法；第三条、第三十二条",
            "Basis: the Data Security Law; Art. 3 and 32",
            32,
        ),
        (
            "personal_information",
            "涉及个人信息，未取得同意且无法脱敏",
            "Personal information, without consent and not to be de-identified",
            "依据提示：个人信息保护法；第二十六条、第四十五条",
            "Basis: the Personal Information Protection Law; Art. 26 and 45",
            26,
        ),
        (
            "trade_secret",
            "涉及商业秘密，权利人不同意开放",
            "A trade secret, and its holder does not consent",
            "依据提示：反不正当竞争法；第二十六条、第四十五条",
            "Basis: the Anti-Unfair Competition Law; Art. 26 and 45",
            26,
        ),
        (
            "forbidden_by_law",
            "法律法规规定不得开放",
            "A law forbids it",
            "须写明法律法规名称和条款；第五条",
            "Name the law and its clause; Art. 5",
            5,
        ),
        (
            "condition_not_met",
            "不符合目录载明的开放条件",
            "The open condition of the entry is not met",
            "须指明是哪一项条件；第二十七条、第二十九条",
            "Name the condition; Art. 27 and 29",
            29,
        ),
        (
            "purpose_unlawful",
            "用途不合法、不正当或者损害他人权益",
            "The purpose is unlawful, improper or harms others",
            "依据提示：第三十二条、第四十五条",
            "Basis: Art. 32 and 45",
            32,
        ),
        (
            "beyond_need",
            "申请范围超出用途所需",
            "More than the purpose needs",
            "应当说明可以提供的范围；第三十二条",
            "Say what could be given; Art. 32",
            32,
        ),
        (
            "safeguards_insufficient",
            "安全保障措施不足",
            "The safeguards do not suffice",
            "须写明欠缺的措施；第三十六条、第三十八条",
            "Name what is missing; Art. 36 and 38",
            38,
        ),
        (
            "earlier_breach",
            "曾违反开放利用协议且尚未纠正",
            "An earlier breach of an agreement, not yet put right",
            "依据提示：第四十五条",
            "Basis: Art. 45",
            45,
        ),
        (
            "suspended_or_withdrawn",
            "数据已中止开放或者撤回",
            "The data is suspended or withdrawn",
            "应当说明原因和预计恢复时间；第三十条",
            "Say why, and when it may return; Art. 30",
            30,
        ),
    ),
)

REPORT_KIND = noted(
    "report_kind",
    "反馈事项",
    "Kind of report",
    (
        ("error", "数据有错误", "Error", "内容不准、缺漏或者过期", "Wrong, missing or out of date", 30),
        (
            "objection",
            "对数据有异议",
            "Objection",
            "对内容、开放类型或者条件有不同意见",
            "Disagreement with the content, its class or its condition",
            30,
        ),
        (
            "infringement",
            "侵害合法权益",
            "Infringement of rights",
            "涉及个人隐私、商业秘密等合法权益",
            "Privacy, trade secrets or other lawful rights",
            30,
        ),
        (
            "leak",
            "数据泄露",
            "Leak",
            "不应公开的内容被公开，将立即采取补救措施",
            "Something not meant to be public is public; remedied at once",
            30,
        ),
    ),
)

REPORT_OUTCOME = noted(
    "report_outcome",
    "处理措施",
    "Outcome of a report",
    (
        ("withdraw", "数据撤回", "Withdraw", "不再提供该数据", "The data is no longer given out", 30),
        ("suspend", "中止开放", "Suspend", "暂停提供，双方同意后恢复", "Paused until both sides agree to resume", 30),
        (
            "process_then_open",
            "依法处理后开放",
            "Process, then open",
            "更正或者脱敏后发布新版本",
            "A corrected or de-identified version is published",
            30,
        ),
        (
            "keep_open",
            "继续开放",
            "Keep open",
            "经核实无须改动，说明理由",
            "Nothing needs to change, and the reason is given",
            30,
        ),
    ),
)

EVIDENCE_KIND = noted(
    "evidence_kind",
    "转为开放的凭据",
    "Evidence for opening",
    (
        (
            "deidentification",
            "脱密脱敏处理记录",
            "De-identification record",
            "写明处理方法、处理人和时间",
            "It says how, by whom and when",
            26,
        ),
        (
            "consent",
            "权利人同意书",
            "Consent of the right holder",
            "写明同意的范围和期限",
            "It says what is consented to, and until when",
            26,
        ),
    ),
)

IDENTITY_KIND = noted(
    "identity_kind",
    "身份类别",
    "Kind of identity",
    (
        (
            "natural_person",
            "自然人",
            "Natural person",
            "以公民身份号码核验",
            "Verified by the citizen's identity number",
            13,
        ),
        (
            "legal_person",
            "法人",
            "Legal person",
            "以统一社会信用代码核验",
            "Verified by the unified social credit code",
            13,
        ),
        (
            "unincorporated",
            "非法人组织",
            "Unincorporated organisation",
            "以统一社会信用代码核验",
            "Verified by the unified social credit code",
            13,
        ),
    ),
)

ORGANISATION_KIND = listed(
    "organisation_kind",
    "单位类别",
    "Kind of organisation",
    (
        ("enterprise", "企业", "Enterprise"),
        ("institution", "事业单位", "Public institution"),
        ("social_organisation", "社会组织", "Social organisation"),
        ("state_organ", "机关", "State organ"),
        ("cooperative", "农民专业合作社", "Farmers' cooperative"),
        ("individual_business", "个体工商户", "Individual business"),
        ("other", "其他", "Other"),
    ),
)

CASE_LISTS = (
    SCENARIO,
    PURPOSE,
    REFUSAL_REASON,
    REPORT_KIND,
    REPORT_OUTCOME,
    EVIDENCE_KIND,
    IDENTITY_KIND,
    ORGANISATION_KIND,
)
