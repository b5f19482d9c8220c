"""Deciding: pure. A case is put to an ordered tuple of gates; each answers with a finding, and all of them are the trace."""
