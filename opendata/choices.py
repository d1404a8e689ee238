"""What the publisher decides about reading a resource's files, kept from upload to upload (Art. 10, 15).

Settings for a column that a file lacks are kept: it may come back. Key columns tell rows apart when versions are
compared; declared rules are the checks of accuracy. All three take effect with the next reading of a file, which may be
the present file's, read again from its kept original.
"""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from opendata.accuracy import rules_clean
from opendata.duties import require_attacher
from opendata.ingest.kinds import OFFERED
from opendata.models import Resource, ResourceVersion
from opendata.versions import lock_for_writing
from portal.accounts.actors import Actor
from portal.audit.services import record
from portal.law import RuleBroken

ARTICLE = 15
TYPES = ("integer", "decimal", "float", "boolean", "date", "time", "timestamp", "text")
OF_A_COLUMN = ("type", "apply", "label", "unit")
TEXTS = {"encoding": 40, "delimiter": 4, "sheet": 200, "member": 400}
MOST_COLUMNS = 20_000
MOST_KEYS = 20
MOST_TABLES = 1000
LONGEST_LABEL = 300


def settings_clean(sent: object) -> dict[str, Any]:
    """Returns reading settings in their plain form, without what is empty; raises RuleBroken naming what is wrong."""
    if not isinstance(sent, Mapping):
        raise _wrong(_("an object is expected"))
    if unknown := set(sent) - {*TEXTS, "table", "header", "columns"}:
        raise _wrong(_("“%(name)s” is not known") % {"name": min(map(str, unknown))[:60]})
    kept: dict[str, Any] = {
        name: _text(name, sent[name], most) for name, most in TEXTS.items() if sent.get(name) not in (None, "")
    }
    if "encoding" in kept and not _is_encoding(kept["encoding"]):
        raise _wrong(_("“%(name)s” is not known") % {"name": kept["encoding"]})
    if sent.get("table") not in (None, ""):
        kept["table"] = _table(sent["table"])
    if sent.get("header") is not None:
        if not isinstance(sent["header"], bool):
            raise _wrong(_("“header” is true or false"))
        kept["header"] = sent["header"]
    if columns := _columns(sent.get("columns") or {}):
        kept["columns"] = columns
    return kept


def _table(sent: object) -> int:
    text = str(sent)
    if isinstance(sent, bool) or not (text.isascii() and text.isdecimal()) or not 0 < int(text[:9]) < MOST_TABLES:
        raise _wrong(_("the table is a number from 1"))
    return int(text)


def _columns(sent: object) -> dict[str, dict[str, Any]]:
    if not isinstance(sent, Mapping) or len(sent) > MOST_COLUMNS:
        raise _wrong(_("“columns” gives settings by column name"))
    cleaned = {str(name): _column(str(name), one) for name, one in sent.items()}
    return {name: one for name, one in cleaned.items() if one}


def _column(name: str, sent: object) -> dict[str, Any]:
    if not isinstance(sent, Mapping) or set(sent) - set(OF_A_COLUMN):
        raise _wrong(_("column “%(name)s” has: %(names)s") % {"name": name[:60], "names": ", ".join(OF_A_COLUMN)})
    kept = {key: _text(key, sent[key], LONGEST_LABEL) for key in OF_A_COLUMN if sent.get(key) not in (None, "")}
    if kept.get("apply") not in (None, *OFFERED.values()):
        known = ", ".join(OFFERED.values())
        raise _wrong(_("what can be applied to column “%(name)s”: %(names)s") % {"name": name[:60], "names": known})
    if "apply" in kept and kept.get("type") not in {"integer", "decimal"}:
        kept["type"] = "decimal"
    if kept.get("type", "text") not in TYPES:
        raise _wrong(_("column “%(name)s” is one of: %(names)s") % {"name": name[:60], "names": ", ".join(TYPES)})
    return kept


def _text(name: str, value: object, most: int) -> str:
    if not isinstance(value, str) or len(value) > most or "\0" in value:
        raise _wrong(_("“%(name)s” is a text of at most %(most)s letters") % {"name": name, "most": most})
    return value


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _wrong(why: str) -> RuleBroken:
    return RuleBroken(_("These settings are not understood: %(why)s.") % {"why": why}, ARTICLE, field="settings")


def keys_clean(sent: object) -> list[str]:
    """Returns the names of the key columns, each once."""
    if not isinstance(sent, list) or len(sent) > MOST_KEYS or not all(isinstance(one, str) and one for one in sent):
        message = _("Key columns are a list of at most %(most)s column names.") % {"most": MOST_KEYS}
        raise RuleBroken(message, ARTICLE, field="key_columns")
    return list(dict.fromkeys(sent))


@transaction.atomic
def settings_change(
    resource: Resource,
    *,
    actor: Actor,
    now: dt.datetime,
    settings: object = None,
    key_columns: object = None,
    rules: object = None,
) -> Resource:
    """Writes what the registrar decided; what is None stays as it is. It takes effect with the next reading."""
    require_attacher(actor, resource.entry)
    locked = lock_for_writing(resource.pk)
    before = (locked.settings, locked.key_columns, locked.rules)
    if settings is not None:
        locked.settings = settings_clean(settings)
    if key_columns is not None:
        locked.key_columns = keys_clean(key_columns)
    if rules is not None:
        locked.rules = rules_clean(rules)
    locked.save(update_fields=["settings", "key_columns", "rules"])
    resource.settings, resource.key_columns, resource.rules = locked.settings, locked.key_columns, locked.rules
    changed = [
        name
        for name, was in zip(("settings", "key_columns", "rules"), before, strict=True)
        if was != getattr(locked, name)
    ]
    record(
        "opendata.resource.settings_changed",
        actor=actor,
        obj=locked,
        at=now,
        department=locked.entry.provider,
        article=ARTICLE,
        data={"changed": changed},
    )
    return resource


def overrides_for(resource: Resource, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns how a file that comes now is read: by the kept settings, and what was given with it on top of them.

    What is given outlives this upload: it is kept with the resource from then on.
    """
    if not given:
        return dict(resource.settings)
    sent = settings_clean(given)
    columns = dict(resource.settings.get("columns", {}))
    for name, one in sent.get("columns", {}).items():
        columns[name] = {**columns.get(name, {}), **one}
    merged = {**resource.settings, **sent, **({"columns": columns} if columns else {})}
    if merged != resource.settings:
        Resource.objects.filter(pk=resource.pk).update(settings=merged)
        resource.settings = merged
    return dict(merged)


def columns_vanished(resource: Resource, version: ResourceVersion | None) -> list[str]:
    """Returns the columns with settings, keys or rules of their own that the version's file does not have."""
    if version is None:
        return []
    there = {str(column["name"]) for column in version.columns}
    named = [*resource.settings.get("columns", {}), *resource.key_columns]
    named += [rule[key] for rule in resource.rules for key in ("column", "other") if key in rule]
    return list(dict.fromkeys(name for name in named if name not in there))


def latest_version(resource: Resource) -> ResourceVersion | None:
    """Returns the version that waits, else the one that stands: what the registrar works on."""
    waiting = resource.versions.filter(state="awaiting").select_related("original").order_by("-job__created_at").first()
    return waiting or resource.current
