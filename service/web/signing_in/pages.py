"""Signing in to the console: Flask-Security on this installation's people (docs/people.md, ADR 17).

Its pages are the console's own, its words Vietnamese or English as the session says, its keys drawn from the session's.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, redirect, session, url_for
from flask_babel import Babel
from flask_login import current_user
from flask_security import Security, user_authenticated
from flask_security.utils import logout_user
from werkzeug.wrappers import Response

from service.installation import Installation
from service.uploads import UPLOADS, Uploads
from service.web.language import language
from service.web.policy import FRESH, Policy, Reach
from service.web.signing_in.accounts import AUTHENTICATOR, CODE_SECONDS, Accounts, OneTimeCodes, User
from service.web.signing_in.forms import (
    AgainForm,
    CodeForm,
    NewPasswordForm,
    Passwords,
    RecoveryForm,
    SignInForm,
)

CATALOGUE: Final = Path(__file__).parent.parent / "translations"
_WRONG: Final = "The sign-in name or the password is wrong; mind capitals and the language of the keyboard."
_ENTRANCE = Policy(Reach.ENTRANCE)
_CLOSED = Policy(Reach.CLOSED)
POLICIES: Final = {
    "security.login": _ENTRANCE,
    "security.logout": _ENTRANCE,
    "security.two_factor_setup": _ENTRANCE,
    "security.two_factor_token_validation": _ENTRANCE,
    "security.mf_recovery": _ENTRANCE,
    "security.verify": Policy(Reach.ANYBODY),
    "security.change_password": Policy(Reach.ANYBODY, fresh=True),
    "security.mf_recovery_codes": Policy(Reach.ANYBODY, fresh=True),
    # Ways that are not offered: no choice of factors, no rescue by mail, no state in an address, no files of its own.
    "security.two_factor_setup_validate": _CLOSED,
    "security.two_factor_rescue": _CLOSED,
    "security.tf_select": _CLOSED,
    "security.static": _CLOSED,
}
"""Who may use the pages of Flask-Security. Setting a second factor up asks for a fresh sign-in by itself."""


def add_sign_in(app: Flask, installation: Installation, session_key: bytes) -> None:
    """Add the pages, and what finds in each request who is signed in."""
    app.config.update(_settings(session_key))
    Babel(app, default_locale="vi", default_domain="messages", locale_selector=language)
    codes = type("Codes", (OneTimeCodes,), {"installation": installation})
    security = Security(
        app,
        Accounts(installation),
        login_form=SignInForm,
        verify_form=AgainForm,
        change_password_form=NewPasswordForm,
        two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryForm,
        password_util_cls=Passwords,
        totp_cls=codes,
    )
    # Forms alone, and a session alone: no answer in JSON, no token in an address or a header.
    security.want_json(lambda _request: False)
    app.login_manager.request_loader(None)  # type: ignore[attr-defined]
    app.view_functions["security.logout"] = _signing_out(installation)
    user_authenticated.connect(_begin(installation), app, weak=False)


def _begin(installation: Installation) -> Callable[..., None]:
    def begin(_app: Flask, user: User, **_: Any) -> None:
        """Begin a session: a form token of its own, and no tries against the person any more."""
        installation.people.forget_tries(user.person.id)
        session.permanent = True
        session["form"] = installation.token_bytes(16).hex()

    return begin


def _signing_out(installation: Installation) -> Callable[[], Response]:
    def sign_out() -> Response:
        """End every session of whoever signs out, copies of the cookie too, and forget a school's pending upload."""
        if current_user.is_authenticated:
            person = current_user.person
            if person.school_code is not None:
                Uploads(installation.folder(UPLOADS)).forget(person.school_code)
            installation.people.end_sessions(person.id, session_id=installation.token_bytes(32).hex())
            logout_user()
        lang = session.get("lang")
        session.clear()
        if lang:
            session["lang"] = lang
        return redirect(url_for("security.login"), 303)

    return sign_out


def _settings(session_key: bytes) -> dict[str, object]:
    return {
        "WTF_CSRF_ENABLED": False,  # each form carries the session's own token: service.web.policy
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_SALT": _derived(session_key, b"hocba/flask-security/v1").hex(),
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"sign_in_name": {"mapper": str, "case_insensitive": True}}],
        "SECURITY_I18N_DIRNAME": [str(CATALOGUE), "builtin"],
        # One sentence for both, so that nobody learns which names there are.
        "SECURITY_MSG_USER_DOES_NOT_EXIST": (_WRONG, "error"),
        "SECURITY_MSG_INVALID_PASSWORD": (_WRONG, "error"),
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_VERIFY_URL": "/sign-in/again",
        "SECURITY_TWO_FACTOR_SETUP_URL": "/sign-in/authenticator",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_CHANGE_VIEW": "/account",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account",
        "SECURITY_TWO_FACTOR_ERROR_VIEW": "security.login",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_REQUIRED": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": [AUTHENTICATOR],
        "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {"code": "flask_security.twofactor.CodeTfPlugin"},
        "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": CODE_SECONDS,
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TOTP_SECRETS": {"1": _derived(session_key, b"hocba/second-factor/v1").hex()},
        "SECURITY_TOTP_ISSUER": "hocba",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [
            urlsafe_b64encode(_derived(session_key, b"hocba/recovery-codes/v1"))
        ],
        "SECURITY_FRESHNESS": FRESH,
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(0),
    }


def _derived(key: bytes, purpose: bytes) -> bytes:
    """Return a key for one purpose: the database alone opens no authenticator, and no key does another's work."""
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(key)
