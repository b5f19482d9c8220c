"""An adapter whose provider is called over HTTP, one call for one message: fill in `request` and `accepted`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from channels.base import AdapterBase, Call
from channels.settings import RemoteSettings
from channels.transport import Answer, Unanswered, client, in_parallel, judged, too_late
from orchestrator.model import Delivery, Outgoing

SLOWEST = 1_000_000  # bytes a second that a large call may take on top of its timeout: an upload is not a silence
H = TypeVar("H", bound=RemoteSettings)


class Sends(Protocol):
    """What makes calls."""

    def send(self, call: Call, *, timeout: float) -> Answer:
        """Make the call within so many seconds.

        Raises:
            channels.transport.Unanswered: no answer came.
        """


class HttpAdapter(AdapterBase[H]):
    """Sends what `request` makes, reads a success by `accepted`, and leaves every other answer to `refused`."""

    def client(self) -> Sends:
        """What makes the calls: the process's client, unless the provider wants HTTP/2."""
        return client()

    def deliver(self, batch: Sequence[Outgoing]) -> list[Delivery]:
        """Many calls at a time, and none any more once it is plain that nobody answers."""
        return in_parallel(self.attempt, batch, too_late, is_fault=lambda outcome: outcome.is_fault)

    def hand_over(self, request: Any, message: Outgoing) -> Delivery:
        """One call, one outcome."""
        return self.exchange(request, lambda answer: self.refused(answer, message))

    def exchange(
        self,
        call: Call,
        refused: Callable[[Answer], Delivery] = judged,
        accepted: Callable[[Answer], Delivery] | None = None,
    ) -> Delivery:
        """Make the call and say what its answer means. What claims success and makes no sense is unknown."""
        try:
            answer = self.client().send(call, timeout=self.settings.timeout + len(call.body) / SLOWEST)
        except Unanswered as silence:
            return silence.delivery
        if not answer.good:
            return refused(answer)
        try:
            return (accepted or self.accepted)(answer)
        except (ValueError, LookupError, TypeError):
            return Delivery("unknown", detail=f"HTTP {answer.status} with an answer that makes no sense")

    @abstractmethod
    def accepted(self, answer: Answer) -> Delivery:
        """What a success means.

        Raises:
            ValueError, LookupError, TypeError: the answer is not one that the provider gives.
        """

    def refused(self, answer: Answer, message: Outgoing) -> Delivery:
        """What any other answer means; a provider with codes of its own says it better."""
        return judged(answer)
