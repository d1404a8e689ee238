"""Says in the reader's words what the record of acts holds as codes (Art. 38): the act, who acted, and how it ended.

A command's event takes its words from the law table, so that the record and the buttons name one act alike.
"""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.law import RULES
from portal.site.templatetags.law import say

register = template.Library()

COMMANDS = {command.event: (machine, command) for machine in RULES.machines for command in machine.commands}
ACTS = {
    "accounts.department.created": gettext_noop("Department registered"),
    "accounts.identity.number_shown": gettext_noop("Identity number opened"),
    "accounts.role.assigned": gettext_noop("Person appointed to a role"),
    "accounts.role.revoked": gettext_noop("Role ended"),
    "catalogue.entry.created": gettext_noop("Entry registered"),
    "catalogue.entry_version.changed": gettext_noop("Draft of an entry changed"),
    "catalogue.entry_version.opened": gettext_noop("New version of an entry begun"),
    "opendata.deidentification.approved": gettext_noop("Record of de-identification approved"),
    "opendata.deidentification.begun": gettext_noop("Record of de-identification begun"),
    "opendata.deidentification.failed": gettext_noop("De-identified table could not be made"),
    "opendata.deidentification.measured": gettext_noop("De-identified table made and measured"),
    "opendata.deidentification.returned": gettext_noop("Record of de-identification returned"),
    "opendata.personal_data.decided": gettext_noop("Personal data decided on"),
    "opendata.key.created": gettext_noop("API key made"),
    "opendata.key.revoked": gettext_noop("API key revoked"),
    "opendata.resource.attached": gettext_noop("Resource attached"),
    "opendata.resource.retired": gettext_noop("Resource retired"),
    "opendata.resource.settings_changed": gettext_noop("Settings of reading changed"),
    "opendata.upload.received": gettext_noop("File received"),
    "opendata.upload.refused": gettext_noop("File refused"),
    "opendata.version.confirmed": gettext_noop("Question about a new version confirmed"),
    "opendata.version.discarded": gettext_noop("New version discarded"),
    "opendata.version.held": gettext_noop("New version waits for a decision"),
    "opendata.version.published": gettext_noop("New version of the data published"),
    "requests.application.attachment_added": gettext_noop("Attachment added"),
    "requests.application.attachment_removed": gettext_noop("Attachment removed"),
    "requests.application.changed": gettext_noop("Application changed"),
    "requests.application.created": gettext_noop("Application begun"),
    "requests.application.warned": gettext_noop("Applicant reminded"),
    "workflow.clock.overdue": gettext_noop("Time limit overdue"),
}
KINDS = {
    "user": gettext_noop("account"),
    "api_key": gettext_noop("API key"),
    "visitor": gettext_noop("visitor"),
    "reporter": gettext_noop("reporter"),
    "system": gettext_noop("the system"),
}
OUTCOMES = {"done": gettext_noop("done"), "refused": gettext_noop("was refused")}


@register.filter
def act(action: str) -> str:
    """Names an act; one that no table knows any more stays as it was recorded."""
    if action in COMMANDS:
        machine, command = COMMANDS[action]
        return _("%(label)s: %(value)s") % {"label": say(machine.label), "value": say(command.label)}
    return _(ACTS[action]) if action in ACTS else action


@register.filter
def actor_kind(kind: str) -> str:
    """Says what kind of actor it was."""
    return _(KINDS[kind]) if kind in KINDS else kind


@register.filter
def act_outcome(outcome: str) -> str:
    """Says how the act ended."""
    return _(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome
