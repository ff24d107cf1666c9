"""A file becomes a verdict and an accounts file (parse steps 4 to 12).

    calling thread        BlockReader: read or inflate, cut into pieces
    two worker threads    digest one piece each: split, check, clean, hash, render its refused lines
    calling thread        take the digests in order: count, collect; at the end sort, drop duplicates, write

Digests are taken in order because refused lines are listed by line and because of several faults the first is named.
At most AHEAD pieces are in flight, so memory is bounded by pieces, not by the file, but for 24 bytes an account.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import msgspec

from rockdove.config import Packages as Limits
from rockdove.ingest import faults
from rockdove.ingest.account_set import AccountSet, TextSpool
from rockdove.ingest.archive import ZippedText
from rockdove.ingest.blocks import BLOCK_BYTES, MAX_LINE_BYTES, BlockReader, Piece, Source
from rockdove.ingest.digest import Digest, Digester
from rockdove.ingest.faults import Fault, Rank
from rockdove.ingest.name import Kind, check_start, clean_name, kind_of
from rockdove.ingest.refused import RefusedList
from rockdove.ingest.verdict import EmptyFileError, RefusedFileError, Verdict
from rockdove.storage import accounts_file
from rockdove.storage.package_store import ACCOUNTS, REFUSED

THREADS: Final = 2
AHEAD: Final = THREADS + 1
_TYPICAL_LINE_BYTES: Final = 8


class Shape(NamedTuple):
    """How a text is cut; tests make everything small."""

    block_bytes: int = BLOCK_BYTES
    max_line_bytes: int = MAX_LINE_BYTES


USUAL: Final = Shape()


def check(path: Path, refused: Path | None = None, limits: Limits | None = None) -> Verdict:
    """What an upload of this file would be told. `refused`: where to write the complete list of refused lines.

    A bad file is a verdict with a fault, not an exception. Raises OSError if it can't be read.
    """
    limits = limits or Limits()
    try:
        kind = kind_of(clean_name(path.name))
        if path.stat().st_size > limits.max_file_bytes:
            raise RefusedFileError(f"the file has more than {limits.max_file_bytes} bytes; split it")
    except RefusedFileError as error:
        return error.verdict
    with TemporaryDirectory(prefix="rockdove-") as folder:
        verdict = parse(path, kind, limits, Path(folder))
        if refused is not None and (Path(folder) / REFUSED).exists():
            copyfile(Path(folder) / REFUSED, refused)
    return verdict


def parse(path: Path, kind: Kind, limits: Limits, folder: Path, shape: Shape = USUAL) -> Verdict:
    """Parse the file at `path`; leaves ACCOUNTS in `folder` if it was accepted, and REFUSED if it has refused lines.

    A bad file is a verdict with a fault, not an exception. Raises OSError if something can't be read or written.
    """
    began = time.perf_counter()
    try:
        verdict = _parse(path, kind, limits, folder, shape)
    except RefusedFileError as error:
        verdict = error.verdict
    return msgspec.structs.replace(verdict, seconds=round(time.perf_counter() - began, 3))


def _parse(path: Path, kind: Kind, limits: Limits, folder: Path, shape: Shape) -> Verdict:
    with ExitStack() as stack:
        text = _Text.open(path, kind, limits, stack)
        spool = stack.enter_context(TextSpool(folder / "text"))
        refused = stack.enter_context(RefusedList(folder / REFUSED))
        reader = BlockReader(text.source, csv=text.is_csv, **shape._asdict())
        digester = Digester(spool, csv=text.is_csv, max_line_bytes=shape.max_line_bytes)
        accounts = AccountSet(spool, min(text.bytes // _TYPICAL_LINE_BYTES, limits.max_accounts))
        outcome = _Outcome(limits, accounts, refused)
        for digest in _in_order(digester, reader):
            outcome.take(digest)
            digester.lists_refused = not refused.is_full
        outcome.settle()
        count = accounts.settle()
        accounts_file.write(folder / ACCOUNTS, count, accounts.hashes(), accounts.views(), spool.segments())
        return outcome.verdict(accounts=count, text_bytes=reader.bytes_read)


class _Text(NamedTuple):
    """The text to parse: the file itself, or what is in the zip."""

    source: Source
    is_csv: bool
    bytes: int
    """About how many: a zip may claim what it likes."""

    @classmethod
    def open(cls, path: Path, kind: Kind, limits: Limits, stack: ExitStack) -> _Text:
        if kind is Kind.ZIP:
            text = stack.enter_context(ZippedText(path, limits.max_uncompressed_bytes))
            return cls(text, text.suffix == Kind.CSV, text.claimed_bytes)
        file = stack.enter_context(path.open("rb", buffering=0))
        check_start(kind, file.read(4))
        file.seek(0)
        return cls(file, kind is Kind.CSV, path.stat().st_size)


@dataclass
class _Outcome:
    """What the digests add up to."""

    limits: Limits
    accounts: AccountSet
    refused: RefusedList
    fault: Fault | None = None
    heading: str = ""

    def take(self, digest: Digest) -> None:
        """Raises RefusedFileError where no later piece can change the verdict."""
        self.heading = self.heading or digest.heading
        self.refused.add(digest.refused)
        if digest.refused.count and self.limits.line_policy == "strict":
            line = digest.refused.examples[0]
            self._note(faults.strict(line.line, line.reason))
        for rows in digest.accounts:
            self.accounts.add(rows)
        for fault in digest.faults:
            self._note(fault)
        if self.accounts.size > self.limits.max_accounts:
            self._note(faults.too_many(self.limits.max_accounts))
            self.settle()
        if self.fault is not None and self.fault.rank is Rank.ENCODING:
            self.settle()

    def settle(self) -> None:
        """Nothing more to take. Raises RefusedFileError, or EmptyFileError."""
        if self.fault is None and not self.accounts.size:
            if not self.refused.count:
                raise EmptyFileError
            self._note(faults.no_valid_line())
        if self.fault is not None:
            raise RefusedFileError(self.fault.reason, self.verdict(fault=self.fault.reason))

    def verdict(self, *, accounts: int = 0, text_bytes: int = 0, fault: str = "") -> Verdict:
        rows = self.accounts.size
        return Verdict(
            lines=rows + self.refused.count,
            accounts=accounts,
            duplicates=rows - accounts,
            invalid=self.refused.count,
            invalid_by_reason=self.refused.by_reason,
            examples=tuple(self.refused.examples),
            refused_listed=self.refused.listed,
            header_warning=_heading_warning(self.heading),
            text_bytes=text_bytes,
            fault=fault,
        )

    def _note(self, fault: Fault) -> None:
        self.fault = fault if self.fault is None else min(self.fault, fault)


def _heading_warning(heading: str) -> str:
    if not heading:
        return ""
    return f"line 1 is {heading!r}, which looks like a column heading; it was taken as an account"


def _in_order(digest: Callable[[Piece], Digest], pieces: Iterable[Piece]) -> Iterator[Digest]:
    """Digests in the order of their pieces. A source that fails does so after the digests of what it gave before."""
    pending: deque[Future[Digest]] = deque()
    failure: RefusedFileError | None = None
    with ThreadPoolExecutor(THREADS, thread_name_prefix="parse") as pool:
        try:
            for piece in pieces:
                pending.append(pool.submit(digest, piece))
                if len(pending) > AHEAD:
                    yield pending.popleft().result()
        except RefusedFileError as error:
            failure = error
        while pending:
            yield pending.popleft().result()
    if failure is not None:
        raise failure
