"""Makes personal numbers that nobody has, and numbers that only look like them: 2,000 and 20,000, the same each time.

Each kind fills a column of its own, as in real tables, and a fifth of the positives stand inside sentences, with
full-width digits, spaces or hyphens. A negative is wrong in one point only wherever that is possible.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

SEED = 20_230_217
PROVINCES = (11, 13, 21, 31, 32, 33, 37, 41, 42, 44, 50, 51, 53, 61, 62, 65)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
UNION_PAY = ("622202", "621700", "622848", "621661", "622588", "623058", "620522")
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"

Columns = dict[str, list[str]]


def identity_number(rng: random.Random) -> str:
    """A number with the right form, date and check character (GB 11643)."""
    born = dt.date(1940, 1, 1) + dt.timedelta(days=rng.randrange(29_000))
    head = f"{rng.choice(PROVINCES)}{rng.randrange(100, 3000):04}{born:%Y%m%d}{rng.randrange(1, 1000):03}"
    return head + check_character(head)


def check_character(head: str) -> str:
    """ISO 7064 MOD 11-2, in plain Python, apart from the SQL that is tested."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(head, WEIGHTS, strict=True)) % 11]


def luhn_digit(head: str) -> str:
    """The check digit of ISO/IEC 7812-1 for these digits."""
    total = 0
    for at, digit in enumerate(reversed(head)):
        double = int(digit) * (2 if at % 2 == 0 else 1)
        total += double - 9 if double > 9 else double
    return str(-total % 10)


def bank_card(rng: random.Random) -> str:
    """A card of a Chinese issuer, of sixteen or nineteen digits."""
    head = rng.choice(UNION_PAY)
    head += "".join(str(rng.randrange(10)) for _ in range(rng.choice((15, 18)) - len(head)))
    return head + luhn_digit(head)


def uscc(rng: random.Random) -> str:
    """A unified social credit code (GB 32100) with its check character; a third of them all of digits but for that."""
    letters = "0123456789" if rng.random() < 0.33 else USCC
    head = rng.choice(("91", "92", "11", "12", "51", "52")) + f"{rng.choice(PROVINCES)}{rng.randrange(100, 3000):04}"
    head += "".join(rng.choice(letters) for _ in range(9))
    total = sum(USCC.index(sign) * 3**at % 31 for at, sign in enumerate(head))
    return head + USCC[-total % 31]


def dressed(rng: random.Random, number: str) -> str:
    """The number as people write it: in groups, in full-width digits, in a sentence."""
    groups = (
        [number[:6], number[6:14], number[14:]] if len(number) == 18 else [number[n : n + 4] for n in range(0, 19, 4)]
    )
    spelled = rng.choice(
        (number, number.lower(), number.translate(WIDE), " ".join(filter(None, groups)), "-".join(filter(None, groups)))
    )
    return rng.choice(("{}", "当事人{}，已核实。", "号码:{};备注无", "见附件（{}）", "编号 20230501 / {}")).format(
        spelled
    )


def positives() -> Columns:
    """2,000 numbers of real form: half identity numbers, half bank cards; by column."""
    rng = random.Random(SEED)
    return {
        "identity_number": [identity_number(rng) for _ in range(800)],
        "identity_number 备注": [dressed(rng, identity_number(rng)) for _ in range(200)],
        "bank_card": [bank_card(rng) for _ in range(800)],
        "bank_card 说明": [dressed(rng, bank_card(rng)) for _ in range(200)],
    }


def negatives() -> Columns:
    """20,000 hard ones, 2,000 a column."""
    rng = random.Random(SEED + 1)

    def digits(count: int) -> str:
        return str(rng.randrange(1, 10)) + "".join(str(rng.randrange(10)) for _ in range(count - 1))

    def off_by_one() -> str:
        number = identity_number(rng)
        return number[:17] + rng.choice([sign for sign in "0123456789X" if sign != number[17]])

    def impossible_date() -> str:
        wrong = rng.choice(("19850230", "19901301", "20010431", "18991231", "20991201", "19770010"))
        head = f"{rng.choice(PROVINCES)}{rng.randrange(100, 3000):04}{wrong}{rng.randrange(1000):03}"
        return head + check_character(head)

    def case_number() -> str:
        day = dt.date(2015, 1, 1) + dt.timedelta(days=rng.randrange(3000))
        return f"{rng.choice(PROVINCES)}0100{day:%Y%m%d}{rng.randrange(10_000):04}"

    def serial_that_passes() -> str:
        head = digits(rng.choice((15, 16, 17, 18)))
        return head + luhn_digit(head)

    def card_off_by_one() -> str:
        number = bank_card(rng)
        return number[:-1] + str((int(number[-1]) + rng.randrange(1, 10)) % 10)

    makers: dict[str, Callable[[], str]] = {
        "校验位错": off_by_one,
        "日期不成立": impossible_date,
        "案卷编号": case_number,
        "序列号": serial_that_passes,
        "校验位错的卡": card_off_by_one,
        "信用代码": lambda: uscc(rng),
        "订单": lambda: f"2023{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{digits(rng.choice((8, 10, 12)))}",
        "时间戳": lambda: f"20{rng.randrange(10, 24)}05{rng.randrange(10, 29)}{rng.randrange(10, 24)}3000",
        "坐标": lambda: f"{rng.randrange(73, 135)}.{digits(15)},{rng.randrange(18, 53)}.{digits(15)}",
        "站点": lambda: f"{rng.choice(PROVINCES)}{digits(rng.choice((8, 10, 14, 16)))}",
    }
    return {name: [make() for _ in range(2_000)] for name, make in makers.items()}
