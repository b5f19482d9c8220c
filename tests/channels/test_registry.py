"""Adapters are found by name, and never by chance."""

from importlib.metadata import EntryPoint

import pytest

from channels import registry
from channels.base import Adapter
from channels.errors import Misconfigured
from channels.null import Null


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """The entry points that other packages would have registered."""
    found: list[EntryPoint] = []
    monkeypatch.setattr(registry, "_plugins", lambda: tuple(found))
    return found


def entry(name: str, value: str = "channels.null:Null") -> EntryPoint:
    return EntryPoint(name=name, value=value, group=registry.GROUP)


def test_every_built_in_name_leads_to_an_adapter_of_that_name_on_each_channel() -> None:
    """The table of names is kept true."""
    for name, served in registry.BUILT_IN.items():
        for channel in served:
            found = registry._class(name, channel)
            assert found.name == name
            assert channel in found.channels


def test_an_adapter_is_made_with_its_settings() -> None:
    """And fulfils the contract's shape."""
    assert isinstance(registry.adapter("null", "sms", {}), Adapter)


def test_a_misspelt_name_is_answered_with_the_likely_one() -> None:
    """Or with all there are."""
    with pytest.raises(Misconfigured, match="did you mean 'outbox'"):
        registry.adapter("outbx", "email", {})
    with pytest.raises(Misconfigured, match="there are apns, fcm, meta, null, outbox"):
        registry.adapter("pigeon-post", "email", {})


def test_a_plugin_is_an_adapter_like_any_other(plugins: list[EntryPoint]) -> None:
    """It is listed and made."""
    plugins.append(entry("pigeon"))

    assert "pigeon" in registry.names()
    assert isinstance(registry.adapter("pigeon", "sms", {}), Null)


def test_a_name_claimed_twice_is_refused(plugins: list[EntryPoint]) -> None:
    """By two plugins, or by one that takes a name of the house."""
    plugins += [entry("pigeon", "one:A"), entry("pigeon", "two:B"), entry("outbox", "three:C")]

    with pytest.raises(Misconfigured, match="claimed by one:A and two:B"):
        registry.adapter("pigeon", "sms", {})
    with pytest.raises(Misconfigured, match="built in"):
        registry.adapter("outbox", "sms", {})


def test_a_plugin_that_cannot_be_loaded_says_where_it_was_sought(plugins: list[EntryPoint]) -> None:
    """The cause is in the text."""
    plugins.append(entry("pigeon", "no_such_package:Pigeon"))

    with pytest.raises(Misconfigured, match=r"no_such_package:Pigeon.*No module named"):
        registry.adapter("pigeon", "sms", {})


def test_a_plugin_that_is_no_adapter_or_not_for_the_channel_says_so(plugins: list[EntryPoint]) -> None:
    """Before anything is sent through it."""
    plugins += [entry("odd", "channels.settings:Settings"), entry("fax", "channels.fcm:Fcm")]

    with pytest.raises(Misconfigured, match="it lacks name, channels, capabilities, build"):
        registry.adapter("odd", "sms", {})
    with pytest.raises(Misconfigured, match="does not serve sms; it serves push"):
        registry.adapter("fax", "sms", {})


def test_settings_are_checked_by_name_and_never_repeated() -> None:
    """Missing, unknown, empty and wrong ones are each told how to be mended; values stay out of it."""
    with pytest.raises(Misconfigured, match=r"`directory` is missing; `directry` is not a setting, did you mean"):
        registry.adapter("outbox", "email", {"directry": "secret-place"})
    with pytest.raises(Misconfigured, match="is its environment variable set") as refusal:
        registry.adapter("outbox", "email", {"directory": "", "from": "secret-place"})
    assert "`from` is not an e-mail address" in str(refusal.value)
    assert "secret-place" not in str(refusal.value)
