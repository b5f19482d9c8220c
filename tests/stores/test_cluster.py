"""Touches in a real Redis Cluster of three nodes: hash tags keep what belongs together on one node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis, RedisCluster
from redis.exceptions import RedisError

from orchestrator.model import Touch
from orchestrator.ports import Away, Change
from orchestrator.stores import embedded
from orchestrator.stores.redis_touches import CLUSTERED, SLOTS, RedisTouches, connect_touches, slots_at
from tests.conftest import HORIZON
from tests.stores.builders import NOW
from tests.waiting import until

NODES, LAST = 3, 16383
PEOPLE = [f"u{number}" for number in range(400)]

pytestmark = pytest.mark.slow


class Cluster:
    """Nodes on loopback, each with a third of the hash slots."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.ports = [embedded._free_port() for _ in range(NODES)]
        self.buses = {port: embedded._free_port() for port in self.ports}  # on which nodes talk to each other
        self.processes = [self._start(folder / str(port), port, stack) for port in self.ports]
        self.clients = [stack.enter_context(Redis(port=port)) for port in self.ports]
        for place, client in enumerate(self.clients):
            until(lambda client=client: _answers(client))
            first, after = (LAST + 1) * place // NODES, (LAST + 1) * (place + 1) // NODES
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, after - 1)
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", place + 1)
        for client in self.clients[1:]:
            client.execute_command("CLUSTER MEET", "127.0.0.1", self.ports[0], self.buses[self.ports[0]])
        until(lambda: all(b"cluster_state:ok" in one.execute_command("CLUSTER INFO") for one in self.raw()), 30)
        self.url = f"{CLUSTERED}127.0.0.1:{self.ports[0]}"

    def raw(self) -> list[Redis]:
        """A client of each node, that takes answers as they come."""
        for client in self.clients:
            client.response_callbacks.clear()
        return self.clients

    def _start(self, folder: Path, port: int, stack: ExitStack) -> subprocess.Popen[bytes]:
        folder.mkdir()
        words = {
            "port": port, "bind": "127.0.0.1", "cluster-enabled": "yes", "cluster-port": self.buses[port],
            "dir": folder, "save": "", "cluster-config-file": "nodes.conf", "cluster-node-timeout": 2000,
        }  # fmt: skip
        options = [word for name, value in words.items() for word in (f"--{name}", str(value))]
        process = subprocess.Popen([embedded._redis_program(), *options], stdout=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.kill)
        return process


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of this module's own."""
    with ExitStack() as stack:
        yield Cluster(tmp_path_factory.mktemp("cluster"), stack)


@pytest.fixture
def touches(cluster: Cluster) -> Iterator[RedisTouches]:
    """An empty hot state, rebuilt with one touch a person."""
    client = connect_touches(cluster.url)
    assert isinstance(client, RedisCluster)
    client.flushall(target_nodes=RedisCluster.PRIMARIES)
    with client:
        yield RedisTouches(
            client, lambda people, since: {one: (touch(one, 0),) for one in people}, HORIZON, slots_at(cluster.url)
        )


def touch(person: str, number: int) -> Touch:
    """A touch of a person."""
    return Touch(f"{person}-{number}", NOW - timedelta(minutes=number), "email", "marketing", "news")


def test_people_are_spread_over_the_nodes_and_claims_hold(cluster: Cluster, touches: RedisTouches) -> None:
    """Read, swapped once and not twice, forgotten; as on one node."""
    before = touches.snapshot(PEOPLE, now=NOW)
    assert {snapshot.touches for snapshot in before.values()} == {(touch(one, 0),) for one in PEOPLE}
    assert len({snapshot.era for snapshot in before.values()}) == SLOTS
    changes = [Change(one, before[one].version, (*before[one].touches, touch(one, 1))) for one in PEOPLE]
    assert touches.swap(changes, now=NOW) == [True] * len(PEOPLE)
    late = [Change(one, before[one].version, ()) for one in PEOPLE]
    assert touches.swap(late, now=NOW) == [False] * len(PEOPLE)
    assert len(touches.snapshot(PEOPLE, now=NOW)["u7"].touches) == 2
    assert all(int(client.execute_command("DBSIZE")) > 50 for client in cluster.raw())
    touches.forget("u7")
    assert touches.snapshot(["u7"], now=NOW)["u7"].touches == (touch("u7", 0),)


def test_a_node_that_comes_back_empty_begins_new_eras_for_its_slots_alone(
    cluster: Cluster, touches: RedisTouches
) -> None:
    """Its people are rebuilt, what was claimed there before is refused, and nobody else's is touched."""
    before = touches.snapshot(PEOPLE, now=NOW)
    swapped = [Change(one, before[one].version, (touch(one, 5),)) for one in PEOPLE]
    assert all(touches.swap(swapped, now=NOW))
    cluster.clients[0].flushall()
    after = touches.snapshot(PEOPLE, now=NOW)
    lost = {one for one in PEOPLE if after[one].touches == (touch(one, 0),)}
    assert 0 < len(lost) < len(PEOPLE)
    assert {one for one in PEOPLE if after[one].era != before[one].era} == lost
    again = touches.swap([Change(one, before[one].version, ()) for one in sorted(lost)], now=NOW)
    assert again == [False] * len(lost)


def test_a_cluster_that_is_away_is_an_error_soon() -> None:
    """In the port's own word."""
    with pytest.raises(Away):
        connect_touches(f"{CLUSTERED}127.0.0.1:{embedded._free_port()}")
