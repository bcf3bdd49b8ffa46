"""PKCS#11 tokens: the one that is meant is found, its PIN asked once, and everything it refuses becomes a sentence.

The binding is loaded when a token is first asked for (extra `token`); the library that speaks to the token is its
maker's, named by the school's configuration. A PIN goes from whoever typed it to the token: nothing here keeps it, and
no error shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from keys.errors import KeysError
from schemas.errors import Text

if TYPE_CHECKING:
    import pkcs11

_TRIES = 6
_PAUSE = 0.05
"""Seconds before the second try; twice as long before each further one."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TokenName:
    """How people tell a token: its label, its serial number, and the library that found it."""

    label: str
    serial: str
    module: Path

    def __str__(self) -> str:
        return f"{self.label} ({self.serial})"


@dataclass(frozen=True, slots=True)
class PINRequest:
    """What the person is told before typing a PIN; `warning` where tries have been used up."""

    token: TokenName
    warning: Text | None


AskPIN = Callable[[PINRequest], str]


class TokenError(KeysError):
    """A token that does not sign, whatever its certificate is worth: no other key has taken its place."""


class OpenToken:
    """A token with one session: readable from the start, able to sign once unlocked. Closed by whoever opened it."""

    def __init__(self, token: pkcs11.Token, module: Path) -> None:
        self.name = name_of(token, module)
        self._slot = token.slot
        self._unlocked = False
        self._keys: dict[bytes, Any] = {}
        with refusals(self.name):
            self._session = _patiently(token.open)

    @property
    def session(self) -> pkcs11.Session:
        """The session; logged in after `unlock`."""
        return self._session

    @property
    def mechanisms(self) -> frozenset[int]:
        """The mechanisms that the token says it has."""
        with refusals(self.name):
            return frozenset(self._slot.get_mechanisms())

    def unlock(self, ask_pin: AskPIN) -> None:
        """Ask for the PIN and log in; once, however many signers use this token.

        A wrong PIN is never tried again by itself: tokens lock after a few. A login that fails for another reason
        is, where the token has not counted it.

        Raises:
            KeysError: `token-pin-wrong`, `token-pin-locked`, `token-pin-unset`, and what `refusals` raises.
        """
        if self._unlocked:
            return
        before = self._flags()
        if _has(before, "USER_PIN_LOCKED"):
            raise _locked(self.name)
        session = self._log_in(ask_pin(PINRequest(self.name, _warning(before))), before)
        with refusals(self.name):
            self._session.close()
        self._session, self._unlocked = session, True

    def _log_in(self, pin: str, before: int) -> pkcs11.Session:
        from pkcs11 import PinIncorrect, PinInvalid, PinLenRange  # noqa: PLC0415 - the extra `token`

        token = _patiently(self._slot.get_token)
        is_safe = not _has(before, "USER_PIN_FINAL_TRY")
        try:
            with refusals(self.name):
                # The login counts for the whole token; this session then signs.
                return _patiently(
                    lambda: token.open(user_pin=pin), lambda: is_safe and self._flags() == before
                )
        except KeysError as error:
            if isinstance(error.__cause__, PinIncorrect | PinInvalid | PinLenRange):
                raise wrong_pin(self.name, self._flags()) from None
            raise

    def private_key(self, key_id: bytes) -> Any:
        """Return the key of an id, looked up once; tokens are slow at it.

        Raises:
            KeysError: `token-key-missing`, and what `refusals` raises.
        """
        import pkcs11  # noqa: PLC0415 - the extra `token`

        if key_id not in self._keys:
            try:
                with refusals(self.name):
                    self._keys[key_id] = self._session.get_key(
                        object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=key_id
                    )
            except KeysError as error:
                if not isinstance(error.__cause__, pkcs11.NoSuchKey | pkcs11.MultipleObjectsReturned):
                    raise
                raise KeysError(
                    "token-key-missing",
                    f"Thiết bị ký {self.name} có chứng thư nhưng không có đúng một khoá của nó. "
                    "Hãy dùng thiết bị gốc.",
                    f"The token {self.name} has the certificate but not exactly one key for it. "
                    "Use the original token.",
                ) from error
        return self._keys[key_id]

    def close(self) -> None:
        """Close the session, which logs out; a token that was pulled has done so by itself."""
        from pkcs11 import PKCS11Error  # noqa: PLC0415 - the extra `token`

        with suppress(PKCS11Error):
            self._session.close()

    def _flags(self) -> int:
        with refusals(self.name):
            return int(_patiently(self._slot.get_token).flags)


def _patiently(ask: Callable[[], _T], may_repeat: Callable[[], bool] = lambda: True) -> _T:
    """Ask a token, again where it answers nonsense because another program changes it just then, as by a login."""
    from pkcs11 import GeneralError  # noqa: PLC0415 - the extra `token`

    for number in range(_TRIES - 1):
        try:
            return ask()
        except GeneralError:
            if not may_repeat():
                raise
            sleep(_PAUSE * 2**number)
    return ask()


def tokens(module: Path) -> list[pkcs11.Token]:
    """Return the initialised tokens that a library finds now.

    Raises:
        KeysError: `token-binding-missing`, `token-library-unusable`.
    """
    try:
        import pkcs11  # noqa: PLC0415 - the extra `token`
    except ImportError as error:
        raise KeysError(
            "token-binding-missing",
            "Máy này chưa cài phần đọc thiết bị ký. Hãy cài: pip install hocba[token]",
            "This machine lacks the part that reads tokens. Install it: pip install hocba[token]",
        ) from error
    found = []
    try:
        for slot in pkcs11.lib(str(module)).get_slots(token_present=True):
            try:
                token = _patiently(slot.get_token)
            except pkcs11.PKCS11Error:
                # Pulled since the list was made, or of no use: it is not the one that is meant.
                continue
            if token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED:
                found.append(token)
    except (pkcs11.PKCS11Error, OSError, RuntimeError) as error:
        raise KeysError(
            "token-library-unusable",
            f"Không dùng được thư viện của thiết bị ký {module}. Hãy cài phần mềm của nhà cung cấp thiết bị, "
            "rồi xem lại đường dẫn bằng: hocba signer tokens.",
            f"The token's library {module} cannot be used. Install the software of the token's maker, then check the "
            "path with: hocba signer tokens.",
        ) from error
    return found


def find_token(module: Path, *, label: str | None, serial: str | None) -> OpenToken:
    """Open the token with this label and serial number; what is None may be anything.

    Raises:
        KeysError: `token-absent`, `token-ambiguous`, and as `tokens`.
    """
    present = tokens(module)
    matching = [
        token
        for token in present
        if (label is None or name_of(token, module).label == label)
        and (serial is None or name_of(token, module).serial == serial)
    ]
    seen = ", ".join(str(name_of(token, module)) for token in present) or "–"
    if not matching:
        raise KeysError(
            "token-absent",
            f"Không thấy thiết bị ký {label or serial or ''}; đang cắm: {seen}. Hãy cắm đúng thiết bị rồi chạy lại.",
            f"The token {label or serial or ''} is not there; plugged in: {seen}. Plug in the right one and run again.",
        )
    if len(matching) > 1:
        raise KeysError(
            "token-ambiguous",
            f"Có nhiều thiết bị ký khớp: {seen}. Hãy rút bớt, hoặc chọn theo số hiệu: hocba signer set --serial …",
            f"Several tokens match: {seen}. Unplug some, or choose by serial number: hocba signer set --serial …",
        )
    return OpenToken(matching[0], module)


def name_of(token: pkcs11.Token, module: Path) -> TokenName:
    """Return what people tell a token by."""
    return TokenName(token.label, token.serial.decode("ascii", "replace").strip(), module)


@contextmanager
def refusals(name: TokenName) -> Iterator[None]:
    """Turn what a token answers into a refusal that says what to do; never with what was asked of it.

    Raises:
        TokenError: `token-pulled`, `token-pin-locked`, `token-pin-unset`, `token-mechanism-missing`, `token-failed`.
    """
    import pkcs11  # noqa: PLC0415 - the extra `token`

    try:
        yield
    except (
        pkcs11.DeviceRemoved,
        pkcs11.DeviceError,
        pkcs11.TokenNotPresent,
        pkcs11.SessionHandleInvalid,
        pkcs11.SessionClosed,
        pkcs11.SlotIDInvalid,
        pkcs11.KeyHandleInvalid,
        # SoftHSM says so of a token whose files are gone.
        pkcs11.ObjectHandleInvalid,
        pkcs11.UserNotLoggedIn,
    ) as error:
        raise TokenError(
            "token-pulled",
            f"Thiết bị ký {name} đã bị rút hoặc mất liên lạc; những học bạ đã ký vẫn còn. Hãy cắm lại rồi cấp tiếp.",
            f"The token {name} was pulled or does not answer; what it signed is kept. Plug it in and issue again.",
        ) from error
    except pkcs11.PinLocked as error:
        raise _locked(name) from error
    except (pkcs11.UserPinNotInitialized, pkcs11.PinExpired) as error:
        raise TokenError(
            "token-pin-unset",
            f"Thiết bị ký {name} chưa đặt mã PIN, hoặc mã PIN đã hết hạn. Hãy đặt mã PIN bằng phần mềm của thiết bị.",
            f"The token {name} has no PIN yet, or it expired. Set one with the software of the token's maker.",
        ) from error
    except (pkcs11.MechanismInvalid, pkcs11.MechanismParamInvalid, pkcs11.FunctionNotSupported) as error:
        raise mechanism_missing(name) from error
    except pkcs11.PKCS11Error as error:
        kind = type(error).__name__
        raise TokenError(
            "token-failed",
            f"Thiết bị ký {name} báo lỗi {kind}. Hãy rút ra cắm lại; nếu vẫn lỗi, hỏi nhà cung cấp thiết bị.",
            f"The token {name} reports {kind}. Unplug it and plug it in again; if that does not help, ask its maker.",
        ) from error


def wrong_pin(name: TokenName, flags: int) -> TokenError:
    """Return the refusal of a wrong PIN, with what the token says about the tries that are left."""
    if _has(flags, "USER_PIN_LOCKED"):
        return _locked(name)
    left = _warning(flags) or Text("", "")
    return TokenError(
        "token-pin-wrong",
        f"Mã PIN của thiết bị ký {name} không đúng; chưa ký gì. {left.vi}".rstrip(),
        f"The PIN of the token {name} is wrong; nothing was signed. {left.en}".rstrip(),
    )


def mechanism_missing(name: TokenName) -> TokenError:
    """Return the refusal of a token that cannot sign in any way known here."""
    return TokenError(
        "token-mechanism-missing",
        f"Thiết bị ký {name} không có cách ký nào dùng được cho học bạ (RSA hoặc ECDSA P-256). Hãy đổi thiết bị.",
        f"The token {name} has no way of signing that transcripts can use (RSA or ECDSA P-256). Get another.",
    )


def _locked(name: TokenName) -> TokenError:
    return TokenError(
        "token-pin-locked",
        f"Thiết bị ký {name} đã bị khoá vì nhập sai mã PIN nhiều lần. Hãy nhờ nhà cung cấp chứng thư mở khoá.",
        f"The token {name} is locked after too many wrong PINs. Ask the issuer of its certificate to unlock it.",
    )


def _warning(flags: int) -> Text | None:
    # PKCS#11 has no counter: only "the next wrong one locks it" and "there was a wrong one".
    if _has(flags, "USER_PIN_FINAL_TRY"):
        return Text(
            "Chỉ còn một lần thử: nhập sai lần nữa thiết bị sẽ bị khoá.",
            "One try is left: another wrong PIN locks the token.",
        )
    if _has(flags, "USER_PIN_COUNT_LOW"):
        return Text(
            "Đã có lần nhập sai mã PIN; sai thêm vài lần nữa thiết bị sẽ bị khoá.",
            "A wrong PIN was entered before; some more lock the token.",
        )
    return None


def _has(flags: int, name: str) -> bool:
    from pkcs11 import TokenFlag  # noqa: PLC0415 - the extra `token`

    return bool(flags & TokenFlag[name])
