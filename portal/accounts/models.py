"""Who is who: people, jurisdictions, departments, their designated roles, and applicants (Art. 2, 6, 12)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from portal.accounts.querysets import (
    DepartmentQuerySet,
    IdentityQuerySet,
    OrganisationQuerySet,
    UserManager,
)
from portal.accounts.validators import validate_uscc
from portal.language import code_choices, in_language
from portal.law import RULES, Side


class Jurisdiction(models.Model):
    """A level of government with one data authority; the regions form a tree (Art. 4(5), 5, 6)."""

    code = models.CharField(_("code"), max_length=16, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    level = models.CharField(_("level"), max_length=16, choices=code_choices("jurisdiction_level"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        """Shows the name in the reader's language."""
        return in_language(self.name, self.name_en)

    @property
    def authority(self) -> Department | None:
        """Returns the data authority of this jurisdiction."""
        return self.departments.filter(is_authority=True).first()


class Department(models.Model):
    """A department that collects and provides data, or the data authority of its jurisdiction (Art. 2, 6)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="departments")
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=24, choices=code_choices("department_kind"))
    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True, validators=[validate_uscc])
    is_authority = models.BooleanField(_("data authority"), default=False)
    chief_data_officer = models.CharField(_("chief data officer"), max_length=80, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    duties = models.TextField(_("duties"), blank=True)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        ordering = ["jurisdiction__position", "-is_authority", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction"], condition=models.Q(is_authority=True), name="one_authority_per_jurisdiction"
            ),
        ]
        default_permissions = ()
        permissions = [(row.role.value, row.label.en) for row in RULES.roles]

    def __str__(self) -> str:
        """Shows the name in the reader's language."""
        return in_language(self.name, self.name_en)

    @property
    def authority(self) -> Department | None:
        """Returns the data authority that reviews this department (the same level's, Art. 7)."""
        return self if self.is_authority else self.jurisdiction.authority


class DepartmentUserObjectPermission(UserObjectPermissionBase):
    """Guardian's direct table for users; roles are held through groups, so it stays empty."""

    content_object = models.ForeignKey(Department, on_delete=models.CASCADE)


class DepartmentGroupObjectPermission(GroupObjectPermissionBase):
    """Guardian's direct table for groups: the group of a department and role holds that role here."""

    content_object = models.ForeignKey(Department, on_delete=models.CASCADE)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address: citizen, applicant or official."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["email"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        """Shows the person's name."""
        return self.name or self.email

    def get_full_name(self) -> str:
        """Returns the name shown to others."""
        return self.name or self.email


class Applicant(models.Model):
    """What a natural person's identity and an organisation share: an officer checks them (Art. 29, 36)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=16, default=RULES.machine("identity").initial)
    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, verbose_name=_("checked by the authority of"))
    requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    note = models.TextField(blank=True, editable=False)
    rule_set = models.CharField(max_length=40, default=RULES.id, editable=False)

    class Meta:
        abstract = True

    def department_of(self, side: Side) -> Department | None:
        """Returns the authority that checks; applicants have no provider."""
        return self.jurisdiction.authority if side == Side.AUTHORITY else None

    def did(self, command: str) -> set[Any]:
        """Returns who did a command; no identity command bars another."""
        return set()

    @property
    def is_verified(self) -> bool:
        """Says whether an officer has confirmed the identity."""
        return self.state == "verified"


class Identity(Applicant):
    """A natural person's identity, keyed by 公民身份号码 (Art. 13); the number is kept sealed."""

    user = models.OneToOneField(User, models.PROTECT, related_name="identity")
    real_name = models.CharField(_("real name"), max_length=80)
    number_sealed = models.TextField(editable=False)
    number_digest = models.CharField(max_length=64, unique=True, editable=False)

    objects = IdentityQuerySet.as_manager()

    def __str__(self) -> str:
        """Shows whose identity it is, never the number."""
        return str(self.user)

    def is_applicant(self, user: User) -> bool:
        """Says whether the identity is this user's own."""
        return user.pk == self.user_id


class Organisation(Applicant):
    """An organisation that applies through its authorised person; keyed by its USCC (Art. 13, 29)."""

    name = models.CharField(_("name"), max_length=160)
    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True, validators=[validate_uscc])
    kind = models.CharField(
        _("kind"), max_length=24, choices=code_choices("identity_kind", without=("natural_person",))
    )
    authorised_person = models.ForeignKey(
        User, models.PROTECT, related_name="organisations", verbose_name=_("authorised person")
    )
    authorisation = models.CharField(_("power of attorney"), max_length=200, help_text=_("Number and date"))
    group = models.OneToOneField(Group, models.PROTECT, editable=False, related_name="organisation")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        """Shows the organisation's name."""
        return self.name

    def is_applicant(self, user: User) -> bool:
        """Says whether the user is the organisation's authorised person."""
        return user.pk == self.authorised_person_id
