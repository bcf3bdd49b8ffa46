"""What the agent says on the terminal: Vietnamese first, English beside it; a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from getpass import getpass
from shutil import get_terminal_size
from textwrap import wrap
from time import monotonic
from typing import TextIO

from keys.agent.prepared import Listed
from keys.agent.refusals import AgentError
from keys.pkcs11_token import PINRequest
from schemas.errors import HocbaError
from schemas.pdf_profile import SignatureField

_BAR = 30
_SHORT_LIST = 60
_SHOWN = 5
_FIELDS = {
    SignatureField.PRINCIPAL: "chữ ký hiệu trưởng / principal's signature",
    SignatureField.SEAL: "con dấu của trường / school's seal",
}


class Screen:
    """A terminal, or a pipe in its place."""

    def __init__(self, out: TextIO, asked: TextIO) -> None:
        self._out = out
        self._in = asked
        self.is_terminal = out.isatty()

    def say(self, *lines: str) -> None:
        """Show lines, on a terminal none longer than it is wide."""
        for line in lines:
            if self.is_terminal and len(line) > (width := get_terminal_size().columns - 1):
                line = "\n".join(wrap(line, width, subsequent_indent="  ", break_on_hyphens=False))  # noqa: PLW2901 - the same, folded
            self._out.write(f"{line}\n")
        self._out.flush()

    def ask(self, question: str) -> str:
        """Ask for a line.

        Raises:
            AgentError: `agent-no-answer`; the end of the input agrees to nothing.
        """
        self._out.write(question)
        self._out.flush()
        answer = self._in.readline()
        if not answer:
            raise AgentError(
                "agent-no-answer",
                "Không có ai trả lời, nên không ký gì. Hãy chạy lại trong cửa sổ lệnh.",
                "Nobody answers, so nothing is signed. Run it again in a terminal.",
            )
        if not self._in.isatty():
            self._out.write("\n")
        return answer.strip()

    def ask_pin(self, request: PINRequest) -> str:
        """Ask for a PIN, unseen on a terminal; it goes to the token and is kept nowhere."""
        if request.warning is not None:
            self.say(request.warning.vi, request.warning.en)
        question = f"Mã PIN của / PIN of {request.token}: "
        if self._in.isatty():
            return getpass(question, stream=self._out)
        return self.ask(question)

    def refuse(self, error: HocbaError) -> None:
        """Show a refusal with its code."""
        self.say(f"× {error.text.vi}", f"  {error.text.en} [{error.code}]")

    def refuse_all(self, errors: Sequence[HocbaError]) -> None:
        """Show some refusals, and how many more there are."""
        for error in errors[:_SHOWN]:
            self.refuse(error)
        if errors[_SHOWN:]:
            more = len(errors) - _SHOWN
            self.say(f"× … và {more} học bạ khác, cùng không ký / and {more} more, not signed either")

    def summary(self, documents: Sequence[Listed]) -> None:
        """Show what waits: how many of each class, for which signature."""
        counts = Counter((one.school_year, one.class_name, one.field) for one in documents)
        for (year, class_name, field), number in sorted(counts.items()):
            wanted = _FIELDS.get(SignatureField(field), field) if field in set(SignatureField) else field
            self.say(f"  Lớp / class {class_name}, {year}: {number:>4}  {wanted}")
        self.say(f"  Cộng / in all: {len(documents)}")

    def names(self, documents: Sequence[Listed]) -> None:
        """Show every document with the number by which it is opened."""
        for number, one in enumerate(documents, start=1):
            self.say(f"  {number:>4}. {one.full_name}  ({one.student_code}, {one.class_name})")

    def short_names(self, documents: Sequence[Listed]) -> None:
        """Show the documents where they are few."""
        if len(documents) <= _SHORT_LIST:
            self.names(documents)

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        """Give what moves a bar one step on."""
        bar = Bar(self._out, label, total, is_terminal=self.is_terminal, now=monotonic)
        try:
            yield bar.move
        finally:
            bar.end()

    def away(self, pause: float) -> None:
        """Say that the line is down, and when it is tried again."""
        # A bar may stand on the line.
        begin = "\n" if self.is_terminal else ""
        self.say(
            f"{begin}Mất liên lạc, thử lại sau {pause:.0f} giây / the line is down, again in {pause:.0f} s"
        )


class Bar:
    """How many of how many steps are done."""

    def __init__(
        self, out: TextIO, label: str, total: int, *, is_terminal: bool, now: Callable[[], float]
    ) -> None:
        self._out, self._label, self._total, self._now = out, label, max(total, 1), now
        self._is_terminal = is_terminal
        self._done = self._quarters = 0
        self._start = now()

    def move(self) -> None:
        """Go one step on."""
        self._done += 1
        self._total = max(self._total, self._done)
        if self._is_terminal:
            full = _BAR * self._done // self._total
            end = "\n" if self._done == self._total else ""
            bar = f"[{'█' * full}{'·' * (_BAR - full)}] {self._done}/{self._total}{self._left()}"
            self._out.write(f"\r{self._label} {bar}\x1b[K{end}")
        elif 4 * self._done // self._total > self._quarters:
            self._quarters = 4 * self._done // self._total
            self._out.write(f"{self._label} {self._done}/{self._total}\n")
        self._out.flush()

    def end(self) -> None:
        """Leave the bar's line, where it did not come to its end."""
        if self._is_terminal and 0 < self._done < self._total:
            self._out.write("\n")

    def _left(self) -> str:
        seconds = (self._now() - self._start) / self._done * (self._total - self._done)
        if seconds < 5:
            return ""
        return (
            f", còn / left {round(seconds / 60)} phút/min"
            if seconds >= 60
            else f", còn / left {seconds:.0f} s"
        )


def terminal() -> Screen:
    """Return the screen of this process, which speaks UTF-8 whatever the machine's code page is."""
    for stream in (sys.stdout, sys.stdin):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    return Screen(sys.stdout, sys.stdin)
