"""Reading who is who; `visible_to` decides what an actor sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.db.models import Q

from portal.law import Role

if TYPE_CHECKING:
    from portal.accounts.actors import Actor
    from portal.accounts.models import Department, Identity, Organisation, User


class UserManager(BaseUserManager["User"]):
    """Makes users; e-mail addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Creates a user with a hashed password, or an unusable one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Creates an operator's account; it holds no role in any department."""
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Finds a user by e-mail address in any letter case."""
        return self.get(email__iexact=username)


class DepartmentQuerySet(models.QuerySet["Department"]):
    """Departments are public; roles in them are not."""

    def visible_to(self, actor: Actor) -> DepartmentQuerySet:
        """Returns all departments: who provides data is public (Art. 6, 27)."""
        return self

    def with_role(self, user: User | None, *roles: Role) -> DepartmentQuerySet:
        """Returns the departments in which the user holds one of the roles, through their groups."""
        if user is None or not user.is_active:
            return self.none()
        return self.filter(
            departmentgroupobjectpermission__group__user=user,
            departmentgroupobjectpermission__permission__codename__in=[role.value for role in roles],
        ).distinct()


def _checkable(actor: Actor) -> Q:
    """Matches what the actor's own authority checks."""
    return Q(
        jurisdiction__departments__is_authority=True,
        jurisdiction__departments__departmentgroupobjectpermission__group__user=actor.user,
        jurisdiction__departments__departmentgroupobjectpermission__permission__codename=Role.AUTHORITY_OFFICER.value,
    )


class IdentityQuerySet(models.QuerySet["Identity"]):
    """An identity is seen by its owner and by the officers of the authority that checks it."""

    def visible_to(self, actor: Actor) -> IdentityQuerySet:
        """Returns the identities that the actor may see."""
        if actor.user is None:
            return self.none()
        return self.filter(Q(user=actor.user) | _checkable(actor)).distinct()


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """An organisation is seen by its authorised person and by the officers of the authority that checks it."""

    def visible_to(self, actor: Actor) -> OrganisationQuerySet:
        """Returns the organisations that the actor may see."""
        if actor.user is None:
            return self.none()
        return self.filter(Q(authorised_person=actor.user) | _checkable(actor)).distinct()
