"""What a user may decide, and what they are told when it cannot be."""

from pathlib import Path

import pytest

from runtime_app.local.errors import StackError
from runtime_app.local.settings import LocalSettings

PROJECT = Path("/project")


def read(**environ: str) -> LocalSettings:
    return LocalSettings.from_environ(environ, PROJECT)


def test_nothing_needs_to_be_set():
    settings = read()

    assert settings.home.path == PROJECT / ".local"
    assert (settings.port, settings.flower_port, settings.ops_port) == (4000, 5555, 0)
    assert settings.page_port == 4001
    assert settings.database_url is settings.direct_url is settings.broker_url is None
    assert settings.signing_keys is settings.sanitizer_keys is None
    assert settings.model == "scripted/demo"
    assert "not a real model" in settings.model_in_words


def test_an_empty_value_is_not_given():
    assert read(DATABASE_URL="", OA_HOME="", OA_PORT="", OPENAI_API_KEY="") == read()


def test_the_direct_address_is_the_other_one_unless_given():
    one, other = "postgresql://a", "postgresql://b"
    assert read(DATABASE_URL=one).direct_url == one
    assert read(DATABASE_URL=one, OA_DATABASE_DIRECT_URL=other).direct_url == other
    with pytest.raises(StackError, match="DATABASE_URL is not"):
        read(OA_DATABASE_DIRECT_URL="postgresql://b")


@pytest.mark.parametrize("value", ["-1", "65536", "http", "4e3"])
def test_a_port_out_of_bounds_is_named(value: str):
    with pytest.raises(StackError, match=f"OA_PORT is '{value}'"):
        read(OA_PORT=value)


def test_a_model_is_real_once_there_is_a_key():
    assert "scripted" in read(OPENAI_BASE_URL="http://127.0.0.1:1/v1").model
    settings = read(OPENAI_API_KEY="sk-secret")

    assert settings.model == "openai/gpt-4o-mini"
    assert "secret" not in repr(settings)
    assert read(OPENAI_API_KEY="k", OA_DEFAULT_MODEL="openai/gpt-x").model == "openai/gpt-x"


def test_any_setting_that_is_wrong_is_told_before_anything_starts():
    with pytest.raises(StackError, match=r"OA_LEASE_TTL_S must be seconds, .*, not 'abc'"):
        read(OA_LEASE_TTL_S="abc")
    with pytest.raises(StackError, match="needs OPENAI_API_KEY"):
        read(OA_DEFAULT_MODEL="openai/gpt-x")


def test_two_servers_cannot_have_one_port():
    with pytest.raises(StackError, match="the same port"):
        read(OA_PORT="4310", OA_FLOWER_PORT="4310")
    with pytest.raises(StackError, match="OA_PAGE_PORT and OA_FLOWER_PORT are the same port"):
        read(OA_PORT="4310", OA_FLOWER_PORT="4311")
    assert read(OA_PORT="0", OA_FLOWER_PORT="0").port == 0


def test_the_page_is_beside_the_api_unless_told_otherwise():
    assert read(OA_PORT="4310").page_port == 4311
    assert read(OA_PORT="0").page_port == 0
    assert read(OA_PORT="0", OA_PAGE_PORT="4400").page_port == 4400
