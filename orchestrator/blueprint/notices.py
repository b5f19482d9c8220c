"""What the house writes itself where no campaign of the workspace does: it asks for a confirmation, and answers replies.

    consent.pending    a consent waits for the person's own confirmation
    reply.stop         somebody wrote STOP, and that ended something
    reply.help         somebody wrote HELP
    reply.start        somebody wrote START, and that took a STOP back

Such a moment happens on one channel, at one address, and its message goes there and nowhere else. A workspace answers
itself as soon as any of its campaigns listens to the moment; `channel: moment` is the channel that it happened on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from orchestrator.blueprint.types import FieldType, MomentType
from orchestrator.blueprint.workspace import Campaign, Trigger, Workspace

PENDING, STOPPED, HELPED, STARTED = "consent.pending", "reply.stop", "reply.help", "reply.start"
OF_USE = timedelta(days=1)
_CHANNEL = {"channel": FieldType("string", required=True)}
_SAID = MomentType({**_CHANNEL, "text": FieldType("string", required=True)})
_ASKED = MomentType(
    {**_CHANNEL, "purpose": FieldType("string", required=True), "confirmation": FieldType("string", required=True)}
)

BUILT_IN_MOMENTS: Mapping[str, MomentType] = {PENDING: _ASKED, STOPPED: _SAID, HELPED: _SAID, STARTED: _SAID}
"""What the house reports itself. No service need declare or send it. The address it carries besides is no text's business."""


def _notice(moment: str) -> Campaign:
    return Campaign(
        name=f"kairos.{moment}",
        purpose="transactional",
        moment=Trigger(on=moment, expires=OF_USE),
        channel="moment",
        template=moment,
        file="",
    )


BUILT_IN_CAMPAIGNS: Mapping[str, Campaign] = {one.name: one for one in map(_notice, BUILT_IN_MOMENTS)}
"""What the house has to say on them, by name: with templates and words of its own."""


def campaign(workspace: Workspace, name: str) -> Campaign | None:
    """A campaign of the workspace, or of the house."""
    return workspace.campaigns.get(name) or BUILT_IN_CAMPAIGNS.get(name)


def moment_type(workspace: Workspace, name: str) -> MomentType | None:
    """What a moment carries: as the workspace declares it, or as the house reports it."""
    return workspace.moments.get(name) or BUILT_IN_MOMENTS.get(name)
