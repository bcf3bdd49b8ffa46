"""Offline packs for programs and for the offline page: which there are, and each as it was published."""

from __future__ import annotations

import json
from hashlib import sha256

from flask import Blueprint, Response, request

from schemas.record.fields import is_school_code
from schemas.record.offline_pack import TYP
from schemas.record.tiles import PACKS
from verify.findings import VerifyError
from verify.offline_pack import PackView, open_pack, read_pack
from verify.verifier import Verifier
from verify.web.problems import problem


def make_packs(verifier: Verifier) -> Blueprint:
    """Return the routes."""
    packs = Blueprint("packs", __name__, url_prefix="/api/v1/packs")

    @packs.get("")
    def list_packs() -> Response:
        """List the schools that have a pack here: `{"packs": [{"school", "name", "bytes"}]}`."""
        view = verifier.view()
        folder = view.folder / PACKS if view else None
        files = sorted(folder.iterdir()) if folder and folder.is_dir() else []
        found = [
            {
                "school": file.name,
                "name": (view.ledger.issuers.school_name(file.name) if view else None) or file.name,
                "bytes": file.stat().st_size,
            }
            for file in files
            if is_school_code(file.name)
        ]
        return Response(json.dumps({"packs": found}, ensure_ascii=False), mimetype="application/json")

    @packs.get("/<school>")
    def show_pack(school: str) -> Response:
        """Give out the pack of a school, where the trust root vouches for it."""
        opened = _pack_here(school)
        if opened is None:
            return problem(
                404,
                "pack-missing",
                "Chưa có gói ngoại tuyến của trường này. Hãy xem lại mã trường.",
                "There is no offline pack of this school. Check its code.",
            )
        answer = Response(opened.data, mimetype=TYP)
        answer.set_etag(sha256(opened.data).hexdigest())
        answer.headers["Cache-Control"] = "no-cache"
        answer.make_conditional(request)
        return answer

    def _pack_here(school: str) -> PackView | None:
        view = verifier.view()
        if view is None or not is_school_code(school):
            return None
        try:
            return open_pack(read_pack(view.folder, school), verifier.trust)
        except VerifyError:
            return None

    return packs
