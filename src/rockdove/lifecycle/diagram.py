"""The state table as a picture, in Mermaid's notation; docs/internals/lifecycle.md holds what `diagram()` gives."""

from __future__ import annotations

from rockdove.lifecycle.states import MOVES, State


def diagram() -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {State.INIT}"]
    lines += [f"    {state} --> {to}" for state in State for to in sorted(MOVES[state])]
    lines += [f"    {state} --> [*]" for state in State if not MOVES[state]]
    return "\n".join(lines)
