"""Requests with an access token: fetched where there is none, and once more where the vendor says that it has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rockdove.channels.channel import ChannelStoppedError, Retry
from rockdove.channels.http import Answer
from rockdove.channels.tokens import Fetch, Tokens

STOP_SECONDS = 60


def _words(_: Answer) -> str:
    return "the vendor does not take the access token that it has just given"


class Access:
    """`ended` tells an answer that means the token is wrong or has expired; `words` says one to a person."""

    def __init__(
        self, tokens: Tokens, fetch: Fetch, ended: Callable[[Answer], bool], words: Callable[[Answer], str] = _words
    ) -> None:
        self._tokens, self._fetch, self._ended, self._words = tokens, fetch, ended, words

    async def ask(self, request: Callable[[str], Awaitable[Answer | Retry]]) -> Answer | Retry:
        """What `request` gives, with a token that is good. Raises what it and `fetch` raise, ChannelStoppedError."""
        says = ""
        for _ in range(2):
            token = await self._tokens.get(self._fetch)
            answer = await request(token)
            if isinstance(answer, Retry) or not self._ended(answer):
                return answer
            await self._tokens.refuse(token)
            says = self._words(answer)
        raise ChannelStoppedError(says, STOP_SECONDS)
