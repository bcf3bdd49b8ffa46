"""People as Flask-Security sees them, and where it finds and keeps them: `service.storage.people`.

Everything is written by the act itself, in one transaction with its event; there is nothing to commit afterwards.
"""

from __future__ import annotations

from typing import Any, Final

from flask_security import RoleMixin, UserDatastore, UserMixin
from flask_security.totp import Totp
from markupsafe import Markup
from passlib.exc import UsedTokenError
from qrcode.main import QRCode

from service.errors import ServiceError
from service.installation import Installation
from service.people.accounts import Account
from service.people.roles import Person, Role
from service.web.language import texts
from service.web.words import TEXTS

TRIES: Final = 5
"""Failed tries in a row that lock an account."""
LOCK_SECONDS: Final = 15 * 60
CODE_SECONDS: Final = 30
"""How far the clock of an authenticator may be off."""
_STRANGERS: Final = 10_000
AUTHENTICATOR: Final = "authenticator"


class NamedRole(RoleMixin):
    """A role by its name."""

    def __init__(self, role: Role) -> None:
        self.name = str(role)


class User(UserMixin):
    """Somebody's account, for as long as a request lasts. The attributes' names are Flask-Security's."""

    # Looked for on the class when the application is put together.
    fs_uniquifier = ""
    tf_totp_secret: str | None = None
    tf_primary_method: str | None = None
    mf_recovery_codes: list[str] | None = None

    def __init__(self, installation: Installation, account: Account) -> None:
        self._installation = installation
        self.account = account
        self.id = account.person.id  # type: ignore[assignment]
        self.sign_in_name = account.sign_in_name
        self.password = account.password
        self.active = account.active
        self.fs_uniquifier = account.session_id
        self.tf_totp_secret = account.second_factor
        self.tf_primary_method = AUTHENTICATOR if account.second_factor else None
        self.tf_phone_number = None
        self.mf_recovery_codes = list(account.recovery_codes)
        self.roles = [NamedRole(role) for role in sorted(account.person.roles)]

    @property
    def person(self) -> Person:
        """The person as the rest of the service sees them."""
        return self.account.person

    def is_locked(self, form_error: list[str] | None = None) -> bool:
        """Return whether too many tries failed a short while ago, asked anew: tries may be made at the same time."""
        account = self._installation.people.account(self.person.id)
        locked = account is None or account.is_locked(self._at())
        if locked and form_error is not None:
            form_error.append(locked_sentence())
        return locked

    def track_failed_authn(self, auth_type: str, tfa: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - theirs
        """Count a password or a code that was wrong."""
        self._installation.people.count_try(
            self.person.id, limit=TRIES, lock_until=self._at() + LOCK_SECONDS, at=self._at()
        )

    def check_tf_required(
        self,
        tf_setup_methods: list[tuple[str, str]],
        tf_fresh: bool,  # noqa: ARG002, FBT001 - theirs
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Return whether a code is asked for: always, but in a demonstration only of whoever set one up."""
        return bool(tf_setup_methods) or not self._installation.trust.test, tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Return whether the authenticator cannot be given up: never can it."""
        return True

    def _at(self) -> int:
        return int(self._installation.now().timestamp())


class Strangers:
    """Failed tries of names that nobody has, so that they are locked out as people's are: in this process alone."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._tries: dict[str, tuple[int, float]] = {}

    def is_locked(self, name: str) -> bool:
        """Return whether too many tries of a name failed a short while ago."""
        tries, until = self._tries.get(name, (0, 0.0))
        return tries >= TRIES and self._installation.now().timestamp() < until

    def count(self, name: str) -> None:
        """Count a try of a name that nobody has."""
        at = self._installation.now().timestamp()
        tries, until = self._tries.pop(name, (0, 0.0))
        if len(self._tries) >= _STRANGERS:
            self._tries.pop(next(iter(self._tries)), None)
        over = tries >= TRIES and at >= until
        self._tries[name] = (1 if over else tries + 1, at + LOCK_SECONDS)


class Accounts(UserDatastore):
    """Where Flask-Security finds and keeps accounts."""

    def __init__(self, installation: Installation) -> None:
        super().__init__(User, NamedRole)
        self._installation = installation
        self._people = installation.people
        self.strangers = Strangers(installation)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:  # noqa: ARG002, FBT001, FBT002
        """Return somebody by the id of a session, or by what they sign in with."""
        if "fs_uniquifier" in kwargs:
            account = self._people.account_of_session(kwargs["fs_uniquifier"])
        else:
            account = self._people.account_of_name(kwargs["sign_in_name"])
        return User(self._installation, account) if account else None

    def put(self, model: User) -> User:
        """Keep a password that was changed, which ends every session but the one that goes on with the new id."""
        if model.password and model.password != model.account.password:
            self._people.set_password(
                model.person.id, model.password, session_id=model.fs_uniquifier, at=self._at()
            )
        return model

    def commit(self) -> None:
        """Do nothing: each act above and below is durable when it returns."""

    def set_uniquifier(self, user: Any, uniquifier: str | None = None) -> None:
        """Give somebody's session another id, kept by what follows."""
        user.fs_uniquifier = uniquifier or self._installation.token_bytes(32).hex()

    def tf_set(
        self,
        user: Any,
        primary_method: str,  # noqa: ARG002 - theirs
        totp_secret: str | None = None,
        phone: str | None = None,  # noqa: ARG002
    ) -> None:
        """Keep the secret of an authenticator whose first code was right; called at every sign-in."""
        if totp_secret and totp_secret != user.account.second_factor:
            self._people.set_second_factor(user.person.id, totp_secret, at=self._at())

    def mf_set_recovery_codes(self, user: Any, rcs: list[str] | None) -> None:
        """Keep new recovery codes, encrypted."""
        self._people.set_recovery_codes(user.person.id, rcs or [], at=self._at())

    def mf_get_recovery_codes(self, user: Any) -> list[str]:
        """Return the recovery codes that are left, encrypted."""
        return list(user.account.recovery_codes)

    def mf_delete_recovery_code(self, user: Any, idx: int) -> bool:
        """Take a recovery code away: it was used."""
        if not self._people.use_recovery_code(
            user.person.id, user.account.recovery_codes[idx], at=self._at()
        ):
            # The same code came with another request at the same moment.
            raise ServiceError("form-stale", TEXTS["vi"]["form_stale"], TEXTS["en"]["form_stale"])
        return True

    def _at(self) -> int:
        return int(self._installation.now().timestamp())


class OneTimeCodes(Totp):
    """Codes of an authenticator, each of which is taken once."""

    installation: Installation

    def generate_qrcode(self, username: str, totp: str) -> Markup:
        """Return the code that an authenticator scans as a picture within the page: no address holds the secret."""
        made = QRCode(border=4)
        made.add_data(self.get_totp_uri(username, totp))
        matrix = made.get_matrix()
        dots = "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
        )
        size = len(matrix)
        return Markup(
            '<svg viewBox="0 0 {0} {0}"><path fill="#fff" d="M0 0h{0}v{0}H0z"/><path d="{1}"/></svg>'
        ).format(size, dots)

    def get_last_counter(self, user: Any) -> int | None:
        """Return the last time step that a code was taken for."""
        counter: int | None = user.account.second_factor_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Take a code; one that another request took a moment ago is refused."""
        if not self.installation.people.advance_counter(user.person.id, tmatch.counter):
            raise UsedTokenError(expire_time=tmatch.expire_time)


def locked_sentence() -> str:
    """Return what is said to whoever is locked out."""
    return texts()["locked_out"].format(minutes=LOCK_SECONDS // 60)
