"""The cast: one person for each part, so that a denial test is one line."""

from __future__ import annotations

from dataclasses import dataclass

from portal.accounts.models import Department, User
from portal.law import Role
from portal.workflow.reference import reference_load
from tests.factories import appoint, make_department, make_user


@dataclass
class Cast:
    """Who plays in the tests: an authority, a department with its designated people, another department, citizens."""

    authority: Department
    department: Department
    other_department: Department
    other_authority: Department
    registrar: User
    reviewer: User
    secrecy: User
    handler: User
    handler2: User
    application_reviewer: User
    officer: User
    officer2: User
    auditor: User
    other_registrar: User
    other_reviewer: User
    other_officer: User
    citizen: User
    applicant: User
    stranger: User


def make_cast() -> Cast:
    """Makes the jurisdictions, departments and people, appointed through the real services."""
    reference_load()
    authority = make_department("xj-data", is_authority=True)
    department = make_department("xj-env")
    other = make_department("xj-health")
    kashgar = make_department("ks-data", "653100", is_authority=True)
    people = {
        "registrar": (Role.REGISTRAR, department),
        "reviewer": (Role.REVIEWER, department),
        "secrecy": (Role.SECRECY_REVIEWER, department),
        "handler": (Role.REPORT_HANDLER, department),
        "handler2": (Role.REPORT_HANDLER, department),
        "application_reviewer": (Role.APPLICATION_REVIEWER, department),
        "officer": (Role.AUTHORITY_OFFICER, authority),
        "officer2": (Role.AUTHORITY_OFFICER, authority),
        "auditor": (Role.AUDITOR, authority),
        "other_registrar": (Role.REGISTRAR, other),
        "other_reviewer": (Role.REVIEWER, other),
        "other_officer": (Role.AUTHORITY_OFFICER, kashgar),
    }
    users = {name: appoint(make_user(name), role, place) for name, (role, place) in people.items()}
    users |= {name: make_user(name) for name in ("citizen", "applicant", "stranger")}
    return Cast(authority=authority, department=department, other_department=other, other_authority=kashgar, **users)
