"""A nonce counts once, for every process, until its token would have expired anyway."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from runtime_app.db.database import Database
from runtime_app.errors import Unauthorized
from runtime_app.security.nonces import NonceStore
from tests.support.postgres import PATIENCE_S, Session, session, until_blocked
from tests.support.secrets import planted

SOON_S = int(time.time()) + 60


@pytest.fixture
def nonces(db: Database) -> NonceStore:
    return NonceStore(db)


def passes(nonces: NonceStore, nonce: str) -> bool:
    try:
        nonces.use(nonce, SOON_S)
    except Unauthorized:
        return False
    return True


def test_a_nonce_that_is_a_credential_passes_once_and_is_not_kept(
    nonces: NonceStore, owner: Session
):
    key, other = planted()["model key"], planted()["model key"]
    assert passes(nonces, key)
    assert not passes(nonces, key)
    assert passes(nonces, other)
    kept = [nonce for (nonce,) in owner.rows("select nonce from runtime.auth_nonces")]
    assert len(kept) == 2
    assert all(nonce.startswith("[redacted:api_key:") for nonce in kept)


def test_a_nonce_passes_once(nonces: NonceStore, db: Database):
    assert passes(nonces, "n1")
    assert not passes(nonces, "n1")
    assert not passes(NonceStore(db), "n1")
    assert passes(nonces, "n2")


def test_a_refusal_says_what_to_do(nonces: NonceStore):
    nonces.use("n1", SOON_S)
    with pytest.raises(Unauthorized, match="mint a new one for each request"):
        nonces.use("n1", SOON_S)


def test_of_many_at_the_same_instant_exactly_one_passes(nonces: NonceStore):
    together = Barrier(8)

    def use(nonce: str) -> bool:
        together.wait(PATIENCE_S)
        return passes(nonces, nonce)

    with ThreadPoolExecutor(8) as threads:
        for n in range(20):
            assert sum(threads.map(use, [f"n{n}"] * 8)) == 1


def test_a_second_use_waits_for_the_first_to_be_decided(
    nonces: NonceStore, owner: Session, database_url: str
):
    remember = "insert into runtime.auth_nonces values ('n1', now() + interval '1 minute')"
    with ThreadPoolExecutor(1) as other, session(database_url, autocommit=False) as first:
        first.run(remember)
        second = other.submit(passes, nonces, "n1")
        until_blocked(owner)
        assert not second.done()
        first.commit()
        assert second.result(PATIENCE_S) is False


def test_a_nonce_is_forgotten_a_minute_after_its_token_has_expired(
    nonces: NonceStore, owner: Session
):
    for age_s in (-60, 30, 90):
        nonces.use(f"expired {age_s} s ago", int(time.time()) - age_s)

    assert nonces.prune() == 1
    kept = owner.rows("select nonce from runtime.auth_nonces order by expires_at")
    assert kept == [("expired 30 s ago",), ("expired -60 s ago",)]
    assert nonces.prune() == 0


def test_what_is_remembered_is_not_written_to_the_servers_journal(owner: Session):
    persistence = owner.value(
        "select relpersistence from pg_class where oid = 'runtime.auth_nonces'::regclass"
    )
    assert persistence == "u"
