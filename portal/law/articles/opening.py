"""Art. 16–33: sharing between departments, and opening to the public."""

from portal.law.terms import Article, Text

OPENING_ARTICLES: tuple[Article, ...] = (
    Article(
        16,
        Text("共享的责任", "Responsibility in sharing"),
        Text("提供数据的和使用数据的，各负其责。", "Who provides and who uses data each answer for their part."),
        Text(
            "每项数据都标明提供部门，每次使用都记录使用者。", "Every entry names its provider, and every use its user."
        ),
    ),
    Article(
        17,
        Text("共享须明确场景", "A scenario for each sharing request"),
        Text(
            "部门申请共享须说明应用场景，只用于履行职责，不得超范围使用或者转给他人，并作出书面承诺。",
            "A department states its scenario, uses the data only for its duties, passes it to nobody, and promises "
            "so in writing.",
        ),
        Text("未写明用途和场景的申请不能提交。", "A request without purpose and scenario cannot be submitted."),
    ),
    Article(
        18,
        Text("统一的共享平台", "One sharing platform"),
        Text(
            "部门之间通过统一平台交换数据，不另建通道。",
            "Departments exchange data on one platform and build no channels of their own.",
        ),
        Text(
            "部门间共享的办理由后续版本提供；目录中已登记共享类型。",
            "Sharing procedures come with a later release; share types are registered already.",
        ),
    ),
    Article(
        19,
        Text("三种共享类型", "Three share types"),
        Text(
            "分为无条件共享、有条件共享和不予共享；后两种须有依据，有条件的还须写明条件，并定期评估。",
            "Unconditional, conditional and not shared; the latter two need a basis, the second also its condition, "
            "reviewed regularly.",
        ),
        Text("缺少依据或者条件的，不能提交审核。", "Without its basis or condition an entry cannot be submitted."),
    ),
    Article(
        20,
        Text("脱敏后共享", "Sharing after de-identification"),
        Text(
            "不予共享的数据，经依法处理后可以转为有条件或者无条件共享。",
            "Data that is not shared may, once lawfully processed, be shared on condition or freely.",
        ),
        Text("类型的变更作为新版本登记，保留变更记录。", "A changed type is a new version, with its history kept."),
    ),
    Article(
        21,
        Text("共享的办理时限", "Time limits for sharing"),
        Text(
            "符合性审查 3 个工作日；有条件共享的，提供部门再用 5 个工作日答复，不同意须说明理由和依据；"
            "协商不成的由主管部门协调。",
            "Three working days for the conformity check; for conditional data five more for the provider, whose "
            "refusal gives reason and basis; the authority settles disputes.",
        ),
        Text(
            "两项法定时限按新疆的工作日历逐日计算并公开计算过程。",
            "Both statutory limits are counted day by day on Xinjiang's calendar, for all to see.",
        ),
    ),
    Article(
        22,
        Text("共享的方式", "Ways of sharing"),
        Text(
            "以数据库表、接口、文件等方式共享；确需线下的，报主管部门备案。",
            "By tables, interfaces and files; offline only where needed, and filed with the authority.",
        ),
        Text("目录登记数据形式。", "The catalogue registers the data form."),
    ),
    Article(
        23,
        Text("异议的处理", "Objections"),
        Text(
            "对共享数据有异议的，先反馈提供部门协商，协商不成的由主管部门协调；期间不影响群众办事。",
            "Objections go to the provider first, then to the authority; meanwhile people's business goes on.",
        ),
        Text("反馈留有回执编号和全部经过。", "Each objection has a receipt number and its whole course on record."),
    ),
    Article(
        24,
        Text("更新与下线", "Updates and retirement"),
        Text(
            "共享资源保持更新可用；新资源可用之后，旧资源才能下线，并通知使用者。",
            "Shared resources stay current; an old one retires only when its successor works, and its users are told.",
        ),
        Text("新版本发布之前，现行版本一直有效。", "The standing version stays until the new one is published."),
    ),
    Article(
        25,
        Text("最大限度开放", "As open as possible"),
        Text(
            "以需求为导向，分类分级、公平便捷，在法律允许的范围内尽量开放。",
            "Led by demand, by class and level, fairly and simply: as open as the law allows.",
        ),
        Text(
            "无条件开放是默认类型，改为其他类型须写明依据。",
            "Unconditional is the default class; any other needs its basis.",
        ),
    ),
    Article(
        26,
        Text("三种开放类型", "Three open classes"),
        Text(
            "除有条件开放和非开放外，都属于无条件开放；非开放数据经脱密脱敏处理或者权利人同意，可以转为开放。",
            "What is neither conditional nor non-open is unconditional; non-open data may open once de-identified "
            "or with the right holder's consent.",
        ),
        Text(
            "非开放转为开放而未附处理记录或者同意书的，不予受理。",
            "The change is refused without the record or the consent.",
        ),
    ),
    Article(
        27,
        Text("统一开放目录", "The unified open catalogue"),
        Text(
            "开放目录写明每项数据的范围、内容、类型、条件、形式和更新频率，并随情况调整。",
            "The open catalogue states scope, content, class, condition, form and frequency, and is adjusted over "
            "time.",
        ),
        Text(
            "六项内容在页面和接口上都能看到，并附变更记录。",
            "All six are on the page and in the API, with the history of changes.",
        ),
    ),
    Article(
        28,
        Text("统一开放平台", "One open platform"),
        Text(
            "通过统一平台，以接口和下载的方式提供可机器读取的数据；不另设通道，例外须报备。",
            "Machine-readable data goes out by API and download on one platform; no side channels, and exceptions "
            "are filed.",
        ),
        Text(
            "只有不可机器读取的资源的条目，不能作为数据开放。",
            "An entry whose only resource no machine can read cannot open as data.",
        ),
    ),
    Article(
        29,
        Text("怎样获取数据", "How to obtain data"),
        Text(
            "无条件开放的数据，任何人直接获取；有条件开放和非开放的数据，可以申请，由主管部门会同提供部门决定。",
            "Anyone takes unconditional data directly; the rest is given on application, decided by authority and "
            "provider together.",
        ),
        Text(
            "不登录即可下载无条件开放数据；申请须两个部门都同意，一方同意不产生授权。",
            "Unconditional data downloads without signing in; two approvals are needed, and one alone grants nothing.",
        ),
    ),
    Article(
        30,
        Text("反馈问题", "Reporting a problem"),
        Text(
            "任何人发现数据有错误、有异议、侵害权益的，都可以反馈；提供部门立即核实，采取四种措施之一并告知结果；"
            "泄露须立即补救。",
            "Anyone may report an error, an objection or an infringement; the provider verifies at once, takes one "
            "of four measures and answers; a leak is remedied at once.",
        ),
        Text(
            "中止开放后，页面、文件、接口和密钥在下一次请求时即停止提供。",
            "Once suspended, page data, files, rows and keys stop at the very next request.",
        ),
    ),
    Article(
        31,
        Text("优先领域与需求调查", "Priority domains and demand"),
        Text(
            "教育、就业、科技等十一个领域优先开放；定期了解社会对数据的需求。",
            "Eleven domains, education and employment among them, come first; demand is surveyed regularly.",
        ),
        Text(
            "公众可以提出数据需求并附议，提供部门公开答复。",
            "People ask for data and second each other; the provider answers in public.",
        ),
    ),
    Article(
        32,
        Text("开发利用与注明来源", "Reuse and citation"),
        Text(
            "鼓励依法利用开放数据开展咨询、科研和加工；产品须注明数据来源和获取日期。",
            "Reuse for consulting, research and processing is encouraged; products cite source and date obtained.",
        ),
        Text("每次下载都附带写好的引用说明和获取日期。", "Every download carries a ready citation with its date."),
    ),
    Article(
        33,
        Text("授权运营", "Authorised operation"),
        Text(
            "探索授权运营，明确条件和程序，全程监管；公益用途可以无偿，产业用途可以有偿。",
            "Authorised operation is explored, with conditions, procedure and supervision; free for public benefit, "
            "paid for industry.",
        ),
        Text("授权的条件、期限和收费方式一并记录。", "Conditions, term and charge of each authorisation are recorded."),
    ),
)
