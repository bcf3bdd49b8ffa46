"""Who speaks for which school, from the registrars' statements."""

from __future__ import annotations

import pytest

from schemas.errors import SchemaError
from schemas.record.issuers import IssuerRegistry, Standing
from schemas.record.statement import IssuerStatement, KeyState, Role, Succession
from tests.support.record import (
    NOW,
    OTHER_SCHOOL,
    SCHOOL,
    digest,
    ed25519_key,
    key_statement,
    signed_statement,
    trust_root,
    verify,
)

SEAL = digest("seal certificate")
CREDENTIAL = ed25519_key("credential")


def _registry(*statements: tuple[int, IssuerStatement]) -> IssuerRegistry:
    registry = IssuerRegistry(trust_root(), verify)
    for index, statement in statements:
        registry.add(index, signed_statement(statement))
    return registry


def _standing(
    registry: IssuerRegistry, index: int, *, role: Role = Role.SEAL, school: str = SCHOOL
) -> Standing:
    return registry.standing(SEAL, roles={role}, school=school, index=index)


def _refusal(registry: IssuerRegistry, index: int, statement: bytes) -> str:
    with pytest.raises(SchemaError) as caught:
        registry.add(index, statement)
    return caught.value.code


def test_a_certificate_is_in_force_after_its_statement() -> None:
    """A statement counts for entries after its own, not for its own index or earlier ones."""
    registry = _registry((5, key_statement()))
    assert [_standing(registry, index) for index in (4, 5, 6)] == [
        Standing.UNREGISTERED,
        Standing.UNREGISTERED,
        Standing.IN_FORCE,
    ]


def test_for_its_own_school_and_role() -> None:
    """Another school, a longer code and another role are each told apart."""
    registry = _registry((0, key_statement()))
    assert _standing(registry, 1, school=OTHER_SCHOOL) is Standing.OTHER_SCHOOL
    assert _standing(registry, 1, school=SCHOOL + "1") is Standing.OTHER_SCHOOL
    assert _standing(registry, 1, role=Role.PRINCIPAL) is Standing.OTHER_ROLE
    assert (
        registry.standing(SEAL, roles={Role.PRINCIPAL, Role.SEAL}, school=SCHOOL, index=1)
        is Standing.IN_FORCE
    )


def test_retired_from_its_statement_on() -> None:
    """What came before the retirement stays good."""
    registry = _registry((0, key_statement()), (5, key_statement(state=KeyState.RETIRED, number=2)))
    assert [_standing(registry, index) for index in (5, 6)] == [Standing.IN_FORCE, Standing.RETIRED]


def test_a_retired_certificate_may_come_back() -> None:
    """A later statement makes it active again."""
    registry = _registry(
        (0, key_statement()),
        (5, key_statement(state=KeyState.RETIRED, number=2)),
        (9, key_statement(number=3)),
    )
    assert [_standing(registry, index) for index in (9, 10)] == [Standing.RETIRED, Standing.IN_FORCE]


def test_compromised_from_an_index_in_the_past() -> None:
    """A compromise reaches back to the index it names, whatever its own index."""
    registry = _registry(
        (0, key_statement()), (9, key_statement(state=KeyState.COMPROMISED, number=2, from_index=4))
    )
    assert [_standing(registry, index) for index in (3, 4, 8, 20)] == [
        Standing.IN_FORCE,
        Standing.COMPROMISED,
        Standing.COMPROMISED,
        Standing.COMPROMISED,
    ]
    assert registry.was_compromised(SEAL)


def test_compromised_from_an_index_to_come() -> None:
    """Until the index it names, a compromise leaves the certificate as it was: in force, or retired."""
    compromise = key_statement(state=KeyState.COMPROMISED, number=3, from_index=20)
    active = _registry((0, key_statement()), (9, compromise))
    retired = _registry(
        (0, key_statement()), (5, key_statement(state=KeyState.RETIRED, number=2)), (9, compromise)
    )
    assert [_standing(active, index) for index in (19, 20)] == [Standing.IN_FORCE, Standing.COMPROMISED]
    assert [_standing(retired, index) for index in (19, 20)] == [Standing.RETIRED, Standing.COMPROMISED]


def test_a_certificate_known_only_as_compromised_was_never_in_force() -> None:
    """A compromise is no registration."""
    registry = _registry((3, key_statement(state=KeyState.COMPROMISED, from_index=9)))
    assert _standing(registry, 5) is Standing.UNREGISTERED


def test_compromised_is_final() -> None:
    """No later statement makes a compromised certificate good again."""
    compromise = key_statement(state=KeyState.COMPROMISED, number=2, from_index=4)
    registry = _registry((0, key_statement()), (9, compromise))
    assert _refusal(registry, 10, signed_statement(key_statement(number=3))) == "statement-number"
    assert _standing(registry, 11) is Standing.COMPROMISED


@pytest.mark.parametrize("number", [1, 2])
def test_a_number_must_rise(number: int) -> None:
    """A statement numbered not above an earlier one counts for nothing."""
    registry = _registry((0, key_statement(number=2)))
    repeated = key_statement(number=number, state=KeyState.RETIRED)
    assert _refusal(registry, 1, signed_statement(repeated)) == "statement-number"
    assert _standing(registry, 2) is Standing.IN_FORCE


def test_numbers_are_counted_for_each_certificate() -> None:
    """Another certificate begins at 1 again."""
    registry = _registry((0, key_statement(number=9)), (1, key_statement(thumbprint=digest("other"))))
    assert registry.standing(digest("other"), roles={Role.SEAL}, school=SCHOOL, index=2) is Standing.IN_FORCE


def test_only_a_registrar_of_the_trust_root_counts() -> None:
    """A stranger, a root key and a registrar of other schools say nothing."""
    registry = _registry()
    for name in ("stranger", "root 1"):
        assert _refusal(registry, 0, signed_statement(key_statement(), by=name)) == "statement-registrar"
    outside = key_statement(school="HCM-0001")
    assert _refusal(registry, 0, signed_statement(outside)) == "statement-registrar"
    everywhere = key_statement(school="", role=Role.STATUS, thumbprint=None, public_key=digest("key"))
    assert _refusal(registry, 0, signed_statement(everywhere)) == "statement-registrar"
    assert _standing(registry, 1) is Standing.UNREGISTERED


def test_a_changed_statement_counts_for_nothing() -> None:
    """Bytes that the registrar did not sign, and bytes that are no COSE_Sign1, are refused."""
    signed = signed_statement(key_statement())
    registry = _registry()
    assert _refusal(registry, 0, signed[:-1] + bytes([signed[-1] ^ 1])) == "signature-invalid"
    assert _refusal(registry, 0, b"") == "cose-invalid"


def test_a_key_covers_a_prefix_of_schools() -> None:
    """A credential key is registered for all schools that begin with its prefix, and is found by its id."""
    registry = _registry(
        (
            0,
            key_statement(
                role=Role.CREDENTIAL, thumbprint=None, public_key=CREDENTIAL.public_key, school="HN-"
            ),
        )
    )
    schools = [
        registry.standing(CREDENTIAL.public_key, roles={Role.CREDENTIAL}, school=school, index=1)
        for school in (SCHOOL, OTHER_SCHOOL, "HCM-1")
    ]
    assert schools == [Standing.IN_FORCE, Standing.IN_FORCE, Standing.OTHER_SCHOOL]
    assert registry.public_key(CREDENTIAL.id) == CREDENTIAL.public_key
    assert registry.public_key(bytes(8)) is None


def test_successors() -> None:
    """A succession counts for entries after it and one way only; its number must rise."""
    registry = _registry((4, Succession(NOW, OTHER_SCHOOL, SCHOOL, 1)))
    assert [registry.has_succeeded(OTHER_SCHOOL, SCHOOL, index=index) for index in (4, 5)] == [False, True]
    assert not registry.has_succeeded(SCHOOL, OTHER_SCHOOL, index=9)
    repeated = signed_statement(Succession(NOW, OTHER_SCHOOL, SCHOOL, 1))
    assert _refusal(registry, 5, repeated) == "statement-number"
    registry.add(6, signed_statement(Succession(NOW, OTHER_SCHOOL, SCHOOL, 2)))
    assert registry.has_succeeded(OTHER_SCHOOL, SCHOOL, index=5)


def test_the_last_name_of_a_school_counts() -> None:
    """A school is called as the last statement about it says; an unknown one has no name."""
    registry = _registry((0, key_statement()), (1, key_statement(number=2, name="Trường THCS Mới")))
    assert registry.school_name(SCHOOL) == "Trường THCS Mới"
    assert registry.school_name(OTHER_SCHOOL) is None
