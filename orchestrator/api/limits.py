"""How much is taken on, unless whoever runs the house says otherwise."""

RATE = 500.0  # requests a second of one key, on average
BURST = 1000  # requests of one key at once
ROOM = 100_000  # moments that may wait to be decided
PATIENCE = 0.0  # seconds that a moment may wait before no more are taken on; 0: however long
