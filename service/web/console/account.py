"""Whoever's own pages: the account, the language, and the page at the end of an invitation's link."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Redirect

from service.errors import ServiceError
from service.installation import Installation
from service.people.accounts import Account
from service.people.administering import invitation_digest
from service.people.passwords import check_password, hash_password
from service.web.console.people_shown import assignment_words, role_list
from service.web.language import language, said, texts
from service.web.policy import Policy, Reach, signed_in, with_policy
from service.web_addresses import INVITATION_PATH

_INVITATION = "invitation"


def add_account(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    _add_own(console, installation)
    _add_invitation(console, installation)


def _add_own(console: Blueprint, installation: Installation) -> None:
    @console.get("/account")
    @with_policy(Policy(Reach.ANYBODY))
    def account() -> str:
        """Show whoever signed in who they are here, and what they may change of it."""
        mine = installation.administration.find_id(signed_in().school_code, signed_in().id)
        return render_template(
            "people/account.html",
            account=mine,
            roles=role_list(mine.person),
            assignment_words=assignment_words,
        )

    @console.post("/language")
    @with_policy(Policy(Reach.ENTRANCE))
    def change_language() -> Redirect:
        """Switch between Vietnamese and English."""
        session["lang"] = "vi" if language() == "en" else "en"
        return redirect(url_for("console.classes"), 303)


def _add_invitation(console: Blueprint, installation: Installation) -> None:
    @console.get(INVITATION_PATH)
    @with_policy(Policy(Reach.ENTRANCE))
    def open_invitation() -> str | Redirect | tuple[str, int]:
        """Open an invitation: its code goes from the address into the session, and is used by the form alone."""
        if "code" in request.args:
            session[_INVITATION] = request.args["code"]
            return redirect(url_for("console.open_invitation"), 303)
        invited = _invited(installation)
        page = render_template("people/invitation.html", account=invited, wrong=None)
        return page if invited else (page, 404)

    @console.post(INVITATION_PATH)
    @with_policy(Policy(Reach.ENTRANCE))
    def join() -> str | Redirect | tuple[str, int]:
        """Use an invitation: set the password."""
        invited = _invited(installation)
        if invited is None:
            return render_template("people/invitation.html", account=None, wrong=None), 404
        wrong = None
        try:
            known = (invited.sign_in_name, invited.person.name)
            password = check_password(request.form.get("password", ""), known)
            if request.form.get("password_again", "") != request.form.get("password", ""):
                wrong = texts()["passwords_differ"]
        except ServiceError as error:
            password, wrong = "", said(error.text)
        if wrong is not None:
            return render_template("people/invitation.html", account=invited, wrong=wrong), 422
        joined = installation.people.join(
            invitation_digest(session.pop(_INVITATION)),
            hash_password(password),
            session_id=installation.token_bytes(32).hex(),
            at=int(installation.now().timestamp()),
        )
        if joined is None:  # somebody used it a moment ago
            return render_template("people/invitation.html", account=None, wrong=None), 404
        flash(texts()["invitation_done"])
        return redirect(url_for("security.login"), 303)


def _invited(installation: Installation) -> Account | None:
    """Return the account that the session's invitation is to, where it is still good."""
    account = installation.people.account_of_invitation(invitation_digest(session.get(_INVITATION, "")))
    at = int(installation.now().timestamp())
    is_good = account is not None and account.active and (account.invitation_until or 0) >= at
    return account if is_good else None
