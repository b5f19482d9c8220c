"""What the tests of adapters share."""

from collections.abc import Iterator

import pytest

from channels import transport, transport_h2

pytest.register_assert_rewrite("channels.contract")


@pytest.fixture(scope="session", autouse=True)
def _connections_are_closed() -> Iterator[None]:
    """The process's clients give back their sockets at the end."""
    yield
    transport.client().close()
    transport_h2.client_h2().close()
