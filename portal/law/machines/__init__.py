"""The state machines of the portal, one file for each kind of case."""

from portal.law.machines.application import APPLICATION_MACHINE
from portal.law.machines.entry import ENTRY_MACHINE, ENTRY_VERSION_MACHINE
from portal.law.machines.grant import GRANT_MACHINE
from portal.law.machines.identity import IDENTITY_MACHINE
from portal.law.machines.report import REPORT_MACHINE
from portal.law.terms import Machine

MACHINES: tuple[Machine, ...] = (
    ENTRY_VERSION_MACHINE,
    ENTRY_MACHINE,
    APPLICATION_MACHINE,
    GRANT_MACHINE,
    REPORT_MACHINE,
    IDENTITY_MACHINE,
)
