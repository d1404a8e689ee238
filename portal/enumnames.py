"""What the enumerations of the API's description are called where two of them stand in fields of one name."""

ENUM_NAMES = {
    "ReportKindEnum": "portal.openapi.report_kinds",
    "OrganisationKindEnum": "portal.openapi.organisation_kinds",
    "VersionStateEnum": "opendata.models.ResourceVersion.STATES",
    "PersonalDataDecisionEnum": "opendata.models.PersonalDataDecision.DECISIONS",
}
