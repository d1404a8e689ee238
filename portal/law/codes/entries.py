"""What a catalogue entry and its data elements may carry (Art. 7, 8, 19, 26, 27, 31; GB/T 4754, GB/T 43697)."""

from portal.law.codes.build import listed, noted

DOMAIN = listed(
    "domain",
    "领域",
    "Domain",
    (
        ("education", "教育", "Education"),
        ("employment", "就业", "Employment"),
        ("technology", "科技", "Science and technology"),
        ("agriculture", "农业", "Agriculture"),
        ("tourism", "旅游", "Tourism"),
        ("health", "医疗", "Health care"),
        ("culture", "文化", "Culture"),
        ("transport", "交通", "Transport"),
        ("credit", "信用", "Credit"),
        ("weather", "气象", "Weather"),
        ("environment", "生态环境", "Ecology and environment"),
        ("other", "其他", "Other"),
    ),
)

INDUSTRY = listed(
    "industry",
    "行业门类（GB/T 4754）",
    "Industry section (GB/T 4754)",
    (
        ("A", "农、林、牧、渔业", "Agriculture, forestry, animal husbandry and fishery"),
        ("B", "采矿业", "Mining"),
        ("C", "制造业", "Manufacturing"),
        ("D", "电力、热力、燃气及水生产和供应业", "Electricity, heat, gas and water supply"),
        ("E", "建筑业", "Construction"),
        ("F", "批发和零售业", "Wholesale and retail trade"),
        ("G", "交通运输、仓储和邮政业", "Transport, storage and post"),
        ("H", "住宿和餐饮业", "Accommodation and catering"),
        ("I", "信息传输、软件和信息技术服务业", "Information transmission, software and IT services"),
        ("J", "金融业", "Finance"),
        ("K", "房地产业", "Real estate"),
        ("L", "租赁和商务服务业", "Leasing and business services"),
        ("M", "科学研究和技术服务业", "Scientific research and technical services"),
        ("N", "水利、环境和公共设施管理业", "Water, environment and public facilities"),
        ("O", "居民服务、修理和其他服务业", "Resident services, repair and other services"),
        ("P", "教育", "Education"),
        ("Q", "卫生和社会工作", "Health and social work"),
        ("R", "文化、体育和娱乐业", "Culture, sports and entertainment"),
        ("S", "公共管理、社会保障和社会组织", "Public administration, social security and social organisations"),
        ("T", "国际组织", "International organisations"),
    ),
)

LIBRARY = noted(
    "library",
    "库类型",
    "Library",
    (
        ("none", "不入库", "None", "不属于基础库、主题库或者专题库", "In none of the libraries", 0),
        (
            "base",
            "基础库",
            "Base library",
            "目录只由自治区主管部门编制",
            "Compiled by the regional data authority alone",
            8,
        ),
        (
            "theme",
            "主题库",
            "Theme library",
            "由牵头部门组织相关部门共同编制",
            "A lead department compiles it with others",
            8,
        ),
        (
            "special",
            "专题库",
            "Special library",
            "为某一时期的专项业务目标而建，由牵头部门组织编制",
            "For one task of one period; a lead department compiles it with others",
            8,
        ),
    ),
)

BASE_KIND = listed(
    "base_kind",
    "基础库种类",
    "Base library kind",
    (
        ("population", "人口", "Population"),
        ("legal_entities", "法人单位", "Legal entities"),
        ("natural_resources_and_space", "自然资源和空间地理", "Natural resources and spatial geography"),
        ("electronic_certificates", "电子证照", "Electronic certificates and licences"),
        ("macro_economy", "宏观经济", "Macro-economy"),
    ),
)

FORMAT_CLASS = listed(
    "format_class",
    "格式",
    "Format class",
    (
        ("file", "电子文件", "File"),
        ("spreadsheet", "电子表格", "Spreadsheet"),
        ("database", "数据库", "Database"),
        ("image", "图形图像", "Image"),
        ("stream", "流媒体", "Stream"),
        ("self_described", "自描述格式", "Self-described format"),
        ("service_api", "服务接口", "Service API"),
    ),
)

DATA_FORM = listed(
    "data_form",
    "数据形式",
    "Data form",
    (
        ("api", "数据接口", "API"),
        ("download", "数据下载", "Download"),
        ("both", "数据接口和数据下载", "API and download"),
    ),
)

UPDATE_FREQUENCY = listed(
    "update_frequency",
    "更新频率",
    "Update frequency",
    (
        ("real_time", "实时", "Real-time"),
        ("daily", "每日", "Daily"),
        ("weekly", "每周", "Weekly"),
        ("monthly", "每月", "Monthly"),
        ("quarterly", "每季度", "Quarterly"),
        ("half_yearly", "每半年", "Half-yearly"),
        ("yearly", "每年", "Yearly"),
        ("irregular", "不定期", "Irregular"),
        ("static", "不更新", "Static"),
    ),
)

SHARE_TYPE = noted(
    "share_type",
    "共享类型",
    "Share type",
    (
        (
            "unconditional",
            "无条件共享",
            "Unconditional",
            "可供所有政务部门和公共服务部门使用",
            "Every department may use it",
            19,
        ),
        (
            "conditional",
            "有条件共享",
            "Conditional",
            "须写明共享条件和依据",
            "Its condition and legal basis must be stated",
            19,
        ),
        (
            "not_shared",
            "不予共享",
            "Not shared",
            "须写明法律法规依据或者国家有关规定",
            "Its legal basis must be stated",
            19,
        ),
    ),
)

OPEN_CLASS = noted(
    "open_class",
    "开放类型",
    "Open class",
    (
        (
            "unconditional",
            "无条件开放",
            "Unconditional",
            "任何人都可以直接获取，不需要登录",
            "Anyone gets it directly, without signing in",
            26,
        ),
        (
            "conditional",
            "有条件开放",
            "Conditional",
            "写明开放条件和依据，经申请获取",
            "Its condition and basis are stated; by application",
            26,
        ),
        (
            "non_open",
            "非开放",
            "Non-open",
            "写明依据；确有需要的，可以申请，由两部门会同决定",
            "Its basis is stated; an application is decided by both sides",
            26,
        ),
    ),
)

DATA_LEVEL = noted(
    "data_level",
    "数据级别",
    "Data level",
    (
        ("core", "核心数据", "Core", "不得无条件开放", "Never unconditional", 36),
        ("important", "重要数据", "Important", "不得无条件开放", "Never unconditional", 36),
        ("general", "一般数据", "General", "核心数据、重要数据以外的数据", "Neither core nor important", 36),
    ),
)

SENSITIVITY = listed(
    "sensitivity",
    "敏感程度",
    "Sensitivity",
    (
        ("none", "不敏感", "Not sensitive"),
        ("internal", "内部使用", "Internal"),
        ("trade_secret", "商业秘密", "Trade secret"),
        ("personal", "个人信息", "Personal information"),
        ("sensitive_personal", "敏感个人信息", "Sensitive personal information"),
    ),
)

DEIDENTIFICATION = noted(
    "deidentification",
    "脱敏方式",
    "De-identification rule",
    (
        ("none", "不作处理", "None", "原值提供", "The value is given as it is", 0),
        ("mask", "遮盖", "Mask", "以符号替换部分字符", "Part of the characters is replaced by a sign", 26),
        ("truncate", "截断", "Truncate", "只保留前若干位", "Only the first characters are kept", 26),
        (
            "generalise",
            "泛化",
            "Generalise",
            "以区间或者上一级类别代替",
            "A range or a wider class takes its place",
            26,
        ),
        ("round", "取整", "Round", "降低数值或者位置的精度", "A number or a place is made coarser", 26),
        (
            "pseudonymise",
            "假名化",
            "Pseudonymise",
            "以不可逆推的代号代替",
            "A code that cannot be traced back takes its place",
            26,
        ),
        ("aggregate", "汇总", "Aggregate", "只提供统计结果", "Only totals are given", 26),
        ("suppress", "删除", "Suppress", "不提供该信息项", "The element is left out", 26),
    ),
)

ELEMENT_TYPE = listed(
    "element_type",
    "数据类型",
    "Type of a data element",
    (
        ("text", "文本", "Text"),
        ("code", "代码", "Code"),
        ("integer", "整数", "Integer"),
        ("decimal", "小数", "Decimal number"),
        ("boolean", "是否", "Yes or no"),
        ("date", "日期", "Date"),
        ("time", "时间", "Time"),
        ("datetime", "日期时间", "Date and time"),
        ("geometry", "空间位置", "Geometry"),
        ("binary", "二进制", "Binary"),
    ),
)

LICENCE = noted(
    "licence",
    "使用许可",
    "Licence",
    (
        (
            "open-public-data",
            "公共数据开放许可（注明来源和获取日期）",
            "Open public data licence (cite source and date obtained)",
            "可以免费使用、加工和传播，须注明数据来源和获取日期",
            "Free to use, adapt and pass on; cite the source and the date obtained",
            32,
        ),
        (
            "MulanOWLBY-1.0",
            "木兰开放作品许可协议 署名 第1版",
            "Mulan Open Works Licence, Attribution, version 1",
            "中文开放许可，须署名",
            "An open licence in Chinese; attribution required",
            0,
        ),
        (
            "CC-BY-4.0",
            "知识共享 署名 4.0 国际",
            "Creative Commons Attribution 4.0 International",
            "国际通行的开放许可，须署名",
            "An international open licence; attribution required",
            0,
        ),
        (
            "CC0-1.0",
            "知识共享 CC0 1.0 公有领域贡献",
            "Creative Commons CC0 1.0 Universal",
            "不保留权利；本平台仍请注明来源和获取日期",
            "No rights reserved; this portal still asks for source and date",
            0,
        ),
        (
            "agreement",
            "开放利用协议",
            "Open-use agreement",
            "有条件开放和非开放数据，按签订的协议使用",
            "For conditional and non-open data: as the signed agreement says",
            45,
        ),
    ),
)

LANGUAGE = listed(
    "language",
    "语种",
    "Language",
    (
        ("zh", "国家通用语言文字（汉语）", "Chinese"),
        ("ug", "维吾尔语", "Uyghur"),
        ("kk", "哈萨克语", "Kazakh"),
        ("ky", "柯尔克孜语", "Kyrgyz"),
        ("mn", "蒙古语", "Mongolian"),
        ("sjo", "锡伯语", "Xibe"),
        ("en", "英语", "English"),
        ("mul", "多语种", "Several languages"),
    ),
)

ENTRY_LISTS = (
    DOMAIN,
    INDUSTRY,
    LIBRARY,
    BASE_KIND,
    FORMAT_CLASS,
    DATA_FORM,
    UPDATE_FREQUENCY,
    SHARE_TYPE,
    OPEN_CLASS,
    DATA_LEVEL,
    SENSITIVITY,
    DEIDENTIFICATION,
    ELEMENT_TYPE,
    LICENCE,
    LANGUAGE,
)
