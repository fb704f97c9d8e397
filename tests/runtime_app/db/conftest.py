"""Tests of the database room make tables of their own, which only the owner may."""

import pytest


@pytest.fixture
def app_url(database_url: str) -> str:
    return database_url
