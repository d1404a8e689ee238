"""What stands beside the data in a package: descriptor, licence, citation, checksums, and a page to read first.

The descriptor follows Data Package 2.0 (https://datapackage.org/standard/data-package/), the citation also the Citation
File Format 1.2.0. Texts for people are in both languages, whatever the reader's own.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from opendata.draw import citation, scope_of
from opendata.packages import LANGUAGES, Archive, Contents, Part, Written
from opendata.rows import Column, ColumnType
from opendata.rows.csvtext import csv_header
from portal.language import in_language, label, say
from portal.law import RULES

PROFILES = "https://datapackage.org/profiles/2.0"
TYPES = {
    "integer": "integer",
    "decimal": "number",
    "float": "number",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "timestamp": "datetime",
    "geometry": "geojson",
}
# Only these are named in the Open Definition's list, to which a licence's `name` is bound; SPDX spells them alike.
OPEN_LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
LICENCE, DESCRIPTOR = "LICENCE.txt", "datapackage.json"
_README = {"zh-hans": "README.zh.txt", "en": "README.en.txt"}


def package_archive(contents: Contents, *, site: str) -> Archive:
    """Returns the package ready to be sent; `site` is the address of this site without a slash at its end."""
    url = site + reverse("catalogue:detail", args=[contents.entry.code])
    before = {_README[language]: _in(language, lambda: _readme(contents, url)) for language in LANGUAGES}
    before[LICENCE] = "\n\n".join(_in(language, lambda: _licence(contents)) for language in LANGUAGES)
    before["CITATION.txt"] = "\n\n".join(_in(language, lambda: _citations(contents)) for language in LANGUAGES)
    before["CITATION.cff"] = _cff(contents, url)

    def after(written: dict[str, Written]) -> dict[str, str]:
        described = json.dumps(descriptor(contents, written, url), ensure_ascii=False, indent=2) + "\n"
        return {DESCRIPTOR: described}

    return Archive(contents, before, after)


def _in(language: str, make: Callable[[], str]) -> str:
    with override(language):
        return make()


# --- For programs ----------------------------------------------------------------------------------------------------


def descriptor(contents: Contents, written: dict[str, Written], url: str) -> dict[str, Any]:
    """Returns the Data Package 2.0 descriptor; sizes and hashes are those of the files as they were sent."""
    entry, standing = contents.entry, contents.standing
    provider = {"title": entry.provider.name, "path": url}
    found: dict[str, Any] = {
        "$schema": f"{PROFILES}/datapackage.json",
        "name": _slug(entry.code),
        "id": url,
        "title": standing.title,
        "description": standing.abstract,
        "homepage": url,
        "version": str(standing.number),
        "created": f"{contents.obtained_on.isoformat()}T00:00:00+08:00",
        "licenses": [_licence_of(standing.licence)],
        "sources": [provider],
        "contributors": [{**provider, "roles": ["publisher"]}],
    }
    keywords = [word for word in re.split(r"[,，、;；\s]+", standing.keywords) if word]
    if keywords:
        found["keywords"] = keywords
    return found | {"resources": [_described(contents, part, written[part.path]) for part in contents.parts]}


def _licence_of(licence: str) -> dict[str, str]:
    title = RULES.codes("licence").code(licence).label.zh
    if licence in OPEN_LICENCES:
        return {"name": licence, "path": OPEN_LICENCES[licence], "title": title}
    return {"path": LICENCE, "title": title}


def _described(contents: Contents, part: Part, written: Written) -> dict[str, Any]:
    resource, version = part.wanted.permit.resource, part.wanted.permit.version
    number = f"{part.wanted.number:02}"
    found: dict[str, Any] = {
        "$schema": f"{PROFILES}/dataresource.json",
        "name": number if part.wanted.fmt == "csv" else f"{number}-original",
        "path": part.path,
        "title": resource.title,
    }
    if resource.description:
        found["description"] = resource.description
    about = {"bytes": written.size, "hash": f"sha256:{written.sha256}", "version": str(version.number)}
    if part.wanted.fmt != "csv":
        return found | {"format": part.path.rpartition(".")[2].lower(), "mediatype": part.media_type} | about
    return (
        found
        | {"type": "table", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8"}
        | about
        | {
            "dialect": {"header": True, "delimiter": ",", "lineTerminator": "\n", "quoteChar": '"'},
            "schema": _schema(contents, part),
        }
    )


def _schema(contents: Contents, part: Part) -> dict[str, Any]:
    permit = part.wanted.permit
    scope = scope_of(permit)
    shown = [one for one in permit.version.columns if scope.shows(str(one["name"]))]
    meanings = {row.name: row for row in contents.standing.elements.all()}
    fields = []
    for one in shown:
        name, element = str(one["name"]), meanings.get(str(one["name"]))
        made = {
            "name": header_of(name),
            "type": TYPES.get(one["type"], "string"),
            "title": str(one.get("label") or "") or (element.meaning if element else "") or name,
            "description": element.meaning if element else "",
            "unit": str(one.get("unit") or "") or (element.unit if element else ""),
        }
        fields.append({key: value for key, value in made.items() if value})
    schema: dict[str, Any] = {"$schema": f"{PROFILES}/tableschema.json", "fields": fields, "missingValues": [""]}
    names, keys = {str(one["name"]) for one in shown}, permit.resource.key_columns
    if keys and names.issuperset(keys):
        schema["primaryKey"] = [header_of(name) for name in keys]
    return schema


def header_of(name: str) -> str:
    """Returns the name of a column as it stands in the CSV's first line, where one like a formula is guarded."""
    line = csv_header([Column(name, ColumnType.TEXT)]).decode()
    return next(csv.reader(io.StringIO(line, newline="")))[0]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-.")


def _cff(contents: Contents, url: str) -> str:
    """Returns the citation as CFF 1.2.0. Its values are written as JSON, which YAML reads as what it is."""
    entry, standing, day = contents.entry, contents.standing, contents.obtained_on.isoformat()
    authors = [{"name": entry.provider.name}]
    lines: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": _in("zh-hans", lambda: _("Please cite the source and the date obtained: %(date)s.") % {"date": day}),
        "type": "dataset",
        "title": standing.title,
        "abstract": standing.abstract,
        "authors": authors,
        "version": str(standing.number),
        "url": url,
        "identifiers": [{"type": "other", "value": entry.code}],
    }
    if standing.published_at is not None:
        lines["date-released"] = standing.published_at.date().isoformat()
    if standing.licence in OPEN_LICENCES:
        lines["license"] = standing.licence
    lines["preferred-citation"] = {
        "type": "data",
        "title": standing.title,
        "authors": authors,
        "publisher": {"name": entry.provider.name},
        "version": str(standing.number),
        "url": url,
        "date-accessed": day,
    }
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in lines.items())


# --- For people ------------------------------------------------------------------------------------------------------


def _pair(name: str, value: object) -> str:
    colon = _(": ")
    return f"{name}{colon}{value}"


def _citations(contents: Contents) -> str:
    lines = [_("Please cite the data as follows, with its source and the date on which you obtained it (Art. 32).")]
    cited = {part.wanted.permit.version.pk: part.wanted.permit for part in contents.parts}
    for permit in cited.values():
        cite = citation(permit.resource, obtained_on=contents.obtained_on, version=permit.version)
        lines.append(f"{permit.resource}\n    {cite}")
    return "\n\n".join(lines) + "\n"


def _licence(contents: Contents) -> str:
    standing = contents.standing
    code = RULES.codes("licence").code(standing.licence)
    lines = [_pair(_("Licence"), f"{say(code.label)} ({code.value})")]
    if code.note is not None:
        lines.append(say(code.note))
    if standing.licence in OPEN_LICENCES:
        lines.append(_pair(_("The licence's own text"), OPEN_LICENCES[standing.licence]))
    lines.append(_pair(_("Open class"), label("open_class", standing.open_class)))
    if standing.open_condition:
        lines.append(_pair(_("Open condition"), standing.open_condition))
    lines.append(_pair(_("Use requirements"), standing.use_requirements))
    agreements = sorted({part.wanted.permit.grant.agreement for part in contents.parts if part.wanted.permit.grant})
    if agreements:
        lines.append(_pair(_("Drawn under the open-use agreement"), ", ".join(agreements)))
    return "\n".join(lines) + "\n"


def _readme(contents: Contents, url: str) -> str:
    entry, standing = contents.entry, contents.standing
    head = [
        _pair(_("Code"), entry.code),
        _pair(_("Provider"), entry.provider),
        _pair(_("Contact"), standing.contact),
        _pair(_("Update frequency"), label("update_frequency", standing.update_frequency)),
        _pair(_("Obtained on"), contents.obtained_on.isoformat()),
        _pair(_("Page of the entry"), url),
    ]
    parts = [str(standing), in_language(standing.abstract, standing.abstract_en), "\n".join(head)]
    parts.append("\n".join([_("Files in this package"), *(f"- {_told(part)}" for part in contents.parts)]))
    if contents.missing:
        language = get_language() or LANGUAGES[0]
        lines = [_("Not in this package")]
        for one in contents.missing:
            article = _("Art. %(number)s") % {"number": one.article}
            said = _pair(str(one.title), one.why[language])
            lines.append(f"- {said} ({article})" if one.article else f"- {said}")
        parts.append("\n".join(lines))
    parts.append("\n".join([_("How to read it"), *(f"- {line}" for line in _how())]))
    return "\n\n".join(parts) + "\n"


def _told(part: Part) -> str:
    version = part.wanted.permit.version
    said = _("%(path)s: “%(title)s”, version %(number)s of %(date)s, %(rows)s rows") % {
        "path": part.path,
        "title": part.wanted.permit.resource,
        "number": version.number,
        "date": version.published_at.date().isoformat() if version.published_at else "-",
        "rows": part.rows,
    }
    grant = part.wanted.permit.grant
    narrowed = grant is not None and (grant.columns is not None or grant.row_filter is not None)
    part_only = _("(the part that your grant covers)")
    return f"{said} {part_only}" if narrowed else said


def _how() -> list[str]:
    return [
        _("The tables are CSV in UTF-8 with a header line. An empty cell means that there is no value."),
        _("A text that begins like a formula has an apostrophe before it, so that no spreadsheet runs it."),
        _("datapackage.json describes every column; programs for Data Package 2.0 read it."),
        _("LICENCE.txt says what is allowed, CITATION.txt how to cite the data with the date obtained."),
        _("To see that nothing was damaged, run in the unpacked folder: sha256sum -c CHECKSUMS.sha256"),
    ]
