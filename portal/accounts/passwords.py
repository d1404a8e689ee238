"""The rule on the length of a password, in words that the portal can translate."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LongEnough(MinimumLengthValidator):
    """Refuses short passwords as Django does; its own sentence has a plural that the Chinese of Django 5.2 lacks."""

    def get_error_message(self) -> str:
        """Says that the password is too short, and how long it must be."""
        return _("This password is too short: it needs at least %(n)s characters.") % {"n": self.min_length}

    def get_help_text(self) -> str:
        """Says before typing how long it must be."""
        return _("Your password needs at least %(n)s characters.") % {"n": self.min_length}
