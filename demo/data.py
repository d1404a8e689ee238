"""Makes the rows of the demonstration's files: the same rows each time, from a seed. Nothing in them is measured.

Real are only the codes and names of the regions and the days of the calendar, both taken from the law's tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from random import Random

from stdnum.cn import uscc

from demo.shape import Row, Rows
from portal.law import RULES
from portal.law.calendar import SHIPPED

YEAR = 2026
NEW_YEAR = dt.datetime(YEAR, 1, 1)  # noqa: DTZ001  # local time as the files of departments write it
Place = tuple[str, str]
REGIONS: tuple[Place, ...] = tuple((code.value, code.label.zh) for code in RULES.codes("region").items)
PREFECTURES = tuple(row for row in REGIONS if row[0].startswith("65") and row[0] != "650000" and row[0] < "6590")
CORPS_CITIES = tuple(row for row in REGIONS if row[0].startswith("6590"))
KASHGAR = tuple(row for row in REGIONS if row[0] == "653100")


def wave(random: Random, middle: float, spread: float, *, at_least: float = 0.0, digits: int = 1) -> float:
    """Returns a made-up reading around a middle value."""
    return round(max(at_least, random.gauss(middle, spread)), digits)


def sometimes(random: Random, value: object, share: float = 0.02) -> object:
    """Returns the value, and now and then nothing, as real tables have it."""
    return "" if random.random() < share else value


def hours(count: int) -> Iterator[str]:
    """Yields the hours of the year from its first."""
    for hour in range(count):
        yield f"{NEW_YEAR + dt.timedelta(hours=hour):%Y-%m-%d %H:%M:%S}"


def days(count: int) -> Iterator[str]:
    """Yields the days of the year from its first."""
    for day in range(count):
        yield f"{NEW_YEAR + dt.timedelta(days=day):%Y-%m-%d}"


def made_up_uscc(random: Random, area: str = "650100") -> str:
    """Returns a code with the right check character whose organisation number begins with four zeros."""
    body = f"91{area}0000{random.randrange(10**5):05d}"
    return body + str(uscc.calc_check_digit(body))


# --- Large tables ----------------------------------------------------------------------------------------------------


def air_hours(random: Random) -> Iterator[Row]:
    """Yields 60,000 rows: 12 stations, 5,000 hours."""
    stations = [(f"01{n:02d}A", PREFECTURES[n % len(PREFECTURES)][0]) for n in range(1, 13)]
    for hour in hours(5000):
        for station, region in stations:
            pm10 = wave(random, 90, 45, at_least=5, digits=0)
            pm25 = round(pm10 * random.uniform(0.25, 0.6))
            yield (
                station,
                region,
                hour,
                sometimes(random, pm25),
                int(pm10),
                int(wave(random, 70, 25, at_least=2, digits=0)),
                int(wave(random, 28, 12, at_least=2, digits=0)),
                int(wave(random, 9, 4, at_least=1, digits=0)),
            )


def weather_hours(random: Random) -> Iterator[Row]:
    """Yields 80,000 rows: 16 stations, 5,000 hours."""
    stations = [(f"09{n:03d}", PREFECTURES[n % len(PREFECTURES)][0], random.uniform(-4, 4)) for n in range(1, 17)]
    for number, hour in enumerate(hours(5000)):
        season = -12 + 36 * min(number, 4700) / 4700
        for station, region, warmer in stations:
            yield (
                station,
                region,
                hour,
                round(season + warmer + random.uniform(-6, 6), 1),
                random.randint(15, 85),
                wave(random, 2.6, 1.6),
                random.choice(("N", "NE", "E", "SE", "S", "SW", "W", "NW")),
                sometimes(random, wave(random, -0.6, 0.8), 0.01),
            )


def bus_times(random: Random) -> Iterator[Row]:
    """Yields 52,000 rows: 40 lines, both ways, 25 stops, 26 runs a day."""
    for line in range(1, 41):
        for way in (0, 1):
            for run in range(26):
                clock = NEW_YEAR + dt.timedelta(minutes=6 * 60 + 30 + run * 35)
                for stop in range(1, 26):
                    clock += dt.timedelta(seconds=random.randint(80, 240))
                    place = stop if way == 0 else 26 - stop
                    yield f"{line:03d}", way, f"{run + 1:02d}", stop, f"{line:03d}{place:03d}", f"{clock:%H:%M:%S}"


GOODS = ("馕", "羊肉", "牛肉", "鸡蛋", "牛奶", "大米", "面粉", "菜籽油", "土豆", "白菜", "西红柿", "辣椒", "洋葱")
FRUITS = ("胡萝卜", "黄瓜", "茄子", "苹果", "香梨", "葡萄", "哈密瓜", "西瓜", "红枣", "核桃", "巴旦木", "无花果")


def market_prices(random: Random) -> Iterator[Row]:
    """Yields 50,600 rows: 22 markets, 25 goods, 92 days."""
    goods = [(f"{n:04d}", name, random.uniform(2, 80)) for n, name in enumerate(GOODS + FRUITS, start=1)]
    for day in days(92):
        for market in range(1, 23):
            for code, name, price in goods:
                yield (
                    day,
                    f"0{market:02d}",
                    KASHGAR[0][0],
                    code,
                    name,
                    round(price * random.uniform(0.9, 1.12), 2),
                    "元/千克",
                )


def road_flow(random: Random) -> Iterator[Row]:
    """Yields hourly counts of 20 made-up road sections over 30 days."""
    sections = [(f"00{n:02d}", PREFECTURES[n % len(PREFECTURES)][0]) for n in range(1, 21)]
    for number, hour in enumerate(hours(24 * 30)):
        busy = 1.0 if 8 <= number % 24 <= 20 else 0.25
        for section, region in sections:
            cars = int(busy * random.randint(60, 900))
            yield section, region, hour, cars, int(cars * random.uniform(0.05, 0.35)), random.randint(35, 110)


# --- Tables by region and period -------------------------------------------------------------------------------------


def per_region(*ranges: tuple[int, int], periods: Sequence[str], places: Sequence[Place] = PREFECTURES) -> Rows:
    """Returns a maker of one row for each place and period, with whole numbers from the ranges."""

    def rows(random: Random) -> Iterator[Row]:
        for period in periods:
            for code, name in places:
                yield code, name, period, *(random.randint(low, high) for low, high in ranges)

    return rows


def months(count: int = 9) -> tuple[str, ...]:
    """Returns the first months of the year, as 2026-01."""
    return tuple(f"{YEAR}-{month:02d}" for month in range(1, count + 1))


def quarters() -> tuple[str, ...]:
    """Returns the first three quarters of the year."""
    return tuple(f"{YEAR}Q{quarter}" for quarter in (1, 2, 3))


# --- Lists of places, things and cases -------------------------------------------------------------------------------


def listed(name: str, count: int, *choices: Sequence[object], places: Sequence[Place] = PREFECTURES) -> Rows:
    """Returns a maker of a list: number with leading zeros, name, region, and one value of each sequence of choices."""

    def rows(random: Random) -> Iterator[Row]:
        for number in range(1, count + 1):
            region, where = random.choice(places)
            yield f"{number:06d}", f"{where}{name}{number:04d}", region, *(random.choice(each) for each in choices)

    return rows


def daily(kind: str, count: int, days_long: int, *ranges: tuple[int, int]) -> Rows:
    """Returns a maker of daily counts at numbered places, such as visitors at sights."""

    def rows(random: Random) -> Iterator[Row]:
        for day in days(days_long):
            for number in range(1, count + 1):
                region = PREFECTURES[number % len(PREFECTURES)][0]
                counts = (random.randint(low, high) for low, high in ranges)
                yield f"{number:04d}", f"示例{kind}{number:02d}", region, day, *counts

    return rows


def river_sections(random: Random) -> Iterator[Row]:
    """Yields monthly samples at made-up river sections."""
    for month in months():
        for number in range(1, 49):
            region, where = PREFECTURES[number % len(PREFECTURES)]
            classes = ("Ⅰ", "Ⅱ", "Ⅱ", "Ⅲ", "Ⅲ", "Ⅳ")
            readings = wave(random, 7.9, 0.3, digits=2), wave(random, 8.5, 1.1), wave(random, 0.28, 0.15, digits=3)
            name, salts = f"{where}示例断面{number:02d}", random.randint(180, 1200)
            yield f"03{number:03d}", name, region, month, *readings, random.choice(classes), salts, "µS/cm"


def companies(random: Random) -> Iterator[Row]:
    """Yields made-up legal entities; their codes have right check characters and belong to nobody."""
    seen: set[str] = set()
    kinds = ("有限责任公司", "股份有限公司", "农民专业合作社", "个人独资企业")
    while len(seen) < 3000:
        region, where = random.choice(PREFECTURES)
        code = made_up_uscc(random, region)
        if code in seen:
            continue
        seen.add(code)
        founded = dt.date(2000, 1, 1) + dt.timedelta(days=random.randrange(9400))
        status = random.choices(("存续", "注销"), (9, 1))[0]
        yield code, f"{where}示例主体{len(seen):04d}", random.choice(kinds), region, founded.isoformat(), status


def licences(random: Random) -> Iterator[Row]:
    """Yields made-up decisions on administrative licences."""
    matters = ("食品经营许可", "药品经营许可", "特种设备使用登记", "计量器具型式批准", "广告发布登记")
    for number in range(1, 1801):
        region = random.choice(PREFECTURES)[0]
        decided = dt.date(YEAR, 1, 5) + dt.timedelta(days=random.randrange(260))
        name = f"示例主体{random.randrange(1, 3001):04d}"
        yield f"示许〔{YEAR}〕{number:05d}", name, made_up_uscc(random, region), random.choice(matters), decided, region


def credit_marks(random: Random) -> Iterator[Row]:
    """Yields made-up credit grades of made-up companies."""
    for _number in range(1500):
        region = random.choice(PREFECTURES)[0]
        grade = random.choices("ABCD", (5, 3, 1, 1))[0]
        yield made_up_uscc(random, region), region, grade, random.randint(0, 6), random.randint(0, 3), quarters()[-1]


def alerts(random: Random) -> Iterator[Row]:
    """Yields made-up weather alerts."""
    kinds = ("大风", "沙尘暴", "寒潮", "暴雪", "高温", "霜冻", "大雾")
    for number in range(1, 421):
        issued = NEW_YEAR + dt.timedelta(minutes=random.randrange(60 * 24 * 250))
        region, where = random.choice(PREFECTURES)
        level = random.choices(("蓝", "黄", "橙", "红"), (6, 4, 2, 1))[0]
        kind = random.choice(kinds)
        ended = issued + dt.timedelta(hours=random.randint(3, 36))
        yield f"{number:06d}", region, where, kind, level, f"{issued:%Y-%m-%d %H:%M:%S}", f"{ended:%Y-%m-%d %H:%M:%S}"


def plots(random: Random) -> Iterator[Row]:
    """Yields made-up irrigated plots of the XPCC's cities."""
    crops = ("棉花", "小麦", "玉米", "红枣", "加工番茄", "甜菜")
    for number in range(1, 2401):
        city, where = CORPS_CITIES[number % len(CORPS_CITIES)]
        mu, water = wave(random, 160, 60, at_least=20), random.randint(180, 520)
        yield (
            f"{city}{number:05d}",
            city,
            where,
            random.choice(crops),
            mu,
            random.choice(("滴灌", "喷灌", "沟灌")),
            water,
        )


def trips(random: Random) -> Iterator[Row]:
    """Yields made-up daily journeys between zones of a city, small counts left out."""
    for day in days(60):
        for start in range(1, 13):
            for end in range(1, 13):
                count = random.randint(0, 2400)
                if count >= 10:
                    yield day, f"Z{start:02d}", f"Z{end:02d}", random.choice(("早高峰", "平峰", "晚高峰")), count


def relics(random: Random) -> Iterator[Row]:
    """Yields made-up sites whose place is coarse to a tenth of a degree."""
    kinds = ("古遗址", "古墓葬", "古建筑", "石窟寺及石刻", "近现代史迹")
    for number in range(1, 301):
        region = random.choice(PREFECTURES)[0]
        place = round(random.uniform(75, 95), 1), round(random.uniform(36, 47), 1)
        yield f"W{number:05d}", f"示例文物点{number:04d}", region, random.choice(kinds), *place


# --- Published facts -------------------------------------------------------------------------------------------------


def region_codes(random: Random) -> Iterator[Row]:
    """Yields the regions of the portal's code list."""
    for position, code in enumerate(RULES.codes("region").items, start=1):
        yield code.value, code.label.zh, code.label.en, position


def working_days(random: Random) -> Iterator[Row]:
    """Yields each day of 2026 with whether offices work, counted by the law's calendar."""
    day = dt.date(YEAR, 1, 1)
    while day.year == YEAR:
        yield day.isoformat(), "是" if SHIPPED.is_working(day) else "否", SHIPPED.why(day).zh, SHIPPED.why(day).en
        day += dt.timedelta(days=1)
