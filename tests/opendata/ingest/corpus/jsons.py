"""JSON, JSON Lines and GeoJSON: depth without end, keys twice, what the standard leaves open, broken shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.opendata.ingest.corpus.samples import ERROR, READS, Sample, sample, spoilt
from tests.opendata.ingest.geofiles import collection, feature, point


def files() -> list[Sample]:
    """At least fifty documents."""
    rows = json.dumps([{"代码": f"{at:03d}", "n": at, "x": None} for at in range(50)], ensure_ascii=False).encode()
    places = collection([feature(point(80 + at / 100, 40), n=at) for at in range(50)]).encode()
    return [
        *_documents(), *_lines(), *_places(), *spoilt("json", "a.json", rows, 8),
        *spoilt("geojson", "a.geojson", places, 8),
    ]  # fmt: skip


def _documents() -> Iterator[Sample]:
    yield sample("a hundred thousand brackets", "d.json", "[" * 100_000, ERROR)
    yield sample("a hundred thousand braces", "d.json", '{"a":' * 100_000, ERROR)
    yield sample("rows nested ten thousand deep", "d.json", '[{"a":' + "[" * 10_000 + "]" * 10_000 + "}]")
    yield sample("rows nested nine hundred deep", "d.json", '[{"a":' + "[" * 900 + "]" * 900 + "}]")
    yield sample("a key twice", "d.json", '[{"a":1,"a":2}]', ERROR, "duplicate_key")
    for word in ("NaN", "Infinity", "-Infinity", "undefined", "0x10", "01", "1.", ".5", "+1", "'a'", "tru"):
        yield sample(f"the value {word}", "d.json", f'[{{"a":{word}}}]', ERROR)
    yield sample("a number of a hundred thousand digits", "d.json", f'[{{"a":{"9" * 100_000}}},{{"a":1}}]', READS)
    yield sample("an exponent without end", "d.json", '[{"a":1e999999999},{"a":1}]', READS)
    yield sample("a text of 20 MB", "d.json", f'[{{"a":"{"x" * 20_000_000}"}}]', ERROR)
    yield sample("half a character", "d.json", '[{"a":"\\ud800"}]', ERROR, "half_character")
    yield sample("a NUL", "d.json", '[{"a":"\\u0000"}]', ERROR, "nul_byte")
    yield sample("an empty array", "d.json", "[]", ERROR, "no_data")
    yield sample("an empty object", "d.json", "{}", ERROR, "no_records")
    yield sample("objects without keys", "d.json", "[{},{}]", ERROR)
    yield sample("an array of numbers", "d.json", "[1,2,3]", ERROR)
    yield sample("a bare value", "d.json", "42", ERROR, "not_json")
    yield sample("two documents", "d.json", '[{"a":1}] [{"a":2}]', ERROR, "json_broken")
    yield sample("comments", "d.json", '/* x */ [{"a":1}]', ERROR, "not_json")
    yield sample("a comma at the end", "d.json", '[{"a":1},]', ERROR, "json_broken")
    yield sample(
        "seventeen thousand keys",
        "d.json",
        json.dumps([{f"k{at}": 1 for at in range(17_000)}]),
        ERROR,
        "too_many_columns",
    )
    yield sample("other keys in each row", "d.json", json.dumps([{f"k{at}": 1} for at in range(500)]), READS)
    yield sample("hostile keys", "d.json", json.dumps([{"__proto__": 1, "": 2, "a\"b'": 3, "\u202e": 4, " ": 5}]))
    yield sample("UTF-16", "d.json", '[{"a":"县"}]'.encode("utf-16"), READS)


def _lines() -> Iterator[Sample]:
    yield sample("a broken line between", "l.jsonl", '{"a":1}\n{oops\n{"a":2}\n', READS)
    yield sample("arrays instead of objects", "l.jsonl", "[1]\n[2]\n", ERROR)
    yield sample("empty lines", "l.ndjson", '\n\n{"a":1}\n\n', READS)
    yield sample("a line of 20 MB", "l.jsonl", '{"a":"' + "x" * 20_000_000 + '"}\n', ERROR)
    yield sample("no line is JSON", "l.jsonl", "a,b\n1,2\n", ERROR, "json_broken")


def _places() -> Iterator[Sample]:
    shapes: dict[str, Any] = {
        "positions of text": {"type": "Point", "coordinates": ["a", "b"]},
        "no position": {"type": "Point", "coordinates": []},
        "rings not closed": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        "off the globe": point(181, 0),
        "a circle": {"type": "Circle", "coordinates": [0, 0]},
        "text for a geometry": "POINT(0 0)",
        "an array for a geometry": [0, 0],
    }
    for word, shape in shapes.items():
        yield sample(f"a shape with {word}", "p.geojson", collection([feature(shape, a=1)]), ERROR, "only_refused_rows")
    deep = '{"type":"GeometryCollection","geometries":[' * 500 + "]}" * 500
    text = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":%s}]}'
    yield sample("collections five hundred deep", "p.geojson", text % deep, ERROR)
    yield sample(
        "positions a thousand deep",
        "p.geojson",
        text % ('{"type":"Polygon","coordinates":' + "[" * 900 + "]" * 900 + "}"),
    )
    yield sample(
        "a line of 60,000 positions",
        "p.geojson",
        collection([feature({"type": "LineString", "coordinates": [[80.0, 40.0]] * 60_000})]),
    )
    yield sample("no features", "p.geojson", '{"type":"FeatureCollection"}', ERROR, "no_records")
    yield sample("features that are an object", "p.geojson", '{"type":"FeatureCollection","features":{}}', ERROR)
    yield sample("one geometry alone", "p.geojson", json.dumps(point(1, 2)), ERROR)
    system = {"type": "name", "properties": {"name": "EPSG:99999999"}}
    yield sample(
        "a system that is none", "p.geojson", collection([feature(point(1, 2))], crs=system), ERROR, "crs_unknown"
    )
    pipeline = {"type": "name", "properties": {"name": "+proj=pipeline +step +proj=unitconvert"}}
    yield sample("a system of many steps", "p.geojson", collection([feature(point(1, 2))], crs=pipeline), ERROR)
    path = {"type": "name", "properties": {"name": "+init=/etc/passwd:1"}}
    yield sample(
        "a system from a file", "p.geojson", collection([feature(point(1, 2))], crs=path), ERROR, "crs_unknown"
    )
    yield sample("all properties null", "p.geojson", collection([{**feature(point(1, 2)), "properties": None}]), READS)
