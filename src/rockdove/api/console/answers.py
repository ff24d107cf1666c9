"""The shapes of the console API's answers; the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from rockdove.audience.preview import Preview
from rockdove.audience.previews import PreviewAnswer
from rockdove.domain.controls import Controls
from rockdove.ingest.packages import Package


class RefusedLine(BaseModel):
    line: int
    reason: str
    text: str


class PackageAnswer(BaseModel):
    """A package and the verdict on its lines."""

    package_id: int
    state: str = Field(description="ready, rejected (only the verdict is kept) or deleted")
    file_name: str
    file_bytes: int
    lines: int
    accounts: int
    duplicates: int
    invalid: int
    invalid_by_reason: dict[str, int]
    examples: list[RefusedLine] = Field(description="the first refused lines; all of them are in the download")
    header_warning: str
    fault: str = Field(description="why the whole file was refused; empty when it was accepted")
    source: str
    uploaded_at: datetime
    expires_at: datetime
    same_as: int | None = Field(description="an earlier package of the same content")

    @classmethod
    def of(cls, package: Package) -> PackageAnswer:
        verdict = package.verdict
        return cls(
            package_id=package.package_id,
            state=package.state,
            file_name=package.file_name,
            file_bytes=package.file_bytes,
            lines=verdict.lines,
            accounts=verdict.accounts,
            duplicates=verdict.duplicates,
            invalid=verdict.invalid,
            invalid_by_reason=verdict.invalid_by_reason,
            examples=[RefusedLine(line=e.line, reason=e.reason, text=e.text) for e in verdict.examples],
            header_warning=verdict.header_warning,
            fault=verdict.fault,
            source=package.source,
            uploaded_at=package.uploaded_at,
            expires_at=package.expires_at,
            same_as=package.same_as,
        )


class PreviewRequest(BaseModel):
    """Whom would a push reach? The members mean what they mean in /v3/push/app."""

    audience_type: str = "package_account_push"
    package_id: int | None = None
    account_type: int = Field(0, ge=0)
    accounts: list[str] = Field([], max_length=1000)
    tokens: list[str] = Field([], max_length=1000)
    tag_rules: list[dict[str, Any]] = []
    message_type: str = Field("notify", pattern="^(notify|message)$")
    environment: str = Field("product", pattern="^(product|dev)$")
    multi_package: bool = False
    disabled_channels: list[str] = []
    exclude_package_id: int | None = None
    exclude_push_id: int | None = None


class ReachAnswer(BaseModel):
    devices: int
    filtered: dict[str, int] = Field(description="taken away, by reason: opted_out, excluded, no_channel, capped")
    planned: int
    channels: dict[str, int]


class PreviewResult(BaseModel):
    platform: str
    accounts: int
    matched: int
    unmatched: int = Field(description="bound to no device")
    unavailable: int = Field(description="bound, but to no device that could receive")
    invalid: int
    recent: ReachAnswer | None = Field(description="only the most recently bound device of each account")
    every: ReachAnswer = Field(description="all devices of each account")


class PreviewState(BaseModel):
    preview_id: int
    state: str = Field(description="waiting, done or failed")
    result: PreviewResult | None
    failure: str

    @classmethod
    def of(cls, preview_id: int, answer: PreviewAnswer) -> PreviewState:
        return cls(
            preview_id=preview_id,
            state=answer.state,
            result=_result(answer.result) if answer.result else None,
            failure=answer.failure,
        )


class DailyCapSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    notifications: int = Field(3, description="for each device and day of the application's time zone, 1 to 100")
    plans: list[str] = Field([], description="push plans that are counted and capped; empty: all, 0: the default one")


class AllowedHoursSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: str = Field(description="HH:MM in the application's time zone; after the end: over midnight")
    end: str


class PushControls(BaseModel):
    """What the application allows of its pushes. Everything is off by default."""

    model_config = ConfigDict(extra="forbid")

    daily_cap: DailyCapSettings | None = None
    deduplicate: bool = Field(False, description="refuse the same content to the same recipients within an hour")
    allowed_hours: AllowedHoursSettings | None = Field(None, description="when pushes may be created")

    @classmethod
    def of(cls, controls: Controls) -> PushControls:
        return cls.model_validate(msgspec.to_builtins(controls))

    def controls(self) -> Controls:
        """Raises msgspec.ValidationError, whose text says what is wrong."""
        return msgspec.convert(self.model_dump(), Controls)


def _result(preview: Preview) -> PreviewResult:
    return PreviewResult.model_validate(msgspec.to_builtins(preview))
