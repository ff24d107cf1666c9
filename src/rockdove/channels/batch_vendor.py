"""What vendors that take many tokens a request have in common: what becomes of a batch when there is no answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote_plus

from rockdove.channels.channel import UNANSWERED, Accepted, Batch, ChannelAwayError, Limits, Outcome, Retry
from rockdove.channels.http import Answer, NoAnswerError, Server, UnreachableError
from rockdove.channels.settings import ChannelSettings

ACCEPTED = Accepted()
SLOW_DOWN_SECONDS = 1.0
"""Where a vendor asks for patience without saying how much."""

_SAFE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~%"
_IN_TOKENS: Final = "%+/=,;:"
"""What there is in lists of tokens beside; % is the first to be replaced."""


class BatchVendor:
    """The common half of a channel with many tokens a request; `send` and what it asks are the vendor's."""

    limits: Limits

    def __init__(self, settings: ChannelSettings, server: Server) -> None:
        self._settings, self._server = settings, server

    def refusal(self, message: dict[str, Any]) -> str:
        return too_long(message, self._settings)

    async def ask(self, batch: Batch, path: str, body: bytes, headers: Sequence[str]) -> Answer | list[Outcome]:
        """The vendor's answer; or, where it answered nothing usable, what becomes of the batch.

        A request that was sent and not answered may have been taken: it is sent again, a repeat being less bad than a
        loss. Raises ChannelAwayError when nothing was sent.
        """
        answer = await self.request(path, body, headers)
        return everyone(batch, answer) if isinstance(answer, Retry) else answer

    async def request(self, path: str, body: bytes, headers: Sequence[str]) -> Answer | Retry:
        """As `ask`, for a request that is about nobody in particular: Retry where there is no usable answer."""
        try:
            answer = await self._server.post(path, body, headers)
        except UnreachableError as error:
            raise ChannelAwayError(str(error)) from error
        except NoAnswerError:
            return UNANSWERED
        if answer.status == 429 or answer.status >= 500:
            return Retry(answer.retry_after or SLOW_DOWN_SECONDS, everyone=True)
        if answer.status < 300 and not isinstance(answer.json(), dict):
            return Retry(SLOW_DOWN_SECONDS, everyone=True)
        return answer


def said(answer: Answer) -> dict[str, Any]:
    """The members of an answer in JSON; none where it is something else."""
    found = answer.json()
    return found if isinstance(found, dict) else {}


def form(members: Mapping[str, str]) -> bytes:
    """As urllib.parse.urlencode, which takes 5 ms for a list of 1000 tokens because it looks at it byte by byte."""
    return "&".join(f"{quote_plus(name)}={_quoted(value)}" for name, value in members.items()).encode()


def _quoted(text: str) -> str:
    quoted = text
    for character in _IN_TOKENS:
        quoted = quoted.replace(character, f"%{ord(character):02X}")
    return quote_plus(text) if quoted.encode().translate(None, _SAFE) else quoted


def everyone(batch: Batch, outcome: Outcome) -> list[Outcome]:
    return [outcome] * len(batch.targets)


def by_token(batch: Batch, found: Mapping[str, Outcome]) -> list[Outcome]:
    """Accepted, but for the tokens the vendor named."""
    return [found.get(target.token, ACCEPTED) for target in batch.targets] if found else everyone(batch, ACCEPTED)


def short_id(number: int, digits: int) -> str:
    """So many hexadecimal digits (an even number) that stand for an id where the vendor takes no long one.

    Ids that are close in time differ in few digits, so they are not cut but scattered.
    """
    return hashlib.blake2b(b"%d" % number, digest_size=digits // 2).hexdigest()


def notify_id(batch: Batch) -> int:
    """What a notification takes the place of, as a number Android takes: a repeat of itself, or of its collapse id."""
    return int(short_id(batch.collapse_id or batch.push_id, 8), 16) % 2**31


def too_long(message: dict[str, Any], settings: ChannelSettings) -> str:
    """Why the vendor would refuse these texts; empty: it would not."""
    for name, most in (("title", settings.title_characters), ("content", settings.content_characters)):
        if most and len(message.get(name, "")) > most:
            return f"{name} longer than the {most} characters this channel takes"
    return ""
