"""Checks of identifiers: USCC (GB 32100) and 公民身份号码 (GB 11643), both with their checksum (Art. 13)."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum.cn import ric, uscc


def validate_uscc(value: str) -> None:
    """Raises ValidationError unless the value is a unified social credit code with a right check character."""
    if not uscc.is_valid(value):
        raise ValidationError(
            _("%(value)s is not a valid unified social credit code: 18 characters, the last a check character."),
            code="uscc",
            params={"value": value},
        )


def validate_citizen_number(value: str) -> None:
    """Raises ValidationError unless the value is a citizen identity number with a right check digit."""
    if not ric.is_valid(value):
        raise ValidationError(
            _("This is not a valid citizen identity number: 18 characters, the last a check digit."), code="ric"
        )
