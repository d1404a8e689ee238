"""Commands on who is who: departments, roles. Each writes its event in its own transaction."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts import access
from portal.accounts.actors import Actor
from portal.accounts.models import Department, DepartmentGroupObjectPermission, User
from portal.audit.services import record
from portal.law import Role, RuleBroken

FOUR_EYES = (Role.REGISTRAR, Role.REVIEWER, Role.SECRECY_REVIEWER)


def role_group(department: Department, role: Role) -> Group:
    """Returns the group whose members hold the role in the department."""
    return Group.objects.get(name=f"{department.code}:{role.value}")


def _make_role_groups(department: Department) -> None:
    """Writes a group for each role and the group's object permission on the department, as guardian keeps them."""
    groups = Group.objects.bulk_create(Group(name=f"{department.code}:{role.value}") for role in Role)
    permissions = Permission.objects.filter(content_type__app_label="accounts", content_type__model="department")
    named = {permission.codename: permission for permission in permissions}
    DepartmentGroupObjectPermission.objects.bulk_create(
        DepartmentGroupObjectPermission(permission=named[role.value], group=group, content_object=department)
        for role, group in zip(Role, groups, strict=True)
    )


@transaction.atomic
def department_create(*, actor: Actor, now: dt.datetime, **fields: object) -> Department:
    """Creates a department with the groups of its roles; raises ValidationError for a wrong USCC."""
    department = Department(**fields)
    department.full_clean()
    department.save()
    _make_role_groups(department)
    record("accounts.department.created", actor=actor, obj=department, at=now, department=department, article=6)
    return department


def may_appoint(actor: Actor, department: Department) -> bool:
    """Says whether the actor appoints in this department: an officer of its authority, or the operator's system."""
    return actor.kind == "system" or access.serves(actor, Role.AUTHORITY_OFFICER, department.authority)


@transaction.atomic
def role_assign(*, actor: Actor, user: User, role: Role, department: Department, now: dt.datetime) -> None:
    """Appoints a person to a role in a department (Art. 12).

    Registrar, reviewer and secrecy reviewer are three different people: a second of these roles is refused.
    """
    _require_appointer(actor, department)
    if role in (Role.AUTHORITY_OFFICER, Role.AUDITOR) and not department.is_authority:
        raise RuleBroken(_("This role exists in data authorities only."), 6)
    # Two appointments of one person at the same moment are made one after the other, so that each sees the other.
    User.objects.select_for_update().get(pk=user.pk)
    if role in FOUR_EYES:
        others = [other for other in FOUR_EYES if other != role]
        if Department.objects.filter(pk=department.pk).with_role(user, *others).exists():
            raise RuleBroken(_("Registrar, reviewer and secrecy reviewer must be three different people."), 12)
    user.groups.add(role_group(department, role))
    _record_role("assigned", actor, user, role, department, now)


@transaction.atomic
def role_revoke(*, actor: Actor, user: User, role: Role, department: Department, now: dt.datetime) -> None:
    """Ends a person's role in a department; it takes effect at their next request."""
    _require_appointer(actor, department)
    user.groups.remove(role_group(department, role))
    _record_role("revoked", actor, user, role, department, now)


def _require_appointer(actor: Actor, department: Department) -> None:
    if not may_appoint(actor, department):
        reason = _("Only an officer of this department's data authority appoints people.")
        raise access.NotAllowed(access.Denied(reason, 6))


def _record_role(done: str, actor: Actor, user: User, role: Role, department: Department, now: dt.datetime) -> None:
    data = {"role": role.value, "department": department.code}
    record(f"accounts.role.{done}", actor=actor, obj=user, at=now, department=department, article=12, data=data)
