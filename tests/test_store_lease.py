"""Leases, the audit chain: only one works, and what people did cannot be rewritten unseen."""

import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from store_kit import a_store, at

from pipeline.store.audit import append_audit, last_link, verify_audit
from pipeline.store.engine import reading, writing
from pipeline.store.lease import Lease, LeaseLost, check_fence

TTL = timedelta(seconds=30)


@pytest.fixture
def engine():
    return a_store().engine


def test_only_one_holder_at_a_time(engine):
    """While the first holds it nobody else gets it; after its end, or its release, the next one does."""
    one, two = Lease(engine, "sender", "one"), Lease(engine, "sender", "two")
    fence = one.acquire(at(), TTL)
    assert fence == 1
    assert two.acquire(at() + TTL / 2, TTL) is None
    assert one.renew(fence, at() + TTL / 2, TTL)
    assert two.acquire(at() + TTL, TTL) is None
    assert two.acquire(at() + 2 * TTL, TTL) == 2
    assert not one.renew(fence, at() + 2 * TTL, TTL)
    assert two.release(2, at() + 2 * TTL)
    assert one.acquire(at() + 2 * TTL, TTL) == 3


def test_a_fence_only_grows_and_the_old_one_is_refused(engine):
    """A holder that comes back, even under the same name, has a new fence; writing under the old one fails."""
    lease = Lease(engine, "worker", "same")
    first, second = lease.acquire(at(), TTL), lease.acquire(at(), TTL)
    assert (first, second) == (1, 2)
    with writing(engine) as connection:
        check_fence(connection, "worker", 2)
        with pytest.raises(LeaseLost, match="another process holds"):
            check_fence(connection, "worker", 1)


def test_leases_of_different_names_do_not_meet(engine):
    """Worker and sender may be two processes."""
    assert Lease(engine, "worker", "one").acquire(at(), TTL) == 1
    assert Lease(engine, "sender", "two").acquire(at(), TTL) == 1


def write_three(engine):
    with writing(engine) as connection:
        for n, what in enumerate(("login", "open_link", "forget")):
            append_audit(connection, at(n), "officer", what, f"e{n}", "why: 原因")


def test_an_untouched_trail_is_whole(engine):
    """The chain of an empty and of a written trail verifies."""
    with reading(engine) as connection:
        assert verify_audit(connection) is None
        assert last_link(connection) == ""
    write_three(engine)
    with reading(engine) as connection:
        assert verify_audit(connection) is None
        assert len(last_link(connection)) == 64


@pytest.mark.parametrize(
    ("tampering", "first_bad"),
    [
        ("UPDATE audit SET who = 'nobody' WHERE n = 2", 2),
        ("UPDATE audit SET at = '2026-01-01T00:00:00.000000Z' WHERE n = 1", 1),
        ("DELETE FROM audit WHERE n = 2", 3),
        ("UPDATE audit SET chain = 'x' WHERE n = 3", 3),
        ("INSERT INTO audit SELECT 9, at, who, what, target, detail, chain FROM audit WHERE n = 3", 9),
    ],
)
def test_a_trail_that_was_touched_says_where(engine, tampering, first_bad):
    """Changed, deleted and slipped-in rows break the chain at their place."""
    write_three(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql(tampering)
    with reading(engine) as connection:
        assert verify_audit(connection) == first_bad


def test_a_killed_holder_of_this_machine_is_followed_at_once(engine):
    """After a kill nobody waits for the lease of a dead process to run out; a living one keeps it."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    holder = f"{socket.gethostname()}:{child.pid}"
    assert Lease(engine, "worker", holder).acquire(at(), TTL) == 1
    assert Lease(engine, "worker", "other:1").acquire(at(), TTL) is None
    child.kill()
    child.communicate()
    assert Lease(engine, "worker", "other:1").acquire(at(), TTL) == 2
