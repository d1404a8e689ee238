"""Checks of identifiers: USCC (GB 32100) and 公民身份号码 (GB 11643), both with their checksum (Art. 13)."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.cn import ric, uscc


def compact(text: str) -> str:
    """Returns a code as it is kept, from how people type it: full width, small letters, blanks and hyphens.

    Two spellings of one number must meet in one row, or it stands for two people (Art. 13).
    """
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def validate_uscc(value: str) -> None:
    """Raises ValidationError unless the value is a unified social credit code with a right check character.

    Only the one spelling that is kept is right: 18 characters of ASCII, in capitals.
    """
    if value != compact(value) or not uscc.is_valid(value):
        raise ValidationError(
            _("%(value)s is not a valid unified social credit code: 18 characters, the last a check character."),
            code="uscc",
            params={"value": value},
        )


def validate_citizen_number(value: str) -> None:
    """Raises ValidationError unless the value is a citizen identity number with a right check digit."""
    if value != compact(value) or not ric.is_valid(value):
        raise ValidationError(
            _("This is not a valid citizen identity number: 18 characters, the last a check digit."), code="ric"
        )
