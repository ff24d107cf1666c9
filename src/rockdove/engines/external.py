"""A NATS server that somebody else runs: what we need to be told about it."""

from __future__ import annotations

from rockdove.config import ConfigError
from rockdove.config import Nats as NatsSettings
from rockdove.engines.errors import CredentialError
from rockdove.engines.jwt import claims_of
from rockdove.engines.keys import key_pair, public_key

NEEDED = {
    "account_seed": "the seed (SA…) of the account devices live in; it signs their credentials",
    "system_user_jwt": "the token of a user of the system account; presence is read with it",
    "system_user_seed": "the seed (SU…) of that user",
    "public_mqtt": "the address devices are told, e.g. mqtts://push.example.com:8883",
    "public_websocket": "the address devices are told, e.g. wss://push.example.com/mqtt",
}


def check_external_nats(settings: NatsSettings) -> None:
    """Raises ConfigError naming what is missing beside `nats.url`, or what it can't be."""
    for name, meaning in NEEDED.items():
        if not getattr(settings, name):
            raise ConfigError(f"nats.{name} is needed with nats.url: {meaning}")
    _public_of_seed("account_seed", settings.account_seed, "A")
    user = _public_of_seed("system_user_seed", settings.system_user_seed, "U")
    try:
        subject = claims_of(settings.system_user_jwt).get("sub")
    except CredentialError as error:
        raise ConfigError(f"nats.system_user_jwt: {error}") from None
    if subject != user:
        raise ConfigError("nats.system_user_seed is not the seed of the user in nats.system_user_jwt")


def _public_of_seed(name: str, seed: str, letter: str) -> str:
    try:
        public = public_key(key_pair(seed))
    except CredentialError as error:
        raise ConfigError(f"nats.{name}: {error}") from None
    if not public.startswith(letter):
        raise ConfigError(f"nats.{name} must begin with S{letter}; this seed begins with S{public[0]}")
    return public
