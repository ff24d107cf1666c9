"""A zip that holds one text (parse step 5), read as a stream: nothing of it is ever written under its own name.

Its directory is read by the standard library, with a bound on how much of it; its content is inflated here, so that
neither a size nor an end that the directory claims is believed.
"""

from __future__ import annotations

import io
import os
import stat
import zlib
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from rockdove.ingest.verdict import EmptyFileError, RefusedFileError

MAX_DIRECTORY_BYTES: Final = 1 << 20
"""The central directory of a package has one entry, and a few that some operating system added."""
_CHUNK: Final = 1 << 18
_LOCAL_HEADER: Final = 30
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_UTF8_NAME: Final = 0x800
_DOS_DIRECTORY: Final = 0x10
_SYSTEM_FILES: Final = {".ds_store", "thumbs.db", "desktop.ini"}


class ZippedText(io.RawIOBase):
    """The one text in the zip at `path`, as a readable stream; `suffix` is its own, "txt" or "csv".

    Raises RefusedFileError or EmptyFileError when opened, and RefusedFileError while reading: past `max_bytes` of
    text, and where the content is damaged.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._file = _BoundedFile(path, "rb")
        try:
            entry = _only_text(self._file)
            self.suffix = _name(entry)[-3:].lower()
            self.claimed_bytes = min(entry.file_size, max_bytes)
            self._file.seek(_content_offset(self._file, entry))
        except BaseException:
            self._file.close()
            raise
        self._packed_left, self._expected_crc, self._max_bytes = entry.compress_size, entry.CRC, max_bytes
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == ZIP_DEFLATED else None
        self._crc, self._size, self._packed = 0, 0, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # callers are ours
        """Fills a part of `buffer`; 0 at the end, whose checksum then agreed."""
        data = self._stored(len(buffer)) if self._inflater is None else self._inflated(self._inflater, len(buffer))
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        if self._size > self._max_bytes:
            raise RefusedFileError(f"the zip holds more than {self._max_bytes} bytes of text; split the file")
        if not data and self._crc != self._expected_crc:
            raise RefusedFileError("the zip is damaged: its checksum does not match; pack it again")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _stored(self, size: int) -> bytes:
        return self._read_packed(min(size, _CHUNK))

    def _inflated(self, inflater: zlib._Decompress, size: int) -> bytes:
        while not inflater.eof:
            packed = inflater.unconsumed_tail or self._read_packed(_CHUNK)
            try:
                data = inflater.decompress(packed, size)
            except zlib.error as error:
                raise RefusedFileError(f"the zip is damaged: {error}; pack it again") from None
            if data:
                return data
            if not packed and not inflater.eof:
                raise RefusedFileError("the zip is damaged: its content ends too early; pack it again")
        return b""

    def _read_packed(self, size: int) -> bytes:
        wanted = min(size, self._packed_left)
        data = self._file.read(wanted) if wanted else b""
        if len(data) < wanted:
            raise RefusedFileError("the zip is cut off; upload it again")
        self._packed_left -= len(data)
        return data


class _BoundedFile(io.FileIO):
    """No read is larger than a directory may be: the size of a zip's directory is the zip's own claim."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = os.fstat(self.fileno()).st_size - self.tell()
        if size > MAX_DIRECTORY_BYTES:
            raise RefusedFileError("the zip holds too many entries; it must hold exactly one .txt or .csv")
        return super().read(size) or b""


def _only_text(file: io.FileIO) -> ZipInfo:
    """The entry that is the text. Raises RefusedFileError saying what else there is."""
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
    except (BadZipFile, NotImplementedError, ValueError, OSError, IndexError) as error:
        raise RefusedFileError(f"this is no zip, or a damaged one: {error}") from None
    if not entries:
        raise EmptyFileError("the zip is empty")
    entries = [entry for entry in entries if not _is_metadata(entry)]
    if len(entries) != 1:
        raise RefusedFileError(f"the zip holds {len(entries)} files; it must hold exactly one .txt or .csv")
    _check(entries[0])
    return entries[0]


def _check(entry: ZipInfo) -> None:
    name = _name(entry)
    if "/" in name or "\\" in name or entry.external_attr & _DOS_DIRECTORY:
        raise RefusedFileError(f"the zip holds a folder ({name!r}); pack the file itself")
    if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG}:
        raise RefusedFileError(f"{name!r} in the zip is a link or another special file; pack the file itself")
    if not name.lower().endswith((".txt", ".csv")):
        raise RefusedFileError(f"the zip holds {name!r}; it must hold exactly one .txt or .csv")
    if entry.flag_bits & _ENCRYPTED:
        raise RefusedFileError("the zip is encrypted; pack it without a password")
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise RefusedFileError(f"the zip uses compression method {entry.compress_type}; use the usual one, deflate")
    if entry.volume:
        raise RefusedFileError("the zip is one part of several; pack the file into a single zip")


def _is_metadata(entry: ZipInfo) -> bool:
    """What macOS and Windows add on their own."""
    name = _name(entry)
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].lower() in _SYSTEM_FILES


def _name(entry: ZipInfo) -> str:
    """The name in its own encoding: the second byte of a GBK character can be a backslash, read as anything else."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.orig_filename
    raw = entry.orig_filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.orig_filename


def _content_offset(file: io.FileIO, entry: ZipInfo) -> int:
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or header[:4] != b"PK\x03\x04":
        raise RefusedFileError("the zip is damaged: its content is not where its directory says; pack it again")
    return (
        entry.header_offset
        + _LOCAL_HEADER
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
