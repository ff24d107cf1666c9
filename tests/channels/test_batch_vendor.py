"""What vendors with many tokens a request share."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from rockdove.channels.batch_vendor import form, notify_id, short_id
from tests.channels.batches import PUSH_ID, batch


def test_pushes_do_not_take_each_other_s_place() -> None:
    """Ids made one after the other, and half a second apart, differ in their highest or lowest bits only."""
    ids = [PUSH_ID + far * 2**31 + near for far in range(100) for near in range(100)]
    assert len({notify_id(batch(push_id=number)) for number in ids}) == len(ids)
    assert len({short_id(number, 8) for number in ids}) == len(ids)


def test_a_repeat_and_a_collapse_id_do() -> None:
    assert notify_id(batch(push_id=1)) == notify_id(batch(push_id=1)) < 2**31
    first, second = (replace(batch(push_id=number), collapse_id=7) for number in (1, 2))
    assert notify_id(first) == notify_id(second)


def test_as_many_digits_as_the_vendor_takes() -> None:
    assert [len(short_id(PUSH_ID, digits)) for digits in (8, 12)] == [8, 12]


@given(st.dictionaries(st.text(), st.text() | st.text("abcXYZ019+/=,;:%_.-~ &嗨")))
def test_a_form_is_what_urllib_makes_of_it(members: dict[str, str]) -> None:
    assert form(members) == urlencode(members).encode()


def test_a_list_of_tokens() -> None:
    members = {"registration_id": ",".join(f"ab+/{number}==" for number in range(1000)), "title": "半价 100%"}
    assert form(members) == urlencode(members).encode()
