"""The stores in memory: complete, and shipped, for replay, preview and tests. They keep the ports' word while they live."""

from orchestrator.stores.memory.desk import MemoryDesk
from orchestrator.stores.memory.health import MemoryHealth
from orchestrator.stores.memory.records import MemoryRecords
from orchestrator.stores.memory.touches import MemoryTouches

__all__ = ["MemoryDesk", "MemoryHealth", "MemoryRecords", "MemoryTouches"]
