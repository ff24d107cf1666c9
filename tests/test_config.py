"""Configuration from the environment: a variable that is no setting is refused by name."""

from __future__ import annotations

import pytest

from rockdove.config import ConfigError, load

OF_A_SHELL = {
    "ROCKDOVE_CONFIG": "rockdove.toml",
    "ROCKDOVE_URL": "https://push.example.com",
    "ROCKDOVE_ACCESS_ID": "1500000001",
    "ROCKDOVE_ACCESS_KEY": "key",
    "ROCKDOVE_SECRET_KEY": "secret",
}


def test_what_the_command_line_reads_hinders_no_server() -> None:
    assert load(None, {**OF_A_SHELL, "ROCKDOVE_HTTP__PORT": "8081"}).http.port == 8081


@pytest.mark.parametrize("name", ["ROCKDOVE_URLS", "ROCKDOVE_HTTP__URL", "ROCKDOVE_PORT"])
def test_other_variables_are_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match=name.lower().rpartition("_")[2]):
        load(None, {name: "x"})
