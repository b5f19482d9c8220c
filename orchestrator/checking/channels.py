"""Channels: that a campaign has something to say on each one that it names, and what WhatsApp approved is what we send."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.blueprint import Campaign
from orchestrator.blueprint.problems import Problem
from orchestrator.checking.names import has_known_names
from orchestrator.checking.subject import Message, Subject
from orchestrator.checking.values import Path, written
from orchestrator.checking.wording import counted
from orchestrator.model import CHANNELS


def without_template(subject: Subject) -> Iterator[Problem]:
    """Channels that a campaign names and that its tactic has no template for; markets in which it has none at all."""
    for campaign in subject.workspace.campaigns.values():
        there_are = subject.templates.channels(campaign.template)
        if there_are and isinstance(campaign.channel, tuple):
            yield from _named(subject, campaign, there_are)
        elif there_are:
            yield from _of_markets(subject, campaign, there_are)


def _named(subject: Subject, campaign: Campaign, there_are: frozenset[str]) -> Iterator[Problem]:
    for pattern in (("channel",), ("channel", "*")):
        for path, name in subject.sources.find(campaign.file, *pattern):
            if name in CHANNELS and name not in there_are:
                message = f"{campaign.template!r} has no template for {name}, so nobody is reached there. Write templates/{campaign.template}/{name}.…"
                yield subject.in_yaml(campaign.file, path, "warning", "channel.no_template", message)


def _of_markets(subject: Subject, campaign: Campaign, there_are: frozenset[str]) -> Iterator[Problem]:
    silent = [market.name for market in subject.markets(campaign) if not there_are & set(market.channels)]
    if silent:
        message = f"{campaign.template!r} has templates for {', '.join(sorted(there_are))} only, and {counted('market', silent)} uses none of these."
        yield subject.in_yaml(campaign.file, ("tactic", "template"), "warning", "channel.no_template", message)


def whatsapp_variables(subject: Subject) -> Iterator[Problem]:
    """What a WhatsApp template shows in its preview and not among its variables, or the other way round."""
    found: dict[Problem, None] = {}
    for message in subject.messages:
        approved = {"template", "variables", "body"} <= message.readings.keys()
        if message.channel == "whatsapp" and approved and has_known_names(subject, message):
            found |= dict.fromkeys(_differences(subject, message))
    yield from found


def whatsapp_unapproved(subject: Subject) -> Iterator[Problem]:
    """Variables that fill no approved template, since none is named."""
    positions = {
        message.linked.fields["variables"][0].lineno
        for message in subject.messages
        if message.channel == "whatsapp" and "template" not in message.linked.fields
        if message.linked.fields.get("variables")
    }
    for position in sorted(positions):
        said = "These variables fill no template: name the approved one in a block 'template'."
        yield subject.in_template(position, "warning", "whatsapp.variables", said)


def _differences(subject: Subject, message: Message) -> Iterator[Problem]:
    body, variables = _shown(message, "body"), _shown(message, "variables")
    for path in body.keys() - variables.keys():
        said = f"`{written(path)}` is in the body, but not among the variables: the approved template cannot show it."
        yield subject.at_name(body[path], "warning", "whatsapp.variables", said, path)
    for path in variables.keys() - body.keys():
        said = f"`{written(path)}` is among the variables, but not in the body: the preview does not show what is sent."
        yield subject.at_name(variables[path], "warning", "whatsapp.variables", said, path)


def _shown(message: Message, field: str) -> dict[Path, int]:
    """The values that a field prints, each with where it does."""
    quiet = ("ask", "equal", "order", "in", "default", "plural", "argument")
    return {use.path: use.position for use in message.readings[field].uses if use.role not in quiet}
