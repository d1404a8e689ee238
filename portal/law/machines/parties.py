"""Who appears in the rows of the machines, by short names, so that a row stays readable."""

from portal.law.terms import By, Role, Side

REGISTRAR = By(Side.PROVIDER, Role.REGISTRAR)
REVIEWER = By(Side.PROVIDER, Role.REVIEWER)
SECRECY_REVIEWER = By(Side.PROVIDER, Role.SECRECY_REVIEWER)
REPORT_HANDLER = By(Side.PROVIDER, Role.REPORT_HANDLER)
APPLICATION_REVIEWER = By(Side.PROVIDER, Role.APPLICATION_REVIEWER)
OFFICER = By(Side.AUTHORITY, Role.AUTHORITY_OFFICER)
APPLICANT = By(Side.APPLICANT)
REPORTER = By(Side.REPORTER)
ANYONE = By(Side.ANYONE)
SYSTEM = By(Side.SYSTEM)
