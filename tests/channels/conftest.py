"""What the tests of adapters share."""

from collections.abc import Iterator

import pytest

from channels import transport

pytest.register_assert_rewrite("channels.contract")


@pytest.fixture(scope="session", autouse=True)
def _connections_are_closed() -> Iterator[None]:
    """The process's client gives back its sockets at the end."""
    yield
    transport.client().close()
