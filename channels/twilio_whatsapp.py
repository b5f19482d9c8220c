"""WhatsApp by Twilio's Messages API; see `channels.twilio` for what its channels share.

Outside the 24 hours that a person's message opens, Meta takes only templates that it has approved; Twilio knows each, in each
language, by a content SID. The workspace names a template (`welcome`), the settings say which SID it has:

    templates: {welcome: {id: HX…, pt_BR: HX…}, order_shipped: HX…}

A template is looked up in exactly the message's locale: another language's would not be what was previewed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson
from pydantic import Field

from channels.base import Unsupported
from channels.numbers import body_of
from channels.twilio import LONGEST, Twilio, TwilioSettings
from channels.whatsapp import FIELDS, assert_free, variables
from orchestrator.model import Outgoing

_SID = re.compile(r"HX[0-9a-fA-F]{32}")


class TwilioWhatsAppSettings(TwilioSettings):
    """`templates` maps a template's name to its content SID, or to one for each locale."""

    templates: Mapping[str, str | Mapping[str, str]] = Field(default_factory=dict)


class TwilioWhatsApp(Twilio[TwilioWhatsAppSettings]):
    """An approved template with its variables, or free text where the person has just written."""

    channels = ("whatsapp",)
    carries = FIELDS
    model = TwilioWhatsAppSettings
    prefix = "whatsapp:"

    def content(self, message: Outgoing) -> dict[str, str]:
        """The template, if the message names one; what surrounds its body was approved with it, and is only previewed."""
        fields = message.content.fields
        if not fields.get("template"):
            return _free(message)
        sid = self._sid(str(fields["template"]).strip(), message.locale)
        named = variables(fields.get("variables"))
        return {"ContentSid": sid} | ({"ContentVariables": orjson.dumps(named).decode()} if named else {})

    def _sid(self, template: str, locale: str) -> str:
        known = self.settings.templates.get(template, template)
        sid = known if isinstance(known, str) else known.get(locale, "")
        if not _SID.fullmatch(sid):
            raise Unsupported(f"no content SID is set for the template {template!r} in {locale}; see `templates`")
        return sid


def _free(message: Outgoing) -> dict[str, str]:
    """Free text, and perhaps an image."""
    fields = message.content.fields
    assert_free(fields)
    body = {"Body": body_of(message, LONGEST)}
    return body | ({"MediaUrl": str(fields["image"])} if fields.get("image") else {})
