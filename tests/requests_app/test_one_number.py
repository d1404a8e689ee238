"""One number is one person: every spelling of it meets in one row (Art. 13)."""

import pytest
from django.core.exceptions import ValidationError

from portal.accounts.actors import SYSTEM, Actor
from portal.accounts.models import Identity, Organisation
from portal.accounts.services import department_create
from portal.law import RuleBroken
from requests_app.services.identity import identity_request
from tests.factories import next_uscc, now
from tests.requests_app.application_cases import ask_identity, citizen_number, region, register

pytestmark = pytest.mark.django_db
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@pytest.mark.parametrize(
    "spell",
    [
        lambda number: number.translate(FULL_WIDTH),
        lambda number: number[:9] + number[9:].translate(FULL_WIDTH),
        lambda number: number.lower(),
        lambda number: f" {number[:6]} {number[6:14]}\u3000{number[14:]}",
        lambda number: f"{number[:6]}-{number[6:]}",
    ],
)
def test_another_spelling_is_the_same_person(cast, spell):
    ask_identity(cast.citizen)
    with pytest.raises(RuleBroken):
        identity_request(
            actor=Actor.of_user(cast.stranger),
            real_name="示例用户",
            number=spell(citizen_number()),
            jurisdiction=region(),
            now=now(),
        )
    assert Identity.objects.count() == 1


def test_another_spelling_is_the_same_organisation(cast):
    code = next_uscc()
    register(cast.citizen, uscc_code=code)
    with pytest.raises(RuleBroken):
        register(cast.stranger, uscc_code=code.translate(FULL_WIDTH))
    assert Organisation.objects.get().uscc == code


@pytest.mark.parametrize("spell", [str.lower, lambda code: code.translate(FULL_WIDTH)])
def test_a_departments_code_is_kept_in_one_spelling(cast, spell):
    code = "91350100M000100Y43"
    with pytest.raises(ValidationError):
        department_create(
            actor=SYSTEM,
            now=now(),
            code="xj-new",
            name="示例部门",
            kind="government",
            jurisdiction_id="650000",
            uscc=spell(code),
        )
