"""What tokens answer that SoftHSM never does: locked PINs, last tries, maker's errors."""

from __future__ import annotations

from pathlib import Path

import pkcs11
import pytest
from pkcs11 import TokenFlag

from keys.pkcs11_token import TokenName, refusals, wrong_pin
from keys.signer import KeysError

NAME = TokenName("Trường", "0123", Path("/usr/lib/token.so"))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (pkcs11.PinLocked, "token-pin-locked"),
        (pkcs11.UserPinNotInitialized, "token-pin-unset"),
        (pkcs11.PinExpired, "token-pin-unset"),
        (pkcs11.DeviceRemoved, "token-pulled"),
        (pkcs11.TokenNotPresent, "token-pulled"),
        (pkcs11.DeviceError, "token-pulled"),
        (pkcs11.SessionHandleInvalid, "token-pulled"),
        (pkcs11.KeyHandleInvalid, "token-pulled"),
        (pkcs11.MechanismInvalid, "token-mechanism-missing"),
        (pkcs11.FunctionFailed, "token-failed"),
        (pkcs11.HostMemory, "token-failed"),
    ],
)
def test_answer_becomes_a_refusal(answer: type[pkcs11.PKCS11Error], code: str) -> None:
    """Each answer of a token has one code, and a sentence with the token's name."""
    with pytest.raises(KeysError) as refusal, refusals(NAME):
        raise answer
    assert refusal.value.code == code
    assert "Trường (0123)" in refusal.value.text.vi
    assert "Trường (0123)" in refusal.value.text.en


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (TokenFlag(0), "token-pin-wrong", "chưa ký gì."),
        (TokenFlag.USER_PIN_COUNT_LOW, "token-pin-wrong", "sai thêm vài lần nữa"),
        (
            TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY,
            "token-pin-wrong",
            "Chỉ còn một lần thử",
        ),
        (TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED, "token-pin-locked", "đã bị khoá"),
    ],
    ids=["first", "not the first", "the next locks", "locked by it"],
)
def test_wrong_pin_says_what_is_left(flags: TokenFlag, code: str, said: str) -> None:
    """A wrong PIN tells what the token says about the tries that are left."""
    refusal = wrong_pin(NAME, int(flags))
    assert refusal.code == code
    assert said in refusal.text.vi
