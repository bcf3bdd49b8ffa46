"""The issuance register in the console: a page of lines at a time, and the whole year as a file."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from schemas.vietnam_time import day_in_vietnam
from service.errors import ServiceError
from service.installation import Installation
from service.issuance_register import count_of_year, entries_of_year, format_register, table_of
from service.people.roles import Role
from service.web.language import language
from service.web.policy import allow

LINES = 100
_MAY_LOOK = (Role.CLERK, Role.PRINCIPAL, Role.DEPUTY_PRINCIPAL, Role.INSPECTOR)
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def add_register(console: Blueprint, installation: Installation) -> None:
    """Add the pages."""

    @console.get("/issuance-register")
    @allow(*_MAY_LOOK)
    def show_register(school: str) -> str:
        """Show the newest lines of a calendar year, or those of an earlier page."""
        this_year = day_in_vietnam(installation.now()).year
        year = _number("year", this_year)
        total = count_of_year(installation.register, school, year)
        pages = max(1, -(-total // LINES))
        page = min(max(1, _number("page", pages)), pages)
        entries = entries_of_year(installation.register, school, year, start=(page - 1) * LINES, count=LINES)
        # The recipients are the same on every line: they are in the file alone.
        titles, *rows = ([*row[:10], *row[11:]] for row in table_of(entries, english=language() == "en"))
        return render_template(
            "register.html",
            titles=titles,
            rows=rows,
            year=year,
            this_year=this_year,
            page=page,
            pages=pages,
            total=total,
        )

    @console.get("/issuance-register/file")
    @allow(*_MAY_LOOK)
    def export_register(school: str) -> Response:
        """Return the whole of a year as a file."""
        year, kind = _number("year", 0), request.args.get("kind", "")
        entries = entries_of_year(installation.register, school, year)
        data = format_register(entries, f".{kind}", english=language() == "en")
        answer = Response(data, mimetype=_TYPES[kind])
        answer.headers["Content-Disposition"] = f'attachment; filename="so-cap-hoc-ba-{year}.{kind}"'
        return answer


def _number(name: str, otherwise: int) -> int:
    value = request.args.get(name, "")
    if not value:
        return otherwise
    if not (value.isascii() and value.isdigit() and len(value) <= 6):
        raise ServiceError(
            "register-year",
            "Năm và trang của sổ là số; hãy chọn lại trong trang Sổ cấp học bạ.",
            "Year and page of the register are numbers; choose again on the page of the register.",
        )
    return int(value)
