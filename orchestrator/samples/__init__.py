"""Sample people and moments, made from what a workspace declares: what a preview shows without anybody's data.

declared types, names ──► values ──► likely values ──► fitting ──► Sample
conditions of the campaign ───────────────────────────────┘

values        a likely value of a type, by its name
boundaries    the values at which templates break
fitting       of all likely values those with which the campaign's conditions hold
people        whom a campaign means, and the moment that it waits for
"""

from orchestrator.samples.boundaries import boundaries
from orchestrator.samples.people import PERSON, Sample, Shapes, consents, sample
from orchestrator.samples.values import PLAIN, Shape, value

__all__ = ["PERSON", "PLAIN", "Sample", "Shape", "Shapes", "boundaries", "consents", "sample", "value"]
