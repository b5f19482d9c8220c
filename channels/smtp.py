"""E-mail by any SMTP server: a few connections for a batch, one transaction for a message.

                      ┌── connection, greeting, login, MAIL, RCPT ──┬── DATA … end of data ──┐
    broken off, late  │ retry: nothing was taken                    │ unknown                │
    4yz               │ retry                                       │ retry: refused for now │
    5yz               │ rejected; 5.1.1 and its like: dead address  │ rejected               │
    5yz to MAIL       │ retry: about our sender, not a recipient    │                        │
    250               │                                             │ accepted               │

A server's words are not repeated: they may hold the address. Codes: RFC 5321 §4.2, RFC 3463 §3.2.
"""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import partial
from math import ceil
from typing import Any, Literal

from pydantic import Field, model_validator

from channels.base import AdapterBase
from channels.deadline import Deadline, bounded, of_batch
from channels.mime import Letter, letter
from channels.settings import Name, RemoteSettings, Secret, Sender, is_loopback
from channels.transport import ABREAST, BATCH, TOO_LATE, tls_context, too_late
from channels.turns import aside, in_turns
from orchestrator.model import Delivery, Outgoing

WORTH = 8  # letters for which a connection is opened, beside another
_GONE = ("5.1.1", "5.1.2", "5.1.10")  # no such mailbox; no such host; the domain takes no mail
_GO_ON = (250, 251, 354)
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")
_LINE_START = re.compile(rb"^\.", re.MULTILINE)


class SmtpSettings(RemoteSettings):
    """A server and how to talk to it: `starttls` (usually port 587), `tls` from the first byte (465), or `none`."""

    host: Name
    port: int = Field(default=587, ge=1, le=65535)
    username: Name | None = None
    password: Secret | None = None
    tls: Literal["none", "starttls", "tls"] = "starttls"
    connections: int = Field(default=4, ge=1, le=ABREAST)
    sender: Sender = Field(alias="from")

    @model_validator(mode="after")
    def _keeps_the_password(self) -> SmtpSettings:
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        if self.password and self.tls == "none" and not is_loopback(self.host):
            raise ValueError("`tls: none` would send the password in the clear; use `starttls` or `tls`")
        return self


class _Session(smtplib.SMTP):
    """smtplib's conversation, held to a deadline for all of an exchange."""

    def __init__(self, settings: SmtpSettings, deadline: Deadline) -> None:
        super().__init__(local_hostname=socket.gethostname())
        self._settings = settings
        self._deadline = deadline
        self._host = settings.host  # whose certificate STARTTLS expects

    def open(self) -> None:
        """Connect, encrypt and log in as the settings say.

        Raises:
            OSError, smtplib.SMTPException: the server is not there, or not willing.
        """
        code, words = self.connect(self._settings.host, self._settings.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        self.ehlo_or_helo_if_needed()
        if self._settings.tls == "starttls":
            self.starttls(context=tls_context())
        if self._settings.username and self._settings.password:
            self.login(self._settings.username, self._settings.password.get_secret_value())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), self._deadline.left())
        return tls_context().wrap_socket(plain, server_hostname=host) if self._settings.tls == "tls" else plain

    def send(self, s: Any) -> None:
        """Write with what is left of the time."""
        if self.sock:
            self.sock.settimeout(self._deadline.left())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        """Read with what is left of the time."""
        if self.file is None and self.sock:
            self.file = bounded(self.sock, self._deadline)
        return super().getreply()

    def content(self, data: bytes) -> tuple[int, bytes]:
        """Send a letter's bytes and their end; from here on the server may have taken it."""
        self.send(_LINE_START.sub(b"..", data).removesuffix(b"\r\n") + b"\r\n.\r\n")
        return self.getreply()


class _Courier:
    """Carries the letters of one batch over one connection, which is opened when first needed."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._batch = of_batch(BATCH)
        self._deadline = Deadline(settings.timeout)
        self._session: _Session | None = None
        self._down: Delivery | None = None

    def carry(self, request: Letter, message: Outgoing) -> Delivery:
        """Take one letter there. A server that could not be reached is not tried again for this batch."""
        if self._batch.passed:
            return too_late()
        self._deadline.restart(self._settings.timeout)
        if self._session is None and self._down is None:
            self._connect()
        return self._transact(self._session, request, message) if self._session else self._down or too_late()

    def _connect(self) -> None:
        session = _Session(self._settings, self._deadline)
        try:
            session.open()
        except (OSError, smtplib.SMTPException) as fault:
            session.close()
            code = f" (SMTP {fault.smtp_code})" if isinstance(fault, smtplib.SMTPResponseException) else ""
            self._down = Delivery("retry", detail=f"the mail server lets nobody in{code}")
        else:
            self._session = session

    def _transact(self, session: _Session, mail: Letter, message: Outgoing) -> Delivery:
        begun = False
        try:
            step, code, words = self._announce(session, mail)
            if step == "MAIL" and code >= 500:
                return Delivery("retry", detail=f"SMTP {code} to our sender")
            if code == 354:
                begun = True
                code, words = session.content(mail.content)
            return _verdict(code, words, mail, message)
        except (OSError, smtplib.SMTPException):
            self.close()
            return Delivery("unknown" if begun else "retry", detail="the connection to the mail server broke off")

    def _announce(self, session: _Session, mail: Letter) -> tuple[str, int, bytes]:
        """Sender, recipient, and the wish to send, as far as it came: 354 if it is granted, else the refusal."""
        steps = (("MAIL", f"FROM:<{self._settings.sender.address}>"), ("RCPT", f"TO:<{mail.recipient}>"), ("DATA", ""))
        verb, code, words = "", 0, b""
        for verb, argument in steps:
            code, words = session.docmd(verb, argument)
            if code not in _GO_ON:
                session.rset()
                break
        return verb, code, words

    def close(self) -> None:
        """Take leave, if there is still somebody to take leave of."""
        session, self._session = self._session, None
        if session:
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
            session.close()


class Smtp(AdapterBase[SmtpSettings]):
    """A mail server of yours."""

    name = "smtp"
    channels = ("email",)
    carries = frozenset({"subject", "preheader", "html", "text"})
    model = SmtpSettings

    def request(self, message: Outgoing) -> Letter:
        """The letter's bytes."""
        return letter(message, self.settings.sender)

    def hand_over(self, request: Letter, message: Outgoing) -> Delivery:
        """One letter over a connection of its own."""
        with closing(_Courier(self.settings)) as courier:
            return courier.carry(request, message)

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """One letter after the other over each connection; there are no more of those than are worth being opened."""
        answers: list[Delivery] = [TOO_LATE] * len(batch)
        places = iter(range(len(batch)))  # whichever connection is free takes the next

        def carry() -> None:
            with closing(_Courier(self.settings)) as courier:
                for place in places:
                    answers[place] = aside(partial(self.attempt, batch[place], courier.carry))

        in_turns(carry, min(self.settings.connections, ceil(len(batch) / WORTH)))
        return answers


def _verdict(code: int, words: bytes, mail: Letter, message: Outgoing) -> Delivery:
    """What a reply code means, wherever in the transaction it was given."""
    enhanced = _ENHANCED.match(words)
    status = enhanced[0].decode() if enhanced else ""
    detail = f"SMTP {code} {status}".rstrip()
    if 200 <= code < 300:
        return Delivery("accepted", provider_id=mail.id)
    if 400 <= code < 500:  # 421 is the server's own trouble, the others are the recipient's
        return Delivery("retry", detail=detail, retry_after=None if code == 421 else 0.0)
    if 500 <= code < 600:
        return Delivery("rejected", detail=detail, dead=message.addresses[:1] if status in _GONE else ())
    raise smtplib.SMTPException("a reply without a code")
