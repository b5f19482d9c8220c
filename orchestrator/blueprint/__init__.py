"""What people write: YAML into checked, frozen values, and every mistake with its file, line and column.

load(files)      a workspace, and all problems of its YAML
lint(workspace, files)   only what cannot be meant, though it can be loaded
json_schema()    the shapes of the files, for editors
"""

from orchestrator.blueprint.clock import ClockRange
from orchestrator.blueprint.conditions import Condition, ConditionError, Names, Scope, compile_condition
from orchestrator.blueprint.linter import lint
from orchestrator.blueprint.loader import Loaded, load
from orchestrator.blueprint.markets import NOTICE, default_markets
from orchestrator.blueprint.problems import Problem, did_you_mean
from orchestrator.blueprint.schedule import Schedule
from orchestrator.blueprint.schema import json_schema
from orchestrator.blueprint.types import AttributeType, FieldType, MomentType, check_moment, check_value
from orchestrator.blueprint.workspace import (
    AllowedWindow,
    Campaign,
    Cap,
    Goal,
    Market,
    Provenance,
    Provider,
    Purpose,
    Sender,
    SmsLimits,
    Trigger,
    Workspace,
)

__all__ = [
    "NOTICE",
    "AllowedWindow",
    "AttributeType",
    "Campaign",
    "Cap",
    "ClockRange",
    "Condition",
    "ConditionError",
    "FieldType",
    "Goal",
    "Loaded",
    "Market",
    "MomentType",
    "Names",
    "Problem",
    "Provenance",
    "Provider",
    "Purpose",
    "Schedule",
    "Scope",
    "Sender",
    "SmsLimits",
    "Trigger",
    "Workspace",
    "check_moment",
    "check_value",
    "compile_condition",
    "default_markets",
    "did_you_mean",
    "json_schema",
    "lint",
    "load",
]
