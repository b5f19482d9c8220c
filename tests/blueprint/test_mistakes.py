"""A workspace with a mistake on nearly every line: all are listed at once, each at its place, each with a way out."""

from __future__ import annotations

from orchestrator.blueprint import load

KAIROS = b"""\
locale: english
attributes:
  age: {type: intger}
  points: {type: integer, fresh: 7}
  genre: {type: string, sensitve: true}
  seen: {fresh: 3d}
moments:
  ready: {data: {tracks: whole}}
  ready: {}
purposes:
  marketing: {consent: marktet}
  service: {consent: none, caps: none}
caps:
  - {limit: -1, per: 7d}
  - {limit: 1, per: 7 days}
  - {limit: yes, per: day, purpose: promo}
quiet_hours: {from: "21:00", until: "21:00"}
providers:
  emial: [{adaptor: smtp}]
tone: friendly
"""
MARKETS = b"""\
NO: {timezone: Europe/Olso, currency: NKR}
ID: {consent: {email: maybe}, locales: []}
FR: &fr {quiet_hours: never}
"""
SEGMENTS = b"""\
young: {where: "age < 18 and old(3)"}
rich: {where: "pionts > 100"}
odd: tenure
"""
NEWS = b"""\
campaign: letter
purpose: promo
markets: [NO, IDN]
segment: yung
identify: [genre, gener]
moment: {on: ready, every: "mon 07:30", expires: 12}
channel: [push, sms, pigeon]
tactic: {template: ../secrets}
holdout: 50
priority: high
"""
BROKEN = b"""\
campaign: broken
moment: {on: ready
channel: push
"""
EXPECTED = """
campaigns/broken.yaml:3:8 yaml.syntax
campaigns/news.yaml:1:11 campaign.file_name
campaigns/news.yaml:2:10 purpose.unknown
campaigns/news.yaml:3:15 market.unknown
campaigns/news.yaml:4:10 segment.unknown
campaigns/news.yaml:5:19 attribute.unknown
campaigns/news.yaml:6:9 schema.value
campaigns/news.yaml:6:50 schema.value
campaigns/news.yaml:7:22 channel.unknown
campaigns/news.yaml:8:20 schema.value
campaigns/news.yaml:9:10 schema.value
campaigns/news.yaml:10:11 schema.value
kairos.yaml:1:9 schema.value
kairos.yaml:3:15 schema.value
kairos.yaml:4:34 schema.value
kairos.yaml:5:25 schema.unknown_key
kairos.yaml:6:3 schema.missing
kairos.yaml:8:26 schema.value
kairos.yaml:9:3 yaml.syntax
kairos.yaml:11:24 schema.value
kairos.yaml:12:34 schema.value
kairos.yaml:14:13 schema.value
kairos.yaml:15:21 schema.value
kairos.yaml:16:13 schema.value
kairos.yaml:16:37 purpose.unknown
kairos.yaml:17:14 schema.value
kairos.yaml:19:3 channel.unknown
kairos.yaml:19:11 schema.missing
kairos.yaml:20:1 schema.unknown_key
markets.yaml:1:16 schema.value
markets.yaml:1:39 schema.value
markets.yaml:2:23 schema.value
markets.yaml:2:40 schema.value
markets.yaml:3:5 yaml.syntax
markets.yaml:3:23 schema.value
segments.yaml:1:30 condition.syntax
segments.yaml:2:16 condition.name
segments.yaml:3:6 schema.value
"""
FILES = {
    "kairos.yaml": KAIROS,
    "markets.yaml": MARKETS,
    "segments.yaml": SEGMENTS,
    "campaigns/news.yaml": NEWS,
    "campaigns/broken.yaml": BROKEN,
    "templates/hi/push.txt": b"",
}


def test_every_mistake_is_listed_at_its_place_in_order() -> None:
    result = load(FILES)
    assert result.workspace is None
    found = [f"{p.file}:{p.line}:{p.column} {p.code}" for p in result.problems]
    assert sorted(found) == sorted(EXPECTED.split("\n")[1:-1])
    assert list(result.problems) == sorted(result.problems)


def test_a_problem_is_written_as_compilers_do() -> None:
    problem = next(p for p in load(FILES).problems if p.line == 3 and p.file == "kairos.yaml")
    assert str(problem).startswith("kairos.yaml:3:15: error schema.value Expected 'string', 'integer',")
    assert str(problem).endswith("found the text 'intger'. Did you mean 'integer'?")


def test_every_message_is_a_sentence() -> None:
    for problem in load(FILES).problems:
        assert problem.message[0].isupper() or problem.message[0] in "'`", problem
        assert problem.message.endswith((".", "?")), problem
