"""The truth in SQL: SQLite on one machine, PostgreSQL in production, the same statements on both."""

from orchestrator.stores.sql.desk import SqlDesk, SqlRights
from orchestrator.stores.sql.records import SqlRecords

__all__ = ["SqlDesk", "SqlRecords", "SqlRights"]
