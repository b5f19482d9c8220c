"""How much is taken on, unless whoever runs the house says otherwise."""

RATE = 500.0  # requests a second of one key, on average
BURST = 1000  # requests of one key at once
ROOM = 100_000  # moments that may wait to be decided
