"""Files that applicants attach: kept by their hash, seen by the case's people only."""

from __future__ import annotations

import datetime as dt
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from opendata.storage import blob_put
from portal.accounts.actors import Actor
from portal.audit.services import record
from portal.law import RuleBroken
from portal.workflow.commands import lock
from requests_app.models import Application, Attachment
from requests_app.services.applications import person_of, require_editable

MOST_BYTES = 20 * 1024 * 1024
MOST_FILES = 10
LONGEST_NAME = 200


def filename_clean(name: str) -> str:
    """Returns a file name without folders, control characters and writing-direction marks, its ending kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip(" .")
    if len(plain) > LONGEST_NAME:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 16 else plain
    return plain[:LONGEST_NAME] or _("attachment")


@transaction.atomic
def attachment_add(
    application: Application, *, actor: Actor, filename: str, chunks: Iterable[bytes], now: dt.datetime
) -> Attachment:
    """Attaches a file to a draft or a returned application: at most 20 MB each, at most ten.

    The bytes are written piece by piece and refused as soon as they are too many; nothing of them is kept then.
    """
    lock(application)
    require_editable(application, actor)
    if application.attachments.count() >= MOST_FILES:
        message = _("An application carries at most %(n)s files; remove one first.") % {"n": MOST_FILES}
        raise RuleBroken(message, 29, field="attachments")
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="attachment-") as out:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_BYTES:
                raise RuleBroken(_("“%(file)s” is larger than 20 MB.") % {"file": filename}, 29, field="attachments")
            out.write(chunk)
        if size == 0:
            raise RuleBroken(_("“%(file)s” is empty.") % {"file": filename}, 29, field="attachments")
        out.flush()
        blob = blob_put(Path(out.name), now=now)
    attachment = Attachment.objects.create(
        application=application,
        blob=blob,
        filename=filename_clean(filename),
        added_by=person_of(actor),
        added_at=now,
    )
    _record("added", attachment, actor=actor, now=now)
    return attachment


@transaction.atomic
def attachment_remove(attachment: Attachment, *, actor: Actor, now: dt.datetime) -> None:
    """Takes a file off a draft or a returned application; its hash stays in the record."""
    application = attachment.application
    lock(application)
    require_editable(application, actor)
    _record("removed", attachment, actor=actor, now=now)
    attachment.delete()


def _record(done: str, attachment: Attachment, *, actor: Actor, now: dt.datetime) -> None:
    application = attachment.application
    record(
        f"requests.application.attachment_{done}",
        actor=actor,
        obj=application,
        at=now,
        department=application.authority,
        article=29,
        data={"filename": attachment.filename, "sha256": attachment.blob_id, "size": attachment.blob.size},
    )
