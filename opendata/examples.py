"""Writes a query as a call that works as it stands: curl, Python, R, JavaScript.

Names and values come from data and from readers, so each language's own way of quoting is kept to the letter, and what
cannot be seen (controls, marks that turn the direction of writing) is written as an escape: a call that looks like one
thing and does another must not be copied from here (CVE-2021-42574 is that class).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

Pairs = Sequence[tuple[str, str]]
KEY = "Bearer xjod_…"  # where the reader's own key goes
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Example:
    """One way to make the call: a short name for addresses and tests, its title, and the code."""

    name: str
    title: str
    code: str


def examples(url: str, pairs: Pairs, *, needs_key: bool) -> list[Example]:
    """Returns the call of `url` with these decoded parameters, in their order, in each language."""
    written: tuple[tuple[str, str, Callable[[str, Pairs, bool], str]], ...] = (
        ("curl", "curl", _curl),
        ("python", "Python (requests)", _python),
        ("pandas", "Python (pandas)", _pandas),
        ("r", "R (httr2, jsonlite)", _r),
        ("javascript", "JavaScript (fetch)", _javascript),
    )
    return [Example(name, title, write(url, pairs, needs_key)) for name, title, write in written]


def _visible(text: str) -> bool:
    return text.isprintable()


# --- curl ------------------------------------------------------------------------------------------------------------


def _curl(url: str, pairs: Pairs, needs_key: bool) -> str:
    """Writes one argument a line; curl encodes a value itself but takes the name before the `=` as already encoded."""
    lines = [f"curl -G {shlex.quote(url)}"]
    if needs_key:
        lines.append(f"-H {shlex.quote(f'Authorization: {KEY}')}")
    for name, value in pairs:
        encoded = quote(name, safe="")
        if _visible(value):
            lines.append(f"--data-urlencode {shlex.quote(f'{encoded}={value}')}")
        else:
            lines.append(f"--data {shlex.quote(encoded + '=' + quote(value, safe=''))}")
    return " \\\n  ".join(lines)


# --- Python ----------------------------------------------------------------------------------------------------------


def _quoted(text: str, escape: Callable[[int], str]) -> str:
    """Writes a string literal in double quotes; `escape` writes a character that cannot be seen."""
    plain = {"\\": "\\\\", '"': '\\"'}
    return '"' + "".join(plain.get(one) or (one if one.isprintable() else escape(ord(one))) for one in text) + '"'


def _python_text(text: str) -> str:
    return _quoted(text, lambda code: f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _python_call(url: str, pairs: Pairs, needs_key: bool) -> list[str]:
    lines = ["answer = requests.get(", f"    {_python_text(url)},"]
    if pairs:
        lines.append("    params=[")
        lines += [f"        ({_python_text(name)}, {_python_text(value)})," for name, value in pairs]
        lines.append("    ],")
    if needs_key:
        lines.append(f'    headers={{"Authorization": {_python_text(KEY)}}},')
    return [*lines, f"    timeout={SECONDS},", ")", "answer.raise_for_status()"]


def _python(url: str, pairs: Pairs, needs_key: bool) -> str:
    call = _python_call(url, pairs, needs_key)
    return "\n".join(["import requests", "", *call, 'for row in answer.json()["rows"]:', "    print(row)"])


def _pandas(url: str, pairs: Pairs, needs_key: bool) -> str:
    call = _python_call(url, pairs, needs_key)
    end = ['table = pandas.DataFrame(answer.json()["rows"])', "print(table)"]
    return "\n".join(["import pandas", "import requests", "", *call, *end])


# --- R ---------------------------------------------------------------------------------------------------------------


def _r_text(text: str) -> str:
    return _quoted(text, lambda code: f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def _r(url: str, pairs: Pairs, needs_key: bool) -> str:
    """Writes the parameters as a list; no string of R can hold NUL, so with one the address is written encoded."""
    sealed = any("\0" in part for pair in pairs for part in pair)
    address = f"{url}?{urlencode(pairs)}" if sealed else url
    steps = [f"answer <- request({_r_text(address)})"]
    if pairs and not sealed:
        listed = ",\n".join(f"    {_r_text(name)} = {_r_text(value)}" for name, value in pairs)
        steps.append(f"req_url_query(!!!list(\n{listed}\n  ))")
    if needs_key:
        steps.append(f"req_headers(Authorization = {_r_text(KEY)})")
    steps.append("req_perform()")
    end = "rows <- jsonlite::fromJSON(resp_body_string(answer))$rows"
    return "\n".join(["library(httr2)", "", " |>\n  ".join(steps), end, "print(rows)"])


# --- JavaScript ------------------------------------------------------------------------------------------------------


def _javascript_text(text: str) -> str:
    return _quoted(text, lambda code: f"\\u{code:04x}" if code < 0x10000 else f"\\u{{{code:x}}}")


def _javascript(url: str, pairs: Pairs, needs_key: bool) -> str:
    lines = [f"const address = new URL({_javascript_text(url)});"]
    if pairs:
        lines.append("address.search = new URLSearchParams([")
        lines += [f"  [{_javascript_text(name)}, {_javascript_text(value)}]," for name, value in pairs]
        lines.append("]).toString();")
    sent = ""
    if needs_key:
        sent = f", {{ headers: {{ Authorization: {_javascript_text(KEY)} }} }}"
    return "\n".join(
        [
            *lines,
            f"const answer = await fetch(address{sent});",
            "if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);",
            "const { rows } = await answer.json();",
            "console.log(rows);",
        ]
    )
