"""Regions by GB/T 2260, the XPCC and its cities, and the kinds of jurisdiction and department (Art. 2, 4, 6)."""

from portal.law.codes.build import listed, noted

XPCC = "XPCC"

REGION = listed(
    "region",
    "行政区域",
    "Region",
    (
        ("650000", "新疆维吾尔自治区", "Xinjiang"),
        ("650100", "乌鲁木齐市", "Ürümqi"),
        ("650200", "克拉玛依市", "Karamay"),
        ("650400", "吐鲁番市", "Turpan"),
        ("650500", "哈密市", "Hami"),
        ("652300", "昌吉回族自治州", "Changji"),
        ("652700", "博尔塔拉蒙古自治州", "Bortala"),
        ("652800", "巴音郭楞蒙古自治州", "Bayingolin"),
        ("652900", "阿克苏地区", "Aksu"),
        ("653000", "克孜勒苏柯尔克孜自治州", "Kizilsu"),
        ("653100", "喀什地区", "Kashgar"),
        ("653200", "和田地区", "Hotan"),
        ("654000", "伊犁哈萨克自治州", "Ili"),
        ("654200", "塔城地区", "Tacheng"),
        ("654300", "阿勒泰地区", "Altay"),
        ("659001", "石河子市", "Shihezi"),
        ("659002", "阿拉尔市", "Aral"),
        ("659003", "图木舒克市", "Tumxuk"),
        ("659004", "五家渠市", "Wujiaqu"),
        ("659005", "北屯市", "Beitun"),
        ("659006", "铁门关市", "Tiemenguan"),
        ("659007", "双河市", "Shuanghe"),
        ("659008", "可克达拉市", "Kokdala"),
        ("659009", "昆玉市", "Kunyu"),
        ("659010", "胡杨河市", "Huyanghe"),
        ("659011", "新星市", "Xinxing"),
        ("659012", "白杨市", "Baiyang"),
        (XPCC, "新疆生产建设兵团", "Xinjiang Production and Construction Corps"),
    ),
)

JURISDICTION_LEVEL = listed(
    "jurisdiction_level",
    "层级",
    "Level",
    (
        ("region", "自治区", "Region"),
        ("prefecture", "地（州、市）", "Prefecture"),
        ("county", "县（市、区）", "County"),
        ("xpcc", "兵团", "XPCC"),
        ("division", "师市", "XPCC division"),
    ),
)

DEPARTMENT_KIND = noted(
    "department_kind",
    "部门类别",
    "Kind of department",
    (
        (
            "government",
            "政务部门",
            "Government department",
            "国家机关，以及依法管理公共事务的组织",
            "A state organ, or a body that the law lets manage public affairs",
            2,
        ),
        (
            "public_service",
            "公共服务部门",
            "Public service department",
            "医疗、教育、水电气、通信、交通等公共企业事业单位",
            "A public enterprise or institution for health, education, utilities, transport and the like",
            2,
        ),
    ),
)

PLACE_LISTS = (REGION, JURISDICTION_LEVEL, DEPARTMENT_KIND)
