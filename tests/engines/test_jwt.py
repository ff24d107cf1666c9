"""Tokens: what we sign is what we accept, and nothing else."""

from __future__ import annotations

import base64
import time

import msgspec
import nkeys
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rockdove.engines.errors import CredentialError
from rockdove.engines.jwt import (
    LONGEST_TOKEN,
    claims_of,
    device_jwt,
    device_of_name,
    user_jwt,
    verify_device_jwt,
)
from rockdove.engines.keys import key_pair, new_user, public_key

LATER = int(time.time()) + 3600


def new_account() -> nkeys.KeyPair:
    return nkeys.from_seed(nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_ACCOUNT))


ACCOUNT = new_account()


def changed(token: str, **members: object) -> str:
    """The same token with other claims: the signature no longer fits."""
    header, _, signature = token.split(".")
    claims = msgspec.json.encode(claims_of(token) | members)
    return f"{header}.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.{signature}"


def test_a_token_gives_back_the_device_it_was_signed_for() -> None:
    name = verify_device_jwt(ACCOUNT, device_jwt(ACCOUNT, 1500000123, 4294967295, LATER))
    assert device_of_name(name) == (1500000123, 4294967295)


def test_a_token_allows_the_subjects_of_its_device_only() -> None:
    rights = claims_of(device_jwt(ACCOUNT, 15, 7, LATER))["nats"]
    assert rights["sub"] == {"allow": ["d.15.7"]}
    assert rights["pub"] == {"allow": ["r.15.7", "s.15.7"]}
    assert rights["bearer_token"] is True


def test_a_device_has_the_same_user_key_in_all_its_tokens() -> None:
    first, second = (claims_of(device_jwt(ACCOUNT, 15, 7, LATER + add)) for add in (0, 1))
    assert first["sub"] == second["sub"] != claims_of(device_jwt(ACCOUNT, 15, 8, LATER))["sub"]
    assert first["jti"] != second["jti"]


def test_a_token_is_good_until_its_last_second() -> None:
    token = device_jwt(ACCOUNT, 15, 7, 1_000_000)
    assert verify_device_jwt(ACCOUNT, token, now=999_999.9) == "15.7"
    with pytest.raises(CredentialError, match="expired"):
        verify_device_jwt(ACCOUNT, token, now=1_000_000)


@pytest.mark.parametrize("change", [{"name": "15.8"}, {"exp": LATER + 1}, {"iss": "A" * 56}])
def test_a_changed_token_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(CredentialError, match="not signed by this server"):
        verify_device_jwt(ACCOUNT, changed(device_jwt(ACCOUNT, 15, 7, LATER), **change))


def test_a_token_of_another_account_is_refused() -> None:
    other = nkeys.from_seed(nkeys.encode_seed(bytes(32), nkeys.PREFIX_BYTE_ACCOUNT))
    with pytest.raises(CredentialError, match="not signed by this server"):
        verify_device_jwt(ACCOUNT, device_jwt(other, 15, 7, LATER))


def test_the_token_of_a_process_is_no_device_token() -> None:
    with pytest.raises(CredentialError, match="not a device's"):
        verify_device_jwt(ACCOUNT, user_jwt(ACCOUNT, public_key(new_user()), "15.7"))


def test_a_token_of_another_algorithm_is_refused() -> None:
    _, claims, signature = device_jwt(ACCOUNT, 15, 7, LATER).split(".")
    header = base64.urlsafe_b64encode(b'{"typ":"JWT","alg":"none"}').rstrip(b"=").decode()
    with pytest.raises(CredentialError, match="not a NATS JWT"):
        verify_device_jwt(ACCOUNT, f"{header}.{claims}.{signature}")


@given(st.text() | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,90}", fullmatch=True))
def test_whatever_is_no_token_is_refused_in_words(text: str) -> None:
    with pytest.raises(CredentialError):
        verify_device_jwt(ACCOUNT, text)


def test_an_endless_token_is_not_looked_at() -> None:
    with pytest.raises(CredentialError):
        claims_of("a." * LONGEST_TOKEN)


@pytest.mark.parametrize("name", ["", "15", "15.", ".7", "15.7.1", "15.-7", "１５.7", "rockdove worker", "15.7\n"])
def test_other_names_are_no_devices(name: str) -> None:
    assert device_of_name(name) is None


@pytest.mark.parametrize(
    "seed", ["", "SU", "hello", "é", "S" * 58, "SUAKZT74ATXAGPITC6URIWEG4QMWJ3ZW7M3JMGXDWVX7BDIBA542TOTWKA"]
)
def test_what_is_no_seed_is_refused(seed: str) -> None:
    with pytest.raises(CredentialError):
        key_pair(seed)


def test_a_seed_gives_back_its_key() -> None:
    user = new_user()
    assert public_key(key_pair(user.seed.decode())) == public_key(user)
    assert public_key(user).startswith("U")
