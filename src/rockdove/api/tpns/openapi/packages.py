"""Uploading a package."""

from __future__ import annotations

from rockdove.api.tpns.answers import Family
from rockdove.api.tpns.errors import TooFastError, UploadEmptyFileError, UploadFileError
from rockdove.api.tpns.openapi.operation import Example, Operation
from rockdove.api.tpns.openapi.schemas import Schema, answered, array, integer, record, text
from rockdove.config import Settings
from rockdove.domain.account import MAX_LENGTH, MIN_LENGTH
from rockdove.domain.token import LENGTH
from rockdove.ingest import name
from rockdove.ingest.verdict import EXAMPLES

_MIB = 1024 * 1024


def operations(settings: Settings) -> list[Operation]:
    packages = settings.packages
    return [
        Operation(
            path="/push/package/upload",
            family=Family.UPLOAD,
            group="Packages",
            title="Upload a package of accounts or tokens",
            description=f"""A file becomes a package, and the answer is the verdict on every line of it: whoever
gets an `uploadId` has a good package. Whether its lines are accounts or tokens is said by the push
(`package_account_push`, `package_token_push`). It may be used by any number of pushes, and its accounts are
resolved to devices when a push starts.

The file is a `.txt` or `.csv` of one account a line, in UTF-8, or a `.zip` with exactly one of them; its name has
at most {name.MAX_LENGTH} characters, its size is at most {packages.max_file_bytes:,} bytes
({packages.max_file_bytes / _MIB:g} MiB; what is in a zip, {packages.max_uncompressed_bytes / _MIB:g} MiB), its
accounts are at most {packages.max_accounts:,}. An account has {MIN_LENGTH} to {MAX_LENGTH} characters, a token
{LENGTH}. White space at the ends of a line, blank lines and a BOM are dropped, duplicates kept once.
{_line_policy(settings)} At most {packages.uploads_per_app} uploads of an application are taken at the same time.

Other parts of the form are ignored. Under a signature, the string to sign holds the whole multipart body.""",
            request=record(
                {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "The package. The kind is told by the suffix of its file name; without a file "
                        "name, by its content (zip or txt).",
                    }
                },
                required=["file"],
            ),
            answer=_counts(),
            sometimes={
                "invalidExamples": array(
                    answered(
                        {
                            "line": integer("Number of the line, from 1.", 1),
                            "reason": text("The rule it breaks."),
                            "text": text("What is in it, control characters written as `\\xNN`."),
                        }
                    ),
                    f"The first {EXAMPLES} invalid lines, where there are any.",
                    EXAMPLES,
                ),
                "warning": text("Line 1 looks like a heading; it was taken as an account all the same."),
            },
            errors=(UploadFileError, UploadEmptyFileError, TooFastError),
            keyed=True,
            form=True,
            examples={
                "accounts": Example(
                    title="Two accounts, one of them twice, and a line that is too short",
                    request={"file": "user-0001\nuser-0002\nuser-0001\nx\n"},
                    answer={
                        "uploadId": 11231,
                        "lineCount": 4,
                        "accountCount": 2,
                        "duplicateCount": 1,
                        "invalidCount": 1,
                        "invalidExamples": [
                            {"line": 4, "reason": "shorter than 2 characters", "text": "x"},
                        ],
                    },
                ),
                "empty": Example(
                    title="A file without a line",
                    request={"file": "\n\n"},
                    answer={},
                    error=UploadEmptyFileError,
                ),
            },
        )
    ]


def _line_policy(settings: Settings) -> str:
    if settings.packages.line_policy == "strict":
        return "One invalid line refuses the file."
    return "Invalid lines are skipped and counted; a file without a valid line is refused."


def _counts() -> dict[str, Schema]:
    return {
        "lineCount": integer("Lines that are not blank: accounts, duplicates and invalid ones.", 0),
        "accountCount": integer("Different accounts in the package.", 0),
        "duplicateCount": integer("Lines that repeat an earlier one.", 0),
        "invalidCount": integer("Lines that can't be an account.", 0),
    }
