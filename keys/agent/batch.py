"""One batch at the office: check everything, then sign round by round, and send each signature as it is made.

Whatever stops it, running again goes on: a signature is on this disk before it is sent, on the server's before it is
acknowledged, and what waits is asked for anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from keys.agent.prepared import Checked, Item, Listed, check_prepared
from keys.agent.refusals import AgentError
from keys.agent.server import Progress, Server, Waiting
from keys.agent.store import Made, Store
from keys.agent.tokens import OfficeKeys
from schemas.errors import HocbaError

CHUNK = 25
"""Documents that are claimed at a time."""
_OVER = frozenset({"signature-not-awaited", "signature-already-there"})
"""What the server says of a signature that is there by now, or is no longer wanted."""


@dataclass
class Batch:
    """The documents that the person was shown, and what became of them."""

    server: Server
    keys: OfficeKeys
    store: Store
    waiting: Waiting
    school_code: str
    refused: dict[str, HocbaError] = field(default_factory=dict)
    """Documents that were not signed, with the reason."""
    elsewhere: set[tuple[str, str]] = field(default_factory=set)
    """Documents and fields whose key is on no token here: another computer's to sign."""
    handed_out: set[str] = field(default_factory=set)
    """Documents that no other computer is signing."""
    signed: int = 0
    released: int = 0
    standing: int = 0
    """Signed in full, and released when their window ends."""
    _checked: dict[str, Checked] = field(default_factory=dict)

    def check(self, progress: Callable[[], None]) -> None:
        """Check every waiting document before anything is signed.

        Raises:
            AgentError: the server refuses, or stays away.
        """
        for item, listed in self._items(self.waiting.documents):
            self.handed_out.add(item.document)
            self._check(item, listed)
            progress()

    @property
    def signable(self) -> set[str]:
        """The documents that can be signed here, after `check`."""
        return self.handed_out - set(self.refused) - {document for document, _ in self.elsewhere}

    def open(self, listed: Listed) -> bytes:
        """Return the file of one document, checked, for the person to look at.

        Raises:
            AgentError: why it must not be signed, or `agent-not-handed-out`.
        """
        for item in self.server.claim([listed.document], self.keys.thumbprints).items:
            pdf = self.server.prepared(item)
            check_prepared(
                pdf, item, listed, school=self.school_code, certificate=self._certificate(item), before=None
            )
            return pdf
        raise AgentError(
            "agent-not-handed-out",
            f"Học bạ của {listed.full_name} đang được ký ở máy khác, hoặc không còn chờ ký.",
            f"The transcript of {listed.full_name} is being signed on another computer, or waits no longer.",
        )

    def sign(self, progress: Callable[[], None]) -> Progress:
        """Sign in both rounds until nothing is left that can be signed here; `progress` after each signature.

        Raises:
            HocbaError: the token or the line fails; what was signed is kept.
        """
        shown = {one.document for one in self.waiting.documents}
        while True:
            reached = self._go_on()
            waiting = [
                one
                for one in self.server.waiting().documents
                if one.document in shown
                and one.document not in self.refused
                and (one.document, one.field) not in self.elsewhere
            ]
            signed = 0
            for chunk in _chunks(waiting):
                for item, listed in self._items(chunk):
                    signed += self._sign(item, listed)
                    progress()
                reached = self._go_on()
            if not signed:
                return reached

    def _go_on(self) -> Progress:
        while True:
            reached = self.server.go_on()
            self.released += reached.released
            self.standing += reached.standing
            if not reached.left:
                return reached

    def _items(self, documents: Sequence[Listed]) -> Iterator[tuple[Item, Listed]]:
        for chunk in _chunks(documents):
            listed = {one.document: one for one in chunk}
            claimed = self.server.claim(list(listed), self.keys.thumbprints)
            self.elsewhere |= {(one, listed[one].field) for one in claimed.others}
            for item in claimed.items:
                yield item, listed[item.document]

    def _check(self, item: Item, listed: Listed) -> Checked | None:
        if item.field != listed.field:
            # Another computer has brought the signature meanwhile; the next list says what waits then.
            return None
        try:
            if self.keys.certificate(item.certificate) is None:
                raise _other_certificate(listed)
            if item.item not in self._checked:
                self._checked[item.item] = check_prepared(
                    self.server.prepared(item),
                    item,
                    listed,
                    school=self.school_code,
                    certificate=self._certificate(item),
                    before=self.store.digest_before(item.document, item.field),
                )
            return self._checked[item.item]
        except AgentError as error:
            if not error.code.startswith("agent-") or error.code == "agent-line-down":
                raise
            self.refused[item.document] = error
            return None

    def _sign(self, item: Item, listed: Listed) -> bool:
        made = self.store.made(item.item)
        if made is None:
            checked = self._check(item, listed)
            if checked is None:
                return False
            value = self.keys.sign(item.certificate, item.algorithm, checked.signed_attributes)
            made = Made(item.document, item.item, item.field, checked.document_digest, value.hex())
            self.store.note(made)
        try:
            self.server.bring(made.document, made.item, bytes.fromhex(made.signature))
        except AgentError as error:
            if error.code not in _OVER:
                raise
        self.signed += 1
        return True

    def _certificate(self, item: Item) -> bytes:
        return self.keys.certificate(item.certificate) or b""


def _other_certificate(listed: Listed) -> AgentError:
    return AgentError(
        "agent-certificate-differs",
        f"Máy chủ đưa tệp của {listed.full_name} cho một chứng thư không có ở máy này. Không ký. "
        "Hãy báo ngay quản trị viên và Sở.",
        f"The server hands out the file of {listed.full_name} for a certificate that is not here. Not signed. "
        "Tell the operator and the department at once.",
    )


def _chunks(documents: Sequence[Listed]) -> Iterable[Sequence[Listed]]:
    return (documents[start : start + CHUNK] for start in range(0, len(documents), CHUNK))
