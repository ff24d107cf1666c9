"""The protocol without a network: the conformance every client of ours passes, and the bounds of what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rockdove.device_client.session import Application, Kind, Publish, Received, Session
from rockdove.device_client.state import KEPT_EVENTS, KEPT_IDS, State

CONFORMANCE = json.loads((Path(__file__).parents[2] / "clients/conformance.json").read_text("utf-8"))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_session(state: State | None = None, clock: Clock | None = None) -> Session:
    return Session(Application(**CONFORMANCE["application"]), state or State(), clock or Clock())


def registered(clock: Clock | None = None) -> Session:
    session = a_session(clock=clock)
    session.registered(CONFORMANCE["registered"])
    return session


def plain(result: Any) -> Any:
    """As the conformance file writes it."""
    match result:
        case Publish():
            return result._asdict()
        case Received(kind, publish, replaces):
            return {"kind": kind.value, "publish": plain(list(publish)), "replaces": replaces}
        case list():
            return [plain(entry) for entry in result]
    return result


@pytest.mark.parametrize("case", CONFORMANCE["cases"], ids=lambda case: case["name"])
def test_conformance(case: dict[str, Any]) -> None:
    clock = Clock()
    kept = case.get("state")
    session = a_session(State.from_json(json.dumps(kept)), clock) if kept else registered(clock)
    for number, step in enumerate(case["steps"]):
        clock.now = step.get("now", clock.now)
        result = plain(getattr(session, step["call"])(*step.get("with", [])))
        assert result == step.get("gives"), f"step {number}: {step}"
    if "ends" in case:
        assert json.loads(session.state.to_json()) == case["ends"]


def test_pauses_double_to_a_minute_and_begin_again_once_synced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = registered()
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)
    assert [session.pause() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    session.lost()
    assert session.pause() == 60
    session.received({"type": "synced"})
    session.lost()
    assert session.pause() == 1


def test_no_two_devices_pause_alike() -> None:
    pauses = {registered().pause() for _ in range(100)}
    assert len(pauses) > 90
    assert 0.5 <= min(pauses) < 0.8
    assert 1.2 < max(pauses) <= 1.5


def test_memory_is_bounded_and_the_newest_stay() -> None:
    session = registered()
    for number in range(KEPT_IDS + 5):
        assert session.received({"type": "notify", "push_id": str(number), "seq": number}).kind is Kind.NEW
        session.report(str(number), "clicked")
    assert len(session.state.seen) == KEPT_IDS
    assert len(session.state.unacknowledged) == KEPT_EVENTS
    assert session.received({"type": "notify", "push_id": "5", "seq": 5}).kind is Kind.REPEATED
    assert session.received({"type": "notify", "push_id": "4", "seq": 4}).kind is Kind.NEW


def test_many_kept_events_are_reported_in_messages_the_server_takes() -> None:
    session = registered()
    for number in range(KEPT_EVENTS):
        session.report(str(10**17 + number), "cleared")
    reports = session.connected()[1:]
    assert sum(len(report.body) for report in reports) == KEPT_EVENTS  # type: ignore[arg-type, misc]
    assert all(len(json.dumps(report.body)) <= 64 * 1024 for report in reports)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"token": 1}'])
def test_a_state_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any
        State.from_json(text)
