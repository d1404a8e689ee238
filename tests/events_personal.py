"""Acts on personal data: the secrecy reviewer's decision, and the steps of a record of de-identification."""

from __future__ import annotations

from typing import Any

from opendata.models import Deidentification, Resource, ResourceVersion
from opendata.privacy import making
from opendata.privacy.decisions import personal_decide
from opendata.privacy.deidentify import deidentification_approve, deidentification_begin, deidentification_return
from portal.accounts.actors import Actor
from tests.events_acts import Begin
from tests.factories import CONDITIONAL, make_entry, now
from tests.opendata.privacy.hits import attached, found, stored

LET_OPEN = ("opendata.version.confirmed", "opendata.version.published")
SENT_ON = ("opendata.resource.attached", "opendata.upload.received")
DEEDS = {"年龄": {"do": "range", "width": 20}, "村码": {"do": "prefecture"}, "病": {"do": "keep"}}


def personal(cast: Any) -> ResourceVersion:
    """Stores a version that waits because personal data was found in it."""
    return stored(cast, attached(cast, make_entry(cast)), state="awaiting", 手机=[found()])


def decide_personal(stand: ResourceVersion, actor: Actor) -> Resource:
    """Lets it open; the event is about the resource."""
    personal_decide(stand, "no_personal_data", actor=actor, now=now(), reason="均为示例号码")
    return stand.resource


def people(cast: Any) -> ResourceVersion:
    """Stores a table of people that is open under conditions."""
    return stored(cast, attached(cast, make_entry(cast, **CONDITIONAL)))


def begin_record(stand: ResourceVersion, actor: Actor, k: int = 5) -> Deidentification:
    """Begins a record of de-identification."""
    return deidentification_begin(
        stand,
        actor=actor,
        plan={"columns": DEEDS, "suppress": k > 20},
        quasi=["年龄", "村码"],
        sensitive=["病"],
        k=k,
        title="去标识化名册",
        now=now(),
    )


def begun(k: int) -> Begin:
    """Returns what begins a record with this threshold."""

    def begin(cast: Any) -> Deidentification:
        return begin_record(people(cast), Actor.of_user(cast.registrar), k)

    return begin


def measure(stand: Deidentification, actor: Actor) -> Deidentification:
    """Makes and measures the table, as the worker does in the maker's name."""
    made = making.deidentification_claim(str(stand.pk), now=now())
    assert made is not None
    return making.deidentification_run(made, now=now())


def measured(cast: Any) -> Deidentification:
    """Makes a record that waits for its decision."""
    return measure(begun(5)(cast), Actor.of_user(cast.registrar))


def approve_record(stand: Deidentification, actor: Actor) -> Deidentification:
    """Approves a record."""
    return deidentification_approve(stand, actor=actor, now=now())


def return_record(stand: Deidentification, actor: Actor) -> Deidentification:
    """Returns a record."""
    return deidentification_return(stand, actor=actor, now=now(), note="应当标明准标识符")


def record_begun(cast: Any, resource: Resource, title: str = "去标识化数据") -> Deidentification:
    """Begins a record on a resource's current version by its first columns, without making the table."""
    source = resource.versions.order_by("number").first()
    assert source is not None
    names = [column["name"] for column in source.columns]
    return deidentification_begin(
        source,
        actor=Actor.of_user(cast.registrar),
        plan={"columns": {names[0]: {"do": "pseudonymise"}, names[1]: {"do": "pseudonymise"}}},
        quasi=[names[1]],
        sensitive=[],
        title=title,
        now=now(),
    )
