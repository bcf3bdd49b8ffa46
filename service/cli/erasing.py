"""`hocba erase`: what is not to be kept of a student goes, on the family's wish."""

from __future__ import annotations

import json
from pathlib import Path

import click

from service.cli.command import data_option, json_option, open_installation, refusals

_WHAT = {
    "drafts": "bản nháp đã nhập / imported drafts",
    "reservations": "bản giữ chỗ chưa ký / reservations never signed",
    "requests": "đề nghị đã rút / withdrawn requests",
    "batches": "lượt cấp riêng cho học sinh / batches for the student alone",
    "links": "liên kết tải học bạ, với các lần mở / links to documents, with how they were opened",
    "notices": "địa chỉ của gia đình và thông báo / the family's address and notices to it",
    "answered": "yêu cầu đã trả lời: của ai, nội dung / answered requests: whose they were, their words",
    "uploads": "tệp của trường đã tải lên mà chưa nhập / the school's upload that was never imported",
}


@click.command()
@data_option
@click.option("--student", "student_code", required=True, help="The student's code.")
@click.option("--school", required=True, help="The school's code.")
@click.option("--dry-run", is_flag=True, help="Say what would be erased; erase nothing.")
@json_option
@refusals
def erase(*, data: Path, student_code: str, school: str, dry_run: bool, as_json: bool) -> None:
    """Erase drafts, reservations, withdrawn requests and uploads of a student. Issued transcripts stay."""
    report = open_installation(data).erase(school, student_code, dry_run=dry_run)
    numbers = {name: getattr(report.erased, name) for name in type(report.erased).__slots__}
    numbers["uploads"] = report.uploads
    if as_json:
        stays = [{"number": number, "vi": text.vi, "en": text.en} for number, text in report.stays]
        click.echo(json.dumps({"dry_run": dry_run, "erased": numbers, "stays": stays}, ensure_ascii=False))
        return
    click.echo("Sẽ xoá / would erase:" if dry_run else "Đã xoá / erased:")
    for name, number in numbers.items():
        click.echo(f"  {number}  {_WHAT[name]}")
    click.echo("Còn lại / stays:")
    for number, text in report.stays:
        click.echo(f"  {number}  {text.vi} / {text.en}")
    if not report.stays:
        click.echo("  không có gì / nothing")
