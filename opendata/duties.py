"""Who looks after a resource: the registrars of its entry's provider (Art. 10, 12)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalogue.models import Entry
from portal.accounts import access
from portal.accounts.actors import Actor
from portal.law import Role


def require_attacher(actor: Actor, entry: Entry) -> None:
    """Raises NotAllowed unless the actor is a registrar of the entry's provider (Art. 10, 12)."""
    if not is_attacher(actor, entry):
        reason = _("Only a designated registrar of %(department)s does this.") % {"department": entry.provider}
        raise access.NotAllowed(access.Denied(reason, 10))


def is_attacher(actor: Actor, entry: Entry) -> bool:
    """Says whether the actor is a registrar of the entry's provider."""
    return access.serves(actor, Role.REGISTRAR, entry.provider)
