"""The forms of signing in: Flask-Security's, with the lock looked at before anything is compared.

Whoever guesses learns nothing from the answers: a name that nobody has is refused in the same words as a wrong
password, and locked out after as many tries.
"""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from flask_security import ChangePasswordForm, LoginForm, PasswordUtil, TwoFactorVerifyCodeForm, VerifyForm
from flask_security.proxies import _datastore, _security
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.utils import get_message
from wtforms import StringField

from service.errors import ServiceError
from service.people.accounts import parse_sign_in_name
from service.people.passwords import check_password, normal_password
from service.web.language import said
from service.web.signing_in.accounts import CODE_SECONDS, Strangers, User, locked_sentence


class SignInForm(LoginForm):
    """Name and password."""

    email = None
    remember = None
    sign_in_name = StringField()

    def validate(self, **kwargs: Any) -> bool:
        """Find whoever it is, and refuse before anything is compared where too many tries failed."""
        typed = self.sign_in_name.data or ""
        try:
            name = parse_sign_in_name(typed)
        except ServiceError:
            name = typed
        self.ifield = self.sign_in_name
        self.user = _datastore.find_user(sign_in_name=name)
        strangers: Strangers = _datastore.strangers  # type: ignore[attr-defined]
        is_locked = strangers.is_locked(name) if self.user is None else self.user.is_locked()
        if is_locked:
            self.sign_in_name.errors = [locked_sentence()]
            return False
        if super().validate(**kwargs):
            return True
        if self.user is None and self.password.data:
            strangers.count(name)
        return False


class AgainForm(VerifyForm):
    """The password again, and a code of the authenticator where there is one: a session that was stolen has neither."""

    code = StringField()

    def validate(self, **kwargs: Any) -> bool:
        """Compare both."""
        if self.user.is_locked():
            self.password.errors = [locked_sentence()]
            return False
        if not super().validate(**kwargs):
            return False
        user: Any = self.user
        if user.tf_totp_secret and not _is_code(user, self.code.data or ""):
            user.track_failed_authn("code", tfa=True)
            self.code.errors = [get_message("TWO_FACTOR_INVALID_TOKEN")[0]]
            return False
        return True


class NewPasswordForm(ChangePasswordForm):
    """The present password and a new one: whoever found an open session does not guess here either."""

    def validate(self, **kwargs: Any) -> bool:
        """Count a present password that is wrong as any other try."""
        user: Any = current_user
        if user.is_locked():
            self.password.errors = [locked_sentence()]
            return False
        if super().validate(**kwargs):
            return True
        if self.password.errors and self.password.data:
            user.track_failed_authn("password")
        return False


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of the authenticator."""

    def validate(self, **kwargs: Any) -> bool:
        """Refuse a code before it is compared where too many failed."""
        return not _is_locked_out(self, self.code) and super().validate(**kwargs)


class RecoveryForm(MfRecoveryForm):
    """A recovery code in the place of the authenticator."""

    def validate(self, **kwargs: Any) -> bool:
        """Count one that is wrong as any other try."""
        if _is_locked_out(self, self.code):
            return False
        self.code.data = "".join((self.code.data or "").split()).lower()
        if super().validate(**kwargs):
            return True
        if self.user is not None and self.code.data:
            self.user.track_failed_authn("recovery-code", tfa=True)
        return False


class Passwords(PasswordUtil):
    """Which passwords are good enough: `service.people.passwords` says."""

    def normalize(self, password: str) -> str:
        """Return the one spelling of a password."""
        return normal_password(password)

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: ARG002, FBT001 - theirs
        **kwargs: Any,
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with a new password, if anything is, and its one spelling."""
        user: User = kwargs["user"]
        try:
            return None, check_password(password, (user.sign_in_name, user.person.name))
        except ServiceError as error:
            return [said(error.text)], password


def _is_locked_out(form: Any, field: StringField) -> bool:
    if form.user is None or not form.user.is_locked():
        return False
    field.errors = [locked_sentence()]
    return True


def _is_code(user: Any, code: str) -> bool:
    return bool(
        _security.totp_factory.verify_totp(
            token=code, totp_secret=user.tf_totp_secret, user=user, window=CODE_SECONDS
        )
    )
