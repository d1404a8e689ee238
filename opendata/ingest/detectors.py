"""SQL that tells personal numbers in text: identity numbers, bank cards, telephones, plates, passports, e-mail.

Each detector is a pair of conditions on one cell: what *looks* like the number, and what *is* one as far as its
checksum, its date or its numbering plan can say. How many cells must be hits before a column is reported is decided in
`personal`. Sources: GB 11643-1999 (identity numbers, ISO 7064 MOD 11-2), ISO/IEC 7812-1 (card numbers, Luhn),
GB 32100-2015 (unified social credit codes, which are no identity numbers), GA 36-2018 (plates), the numbering plan of
2017 for telephones.
"""

from __future__ import annotations

PROVINCES = (
    *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43"),
    *("44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83"),
)
PLATE_LETTERS = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"

_GAP = "[ -]?"
_SUSPECT_GAP = "[ \u00a0\u3000)）–—‐‑－-]{0,2}"
_DIGIT = "[0-9０-９]"
# One pass over every cell: an address sign, a plate's beginning, a passport, ten digits that belong together.
SUSPECT = (
    f"[@＠]|[{PLATE_LETTERS}] ?[A-Za-zＡ-Ｚ]|[A-Za-zＡ-Ｚ]{{1,2}}{_DIGIT}{{7}}|{_DIGIT}({_SUSPECT_GAP}{_DIGIT}){{9}}"
)
_WIDE = "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ＠．（）－–—‐‑_\u00a0\u3000"
_NARROW = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ@.()-----   "


_UNUSUAL = "０-９Ａ-Ｚ＠．（）－–—‐‑_\u00a0\u3000"


def suspect(c: str) -> str:
    """SQL: whether a cell is worth a closer look; everything else is no personal number for certain."""
    return f"regexp_matches({c}, '{SUSPECT}')"


def normal(c: str) -> str:
    """SQL: the cell with narrow capital letters and digits, plain hyphens and spaces, and its fractions told apart."""
    narrow = f"CASE WHEN regexp_matches({c}, '[{_UNUSUAL}]') THEN translate({c}, '{_WIDE}', '{_NARROW}') ELSE {c} END"
    return f"regexp_replace(upper({narrow}), '([0-9])[.]([0-9])', '\\1Z\\2', 'g')"


def _tokens(pattern: str) -> str:
    """SQL: all that matches in `t`, without spaces and hyphens; null, which is cheap, where nothing does."""
    found = f"regexp_extract_all(t, '\\b{pattern}\\b')"
    bare = f"list_transform({found}, lambda d: replace(replace(d, ' ', ''), '-', ''))"
    return f"CASE WHEN regexp_matches(t, '\\b{pattern}\\b') THEN {bare} END"


TOKENS = {
    "eighteen": _tokens(f"([0-9]{_GAP}){{17}}[0-9X]"),
    "fifteen": _tokens(f"([0-9]{_GAP}){{14}}[0-9]"),
    "long": _tokens(f"([0-9]{_GAP}){{15,18}}[0-9]"),
    "eleven": _tokens(f"((00)?86{_GAP})?[0-9]{{3}}{_GAP}([0-9]{_GAP}){{7}}[0-9]"),
}


def _digit(number: str, power: int) -> str:
    return f"({number} // {10**power} % 10)"


def _born(year: str, month: str, day: str) -> str:
    return f"TRY_CAST({year} || '-' || {month} || '-' || {day} AS DATE) BETWEEN DATE '1900-01-01' AND current_date"


def _place(d: str) -> str:
    listed = ", ".join(f"'{code}'" for code in PROVINCES)
    return f"({d}[1:2] IN ({listed}) OR ({d}[1] = '9' AND {d}[2:3] IN ({listed})))"


def identity_form(d: str) -> str:
    """SQL: eighteen characters with a province (or a foreigner's 9 and a province) and a possible date of birth."""
    return f"({_place(d)} AND {_born(f'{d}[7:10]', f'{d}[11:12]', f'{d}[13:14]')})"


def identity_checksum(d: str) -> str:
    """SQL: whether the last of eighteen characters is the check character of GB 11643 (ISO 7064 MOD 11-2)."""
    number = f"TRY_CAST({d}[1:17] AS BIGINT)"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = " + ".join(f"{weight} * {_digit(number, 16 - at)}" for at, weight in enumerate(weights))
    return f"('10X98765432'[CAST(({total}) % 11 AS INTEGER) + 1] = {d}[18])"


def old_identity(d: str) -> str:
    """SQL: fifteen digits of the form before 1999: province and date of birth; it had no checksum."""
    year = f"'19' || {d}[7:8]"
    return f"({_place(d)} AND {_born(year, f'{d}[9:10]', f'{d}[11:12]')})"


def luhn(d: str) -> str:
    """SQL: whether the digits (at most twenty) pass the check of ISO/IEC 7812-1 annex B."""
    padded = f"lpad({d}, 20, '0')"
    total = []
    for half in (f"TRY_CAST({padded}[1:10] AS BIGINT)", f"TRY_CAST({padded}[11:20] AS BIGINT)"):
        for at in range(10):
            digit = _digit(half, 9 - at)
            total.append(digit if at % 2 else f"2 * {digit} - CASE WHEN {digit} > 4 THEN 9 ELSE 0 END")
    return f"(({' + '.join(total)}) % 10 = 0)"


# Issuers: China UnionPay, and the ranges that Chinese banks issued debit cards in before it (ICBC, CCB, BOC, ABC).
_UNION = "62[0-9]{14,17}"
_LEGACY = "(9558[0-9]{2}|95599[0-9]|436742|434061|434062|526410|621[0-9]{3}|601382|456351|622[0-9]{3})[0-9]{13}"
_WORLD = (
    "4[0-9]{15}|5[1-5][0-9]{14}|2(22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    "|35(2[89]|[3-8][0-9])[0-9]{12}"
)


def chinese_card(d: str) -> str:
    """SQL: a number in a range of Chinese issuers: one in a hundred numbers is, by chance."""
    return f"regexp_full_match({d}, '{_UNION}|{_LEGACY}')"


def world_card(d: str) -> str:
    """SQL: a number in the ranges of Visa, Mastercard and JCB: one in six numbers of sixteen digits is, by chance."""
    return f"regexp_full_match({d}, '{_WORLD}')"


def mobile(d: str) -> str:
    """SQL: eleven digits in a range given to mobile operators, with or without the country's 86."""
    plan = "1(3[0-9]|4[014-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-35-9])[0-9]{8}"
    return f"regexp_full_match({d}, '((00)?86)?{plan}')"


_AREA = "0(10|2[0-9]|[3-9][0-9]{2})"
LANDLINE = f"\\b{_AREA}[)]?[ -]{{0,2}}[2-8][0-9]{{6,7}}\\b"
PARTED_LANDLINE = f"\\b{_AREA}([)][ -]?|[ -]{{1,2}})[2-8][0-9]{{6,7}}\\b"
LOCAL_NUMBER = "[2-8][0-9]{6,7}"
PLATE = (
    f"[{PLATE_LETTERS}][A-HJ-NP-Z][ ·•.-]?([A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJK][A-HJ-NP-Z0-9][0-9]{{4}}"
    f"|[0-9]{{5}}[A-HJK])([^A-Z0-9]|$)"
)
PASSPORT = "\\b(E[0-9A-HJ-NP-Z][0-9]{7}|[GDSPHM][0-9]{8}|PE[0-9]{7})\\b"
EMAIL = "[A-Z0-9._%+-]+@[A-Z0-9-]+([.][A-Z0-9-]+)*[.][A-Z]{2,}"

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭"
    "陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文"
)
_TWO = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒"
# Words that begin like a name and are places, bodies or things.
_NO_NAME_ENDS = "省市区县乡镇村街路道桥站所院校局厅处科室部委会厂店场馆社园队组河湖江山岛港州盟旗楼库线"
NAME = f"([{SURNAMES}]|{_TWO})[一-龥]{{1,2}}|[一-龥]{{2,8}}[·•.][一-龥·•.]{{2,12}}"
ADDRESS = (
    "[省市区县旗盟州镇乡村街路].{0,40}([路街巷道弄里村屯组][^ ]{0,20}|[0-9０-９]+) ?[号栋幢楼室院组]"
    "|[路街巷].{0,12}[0-9０-９]+号"
)


def is_plate(t: str) -> str:
    """SQL: whether a cell holds a plate; three of its signs at least are digits."""
    return f"regexp_matches(regexp_extract({t}, '{PLATE}'), '[0-9].*[0-9].*[0-9]')"


def is_name(c: str) -> str:
    """SQL: whether a whole cell is spelled as a Chinese personal name, or as a name with a raised dot."""
    bare = f"trim({c}, ' \u3000')"
    return f"(regexp_full_match({bare}, '{NAME}') AND NOT regexp_matches({bare}, '[{_NO_NAME_ENDS}]$'))"


def is_address(c: str) -> str:
    """SQL: whether a cell holds an address as exact as a house or a household group."""
    return f"regexp_matches({c}, '{ADDRESS}')"


def any_of(tokens: str, *conditions: str) -> str:
    """SQL: whether any of a list of tokens `d` meets all conditions; null where there are none."""
    return f"(len(list_filter({tokens}, lambda d: {' AND '.join(conditions)})) > 0)"
