"""The stories of the catalogue: each entry's way through the reviews, and what happens to some of them later."""

from __future__ import annotations

from collections.abc import Iterator

from catalogue.availability import entry_agree_resume, entry_suspend
from catalogue.services import version_open, version_update
from demo.entries import BY_CODE, ENTRIES
from demo.files import file_bytes
from demo.play import Story
from demo.shape import DemoEntry
from demo.stage import Stage
from opendata.choices import settings_change

WAY = ("submit", "department_approve", "secrecy_approve", "publish")
RETURNS = {"department_return": ("submit",), "authority_return": ("submit", "department_approve", "secrecy_approve")}
HELD = "3001/0001"
SUPERSEDED, IN_WORK = "3006/0001", "3005/0002"
CORRECTED, RESUMED = "3002/0001", "3008/0004"
VACANCY_RULES = [
    {"kind": "unique", "column": "job_no"},
    {"kind": "min", "column": "pay_from", "value": "2000"},
    {"kind": "pattern", "column": "region_code", "pattern": "65[0-9]{4}"},
]
BROKEN = (
    "机构编号,机构名称,行政区划代码,等级,急诊,数据说明\r\n"
    "000001,示例医疗机构0001,650100,二级,示例数据\r\n"
    "000002,示例医疗机构0002,650100,一级\r\n"
    "000003,示例医疗机构0003,653100,二级,否,示例数据,多出的内容\r\n"
)


def catalogue_stories(stage: Stage) -> Iterator[Story]:
    """Yields one story for each entry, and those of later changes."""
    yield from (entry_story(stage, demo, number) for number, demo in enumerate(ENTRIES))
    yield superseded(stage)
    yield second_version(stage)
    yield held(stage)
    yield broken_upload(stage)
    yield corrected_upload(stage, CORRECTED, 22)
    yield resumed(stage, RESUMED, 20)


def steps_of(demo: DemoEntry) -> tuple[str, ...]:
    """Returns the commands given on an entry's first version, in order."""
    if demo.way == "draft":
        return ()
    if demo.way in RETURNS:
        return (*RETURNS[demo.way], demo.way)
    return WAY[: WAY.index(demo.way) + 1]


def entry_story(stage: Stage, demo: DemoEntry, number: int) -> Story:
    """Registers an entry, takes it through its reviews, and attaches its data once it is published."""
    minute = (number * 7) % 60
    now = yield stage.times.at(demo.days, 10, minute)
    stage.register(demo, now)
    ago = demo.days
    for step, command in enumerate(steps_of(demo)):
        ago = max(1, ago - (1 if step else 0))
        now = yield stage.times.at(ago, 11 + step, minute)
        stage.review(demo.code, command, now, demo.note if command == demo.way else "")
    for place, file in enumerate(demo.files):
        now = yield stage.times.at(max(1, ago - 1), 16 + place, minute)
        stage.attach(demo, file, now)


def new_version(stage: Stage, code: str, ago: int, changes: dict[str, str], commands: tuple[str, ...]) -> Story:
    """Opens a new version of a published entry, changes it and gives the commands, a day apart."""
    now = yield stage.times.at(ago, 10)
    registrar = stage.actor(stage.team_of(code).registrar)
    version = version_open(stage.entry(code), actor=registrar, now=now)
    now = yield stage.times.at(ago, 11)
    version_update(version, actor=registrar, fields=changes, now=now)
    for step, command in enumerate(commands):
        now = yield stage.times.at(max(1, ago - step), 12 + step)
        stage.review(code, command, now)


def superseded(stage: Stage) -> Story:
    """Gives an entry a second version, which takes the place of the first."""
    changes = {
        "open_scope": "全区各级各类医疗机构，包括兵团所属机构",
        "change_note": "开放范围增加兵团所属医疗机构",
    }
    yield from new_version(stage, SUPERSEDED, 30, changes, WAY)


def second_version(stage: Stage) -> Story:
    """Gives an entry a second version that is still under review."""
    changes = {"update_frequency": "monthly", "change_note": "更新频率由每季度改为每月"}
    yield from new_version(stage, IN_WORK, 3, changes, ("submit", "department_approve"))


def held(stage: Stage) -> Story:
    """Has the authority suspend an entry; one side has agreed to resume, the other has not answered."""
    now = yield stage.times.at(8, 15)
    team = stage.team_of(HELD)
    note = "部分学校的学段登记与所属教育局通报不一致，请核实后更正。"
    entry_suspend(stage.entry(HELD), actor=stage.actor(team.officer), now=now, note=note)
    now = yield stage.times.at(2, 15)
    entry_agree_resume(stage.entry(HELD), actor=stage.actor(team.reviewer), now=now, note="已核实更正，同意恢复开放。")


def broken_upload(stage: Stage) -> Story:
    """Has a registrar upload a file whose rows have different lengths: it is refused and changes nothing."""
    now = yield stage.times.at(12, 16)
    resource = stage.entry(SUPERSEDED).resources.get()
    stage.upload(resource, "示例_医疗机构名录_有误.csv", BROKEN.encode(), now)


def corrected_upload(stage: Stage, code: str, ago: int) -> Story:
    """Uploads a corrected file, and both sides agree to resume: what process-then-open promised.

    The key column is named first, so that the second version tells row by row what changed since the first.
    """
    now = yield stage.times.at(ago, 10)
    demo, resource = BY_CODE[code], stage.entry(code).resources.get()
    registrar = stage.actor(stage.team_of(code).registrar)
    settings_change(resource, actor=registrar, now=now, key_columns=["job_no"], rules=VACANCY_RULES)
    now = yield stage.times.at(ago, 11)
    file = demo.files[0]
    filename = file.filename.replace(".csv", "_更正.csv")
    stage.upload(resource, filename, corrected(file_bytes(demo, file).decode(file.encoding)).encode(), now)
    yield from resumed(stage, code, ago - 1)


def corrected(table: str) -> str:
    """Returns the table of vacancies with some wages corrected, some vacancies filled and two new ones."""
    header, *rows = table.splitlines()
    kept = []
    for number, row in enumerate(rows, 1):
        cells = row.split(",")
        if number % 400 == 0:
            continue
        if number % 120 == 0:
            cells[4] = str(int(cells[4]) + 500)
        kept.append(",".join(cells))
    new = [
        f"{number:06d},乌鲁木齐市示例岗位{number:04d},650100,全日制,4200,6,示例数据"
        for number in (len(rows) + 1, len(rows) + 2)
    ]
    return "\r\n".join([header, *kept, *new, ""])


def resumed(stage: Stage, code: str, ago: int) -> Story:
    """Has both sides agree to resume a suspended entry."""
    team = stage.team_of(code)
    for hour, key, note in ((10, team.reviewer, "问题已经处理。"), (12, team.officer, "经核实，同意恢复开放。")):
        now = yield stage.times.at(ago, hour)
        entry_agree_resume(stage.entry(code), actor=stage.actor(key), now=now, note=note)
