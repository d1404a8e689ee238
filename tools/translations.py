"""Keeps locale/zh_Hans in step with the code: `python tools/locale.py update|add FILE.json|check|missing|compile`.

English is the msgid itself, so the Chinese file is the only one. It is sorted by msgid and carries no line numbers:
two people who add strings touch different lines. Babel reads and writes it, so no gettext programs are needed.

update    takes new strings in and unused ones out, keeps the translations
add       takes translations from a JSON object {msgid: Chinese}; unknown msgids are taken in too
check     fails, listing them, on strings that are untranslated, unused or differ in their placeholders
missing   prints the untranslated strings as a JSON object to fill in
compile   writes the .mo file that Django reads
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template.exceptions import TemplateSyntaxError
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("portal", "catalogue", "opendata", "requests_app", "interop", "demo", "templates")
PO = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = dict.fromkeys(
    ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy")
)
TEMPLATES = {".html", ".txt", ".xml"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdf]|%[sdf]|\{(\w*)\}")
NOISE = tuple(
    b'"%s:' % name
    for name in (
        b"Project-Id-Version",
        b"Report-Msgid-Bugs-To",
        b"POT-Creation-Date",
        b"PO-Revision-Date",
        b"Last-Translator",
        b"Language-Team",
        b"Generated-By",
    )
)
HEADER = "# Chinese (Simplified) of the portal. Kept by tools/locale.py."


class LocaleError(Exception):
    """The strings are not as they should be; the message says which and why."""


@contextmanager
def locked() -> Iterator[None]:
    """Lets one caller at a time change the file."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(PO.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def source_files() -> Iterator[Path]:
    """Yields every file that may hold strings for people."""
    for name in SOURCES:
        for path in sorted((ROOT / name).rglob("*")):
            if (path.suffix == ".py" and "migrations" not in path.parts) or path.suffix in TEMPLATES:
                yield path


def strings_of(path: Path) -> Iterator[str]:
    """Yields the msgids of one file; plural and contextual forms are refused, the project does without them."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        if "{%" not in source:
            return
        try:
            # What is left of the markup is no Python: its indentation must not be read as such.
            source = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).splitlines())
        except TemplateSyntaxError as error:
            raise LocaleError(f"{path.relative_to(ROOT)}: {error}") from error
    elif line := hidden_in_f_string(source):
        raise LocaleError(f"{path.relative_to(ROOT)}:{line}: a string inside an f-string is not found; take it out")
    found = extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"})
    for line, function, message, _comments in found:
        if not function or not message:
            continue
        if not isinstance(message, str) or function.lstrip("_").startswith(("n", "p")):
            raise LocaleError(f"{path.relative_to(ROOT)}:{line}: plural or contextual strings are not used here")
        yield message


def hidden_in_f_string(source: str) -> int:
    """Returns the line of a translated string inside an f-string, which Babel overlooks before Python 3.12, or 0."""
    for outer in ast.walk(ast.parse(source)):
        if isinstance(outer, ast.JoinedStr):
            for node in ast.walk(outer):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEYWORDS:
                    return node.lineno
    return 0


def used_strings() -> dict[str, str]:
    """Returns each msgid in the code, and the first file that uses it."""
    found: dict[str, str] = {}
    for path in source_files():
        for message in strings_of(path):
            found.setdefault(message, str(path.relative_to(ROOT)))
    return found


def read() -> dict[str, str]:
    """Returns the translations by msgid."""
    if not PO.exists():
        return {}
    with PO.open("rb") as file:
        catalog = read_po(file, locale="zh_Hans")
    return {str(message.id): str(message.string) for message in catalog if message.id}


def catalog_of(translations: dict[str, str]) -> Catalog:
    """Returns Babel's catalogue of the translations, without dates, so that equal strings make an equal file."""
    catalog = Catalog(locale="zh_Hans", header_comment=HEADER, fuzzy=False)
    for message in sorted(translations):
        flags = ("python-format",) if re.search(r"%\(\w+\)|%[sdf]", message) else ()
        catalog.add(message, translations[message], flags=flags)
    return catalog


def write(translations: dict[str, str]) -> None:
    """Writes the file whole or not at all."""
    buffer = io.BytesIO()
    write_po(buffer, catalog_of(translations), width=0, sort_output=True, no_location=True)
    # Dates, names and Babel's version say nothing here, and would make every run change the file.
    lines = [line for line in buffer.getvalue().split(b"\n") if not line.startswith(NOISE)]
    _replace(PO, b"\n".join(lines).rstrip(b"\n") + b"\n")


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)


def update() -> str:
    """Takes new strings in and unused ones out."""
    with locked():
        known, used = read(), used_strings()
        write({message: known.get(message, "") for message in used})
    new, gone = len(used.keys() - known.keys()), len(known.keys() - used.keys())
    return f"{len(used)} strings: {new} new, {gone} removed"


def add(path: Path) -> str:
    """Takes translations in from a JSON object; an empty one, or one that lost a placeholder, is refused."""
    given = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(given, dict) or not all(isinstance(text, str) and text for text in given.values()):
        raise LocaleError(f"{path} must hold one JSON object of msgid: translation, none of them empty")
    wrong = [problem for message, text in given.items() if (problem := placeholder_problem(message, text))]
    if wrong:
        raise LocaleError("\n".join(wrong))
    with locked():
        write(read() | given)
    compile_mo()
    return f"{len(given)} translations taken in"


def placeholder_problem(message: str, translation: str) -> str:
    """Returns what is wrong with the placeholders of a translation, or nothing."""
    wanted, found = ({match.group(0) for match in PLACEHOLDER.finditer(text)} for text in (message, translation))
    if wanted == found:
        return ""
    return f"placeholders differ: {message!r} has {sorted(wanted)}, its translation has {sorted(found)}"


def problems() -> list[str]:
    """Returns what stands between the file and the code."""
    known, used = read(), used_strings()
    found = [f"no translation: {message!r} ({where})" for message, where in used.items() if not known.get(message)]
    found += [f"not used: {message!r}" for message in sorted(known.keys() - used.keys())]
    found += [problem for message, text in known.items() if text and (problem := placeholder_problem(message, text))]
    return found


def check() -> str:
    """Raises LocaleError with the list of what is wrong."""
    found = problems()
    if found:
        raise LocaleError("\n".join([*found, f"{len(found)} problems; see tools/locale.py"]))
    return f"{len(read())} strings, all translated"


def missing() -> str:
    """Returns the untranslated strings as JSON to be filled in."""
    known = read()
    empty = {message: "" for message in sorted(used_strings()) if not known.get(message)}
    return json.dumps(empty, ensure_ascii=False, indent=2)


def compile_mo() -> str:
    """Writes the .mo file when it is older than its source."""
    target = PO.with_suffix(".mo")
    if target.exists() and PO.exists() and target.stat().st_mtime_ns > PO.stat().st_mtime_ns:
        return "the .mo file is up to date"
    buffer = io.BytesIO()
    write_mo(buffer, catalog_of({message: text for message, text in read().items() if text}))
    _replace(target, buffer.getvalue())
    return "the .mo file is written"


def main() -> int:
    """Does what the command says; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("update", "check", "missing", "compile"):
        commands.add_parser(name)
    commands.add_parser("add").add_argument("file", type=Path)
    arguments = parser.parse_args()
    if not settings.configured:  # templatize asks Django for its settings; none of ours matter to it
        settings.configure()
    simple = {"update": update, "check": check, "missing": missing, "compile": compile_mo}
    try:
        print(add(arguments.file) if arguments.command == "add" else simple[arguments.command]())
    except LocaleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
