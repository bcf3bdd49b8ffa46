"""Families' addresses from a file, in the console: checked, shown, imported, undone. The function is `hocba contact`.

What was uploaded waits on disk under its digest, which the form carries: what was shown is what is imported.
"""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from schemas.vietnam_time import VIETNAM
from service.errors import ServiceError
from service.families.contact_file import ContactPlan
from service.importing.complaints import repeated
from service.importing.formats import SourceFile
from service.installation import Installation
from service.people.roles import Role
from service.storage.contact_imports import ContactImport
from service.uploads import UPLOADS, Uploads, contacts_upload
from service.web.language import texts
from service.web.policy import WHOLE_SCHOOL, actor, allow, change_actor
from service.web.words import TEXTS

MAX_UPLOAD: Final = 16 * 2**20
_SHOWN: Final = 100


def add_contacts(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""
    uploads = Uploads(installation.folder(UPLOADS))

    @console.get("/contacts")
    @allow(*WHOLE_SCHOOL)
    def show_contacts(school: str) -> str:
        """Say how many families have an address, list the imports, and take a file."""
        return _page(installation, school)

    @console.post("/contacts")
    @allow(Role.CLERK, fresh=True, upload=(MAX_UPLOAD, 10))
    def check_contacts(school: str) -> str:
        """Check a file, and keep it until the person says that it shall be imported."""
        file = _uploaded()
        plan = installation.contacts.plan(school, file)
        kept = uploads.keep(contacts_upload(school), [file]) if plan.ok else None
        return _page(installation, school, plan=plan, upload=kept)

    @console.post("/contacts/confirm")
    @allow(Role.CLERK, fresh=True)
    def import_contacts(school: str) -> str | Redirect:
        """Set the addresses of the file that was just checked."""
        files = uploads.files(contacts_upload(school), request.form.get("upload", ""))
        if files is None:
            raise ServiceError("form-stale", TEXTS["vi"]["form_stale"], TEXTS["en"]["form_stale"])
        plan = installation.contacts.plan(school, files[0])
        if not plan.ok:
            return _page(installation, school, plan=plan)
        made = installation.contacts.take(
            school, files[0], plan, actor=change_actor(installation), set_by=actor(installation).id
        )
        uploads.forget(contacts_upload(school))
        flash(texts()["contacts_done"].format(count=made.changed))
        return redirect(url_for("console.show_contacts"), 303)

    @console.post("/contacts/<contact_import_id>/undo")
    @allow(Role.CLERK, fresh=True)
    def undo_contacts(school: str, contact_import_id: str) -> Redirect:
        """Give each family the address before an import, unless it was changed since."""
        undone, left = installation.register.undo_contacts(
            school,
            contact_import_id,
            at=int(installation.now().timestamp()),
            set_by=actor(installation).id,
        )
        flash(texts()["contacts_undone"].format(undone=undone, left=left))
        return redirect(url_for("console.show_contacts"), 303)


def _page(
    installation: Installation, school: str, *, plan: ContactPlan | None = None, upload: str | None = None
) -> str:
    register = installation.register
    complaints = plan.complaints if plan else ()
    return render_template(
        "contacts.html",
        count=len(register.addresses(school)),
        students=len(register.student_names(school)),
        plan=plan,
        changed=plan.changed[:_SHOWN] if plan else (),
        upload=upload,
        errors=repeated(one for one in complaints if one.severity == "error"),
        warnings=repeated(one for one in complaints if one.severity == "warning"),
        imports=[(one, _at(one)) for one in register.contact_imports(school)],
    )


def _uploaded() -> SourceFile:
    part = request.files.get("file")
    if part is None or not part.filename:
        raise ServiceError(
            "contact-file-missing",
            "Hãy chọn tệp có mã học sinh và địa chỉ thư.",
            "Choose the file with student codes and addresses.",
        )
    with closing(part) as upload:
        name = "".join(one for one in upload.filename or "" if one.isprintable())
        return SourceFile(name.replace("\\", "/").rpartition("/")[2][-200:] or "?", upload.read())


def _at(one: ContactImport) -> str:
    return f"{dt.datetime.fromtimestamp(one.at, VIETNAM):%d/%m/%Y %H:%M}"
