"""Every code that a finding may have, and what it means. Codes are stable: add, never rename; sentences may improve."""

from __future__ import annotations

from collections.abc import Mapping

BLUEPRINTS: Mapping[str, str] = {
    "yaml.syntax": "The file is no YAML, or YAML that does not say plainly what it means.",
    "schema.missing": "A key that must be there is not.",
    "schema.unknown_key": "A key that nothing reads.",
    "schema.value": "A value of another kind, or in another form, than is expected.",
    "condition.syntax": "A condition that cannot be read.",
    "condition.name": "A name in a condition that nothing bears, or a comparison that is never true.",
    "purpose.unknown": "A purpose that is not declared.",
    "channel.unknown": "A channel that there is not.",
    "market.unknown": "A market that is not in markets.yaml.",
    "moment.unknown": "A moment that is not declared.",
    "segment.unknown": "A segment that is not in segments.yaml.",
    "topic.unknown": "A topic that has no label in kairos.yaml.",
    "template.unknown": "A tactic without a folder below templates/.",
    "attribute.unknown": "An attribute that is not declared, in a blueprint or a template.",
    "attribute.name": "An attribute that no condition can name.",
    "attribute.sensitive": "A sensitive attribute that a campaign uses without naming it under `identify`.",
    "campaign.duplicate": "Two campaigns share a name.",
    "campaign.file_name": "A campaign is called otherwise than its file.",
    "provider.secret_missing": "A provider's secret is not in the environment.",
    "provider.secret_written": "A secret stands in the file.",
    "links.local": "A real provider, while links lead to this machine.",
    "market.loosened": "A market's entry is less strict than the built-in rule that it replaces.",
    "market.no_country": "A market whose name is nearly a country's code.",
    "market.zone_unknown": "A market whose time zone nobody knows.",
    "file.missing": "The folder has no kairos.yaml.",
    "file.unread": "A YAML or PO file that nothing reads.",
}
"""What the YAML files say."""

TEMPLATES: Mapping[str, str] = {
    "template.syntax": "The template is not of the template language.",
    "template.unsafe": "Something that could do harm, or grow without bound.",
    "template.filter": "A filter or a test that there is not.",
    "template.name": "A name that nothing gives, or a file whose name says what it cannot be.",
    "template.block": "A block that is printed nowhere, stands twice, or should be filled in.",
    "template.stray": "Text outside of all blocks, which is printed nowhere.",
    "template.not_found": "A file, or something in it, that is not there.",
    "template.recursion": "Templates that go round in circles.",
    "template.string": "A text for translators that is no literal, or that holds a value which the template does not give.",
    "template.foreign": "What other template languages, HTML in a plain text, or a merge have left.",
    "template.place": "A value where no escaping makes it safe.",
    "template.channel": "A file whose name is nearly that of a channel.",
    "template.unused": "A tactic, a variation or a file that no message is made of.",
    "channel.no_template": "A channel on which a campaign has nothing to say.",
    "link.scheme": "A link that mail programs and phones do not follow.",
    "whatsapp.variables": "What an approved template is filled with is not what its preview shows.",
}
"""What stands in the templates."""

VALUES: Mapping[str, str] = {
    "data.unknown": "A field that the campaign's moment does not declare.",
    "term.unknown": "A term that no market has.",
    "value.unknown": "Something that is not given to templates.",
    "data.optional": "A message cannot do without a field that its moment does not require.",
    "attribute.optional": "A message cannot do without an attribute that its campaign does not name under `identify`.",
    "term.optional": "A message cannot do without a term that one of its markets lacks.",
    "value.optional": "A message cannot do without something else that may be missing.",
    "value.kind": "Something is done with a value that its kind does not allow.",
    "value.unwritten": "A date or a truth is printed as machines write it.",
    "term.never": "A term is compared with what no market says.",
    "term.unread": "A term that no template reads, with nearly the name of one that some do.",
    "content.missing_data": "A field that the channel needs comes out empty.",
    "content.too_long": "A message is longer than the channel or the workspace allows, with everyday values.",
    "content.error": "A message cannot be rendered.",
}
"""What becomes of a person's values."""

CATALOGS: Mapping[str, str] = {
    "catalog.locale": "A folder that is not named for a locale, or a second one for the same.",
    "catalog.missing": "A market lists a locale that nothing is translated into.",
    "catalog.syntax": "The file is no PO file.",
    "catalog.charset": "The file is not in the charset that it names.",
    "catalog.header": "The header names no charset, or another language than the folder.",
    "catalog.mark": "The file begins with a byte order mark.",
    "catalog.plural_rule": "A Plural-Forms header that gives no form for some number.",
    "catalog.plural_forms": "A translation without all of its plural forms.",
    "catalog.placeholder": "A placeholder too many, too few, or misspelt.",
    "catalog.percent": "A lone percent sign in a text with placeholders.",
    "catalog.markup": "Markup that the source text does not have.",
    "catalog.duplicate": "A string that is in the catalog twice.",
    "catalog.fuzzy": "A translation that somebody has to look at, and that is not used until then.",
    "catalog.empty": "A string that is not translated.",
    "string.untranslated": "A string that a catalog, or most of them, does not have.",
    "string.unmarked": "A sentence that no translator sees, in a message that is translated else.",
    "string.stale": "A string that no template has any more.",
    "string.plural": "A plural that is one thing in the template and another in the catalog.",
    "string.grown": "A translation over 30% longer than its source that no longer fits where readers see it.",
}
"""What translators wrote."""

CODES: Mapping[str, str] = {**BLUEPRINTS, **TEMPLATES, **VALUES, **CATALOGS}
