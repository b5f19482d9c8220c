"""The description of the service, for this very workspace: its moments, attributes, purposes and campaigns are in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from orchestrator import samples
from orchestrator.api.problems import PROBLEMS, TYPE
from orchestrator.api.shapes import WHOLE, YEAR
from orchestrator.blueprint import MomentType, Workspace
from orchestrator.blueprint.codes import currencies
from orchestrator.blueprint.types import TypeName
from orchestrator.decision.consent import EVERY, ledger_purposes

Schema = dict[str, Any]

JSON: Schema = {"$ref": "#/components/schemas/Json"}
TEXT: Schema = {"type": "string", "pattern": WHOLE}
INTEGER: Schema = {
    "type": "integer",
    "minimum": -(2**63),
    "maximum": 2**63 - 1,
    "description": "Written without a point.",
}
OBJECT: Schema = {"type": "object", "additionalProperties": JSON, "propertyNames": TEXT}
LIST: Schema = {"type": "array", "items": JSON}
NULL: Schema = {"type": "null"}
ANYTHING: Schema = {
    "description": "Any JSON; texts without U+0000, whole numbers of 64 bits, no deeper than 64 levels.",
    "anyOf": [NULL, {"type": "boolean"}, INTEGER, {"type": "number"}, TEXT, LIST, OBJECT],
}
_AMOUNT = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^-?[0-9]{1,30}(\\.[0-9]{1,30})?$"}]}
TYPES: Mapping[TypeName, Schema] = {
    "string": TEXT,
    "integer": INTEGER,
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "money": {
        "anyOf": [
            {"type": "number"},
            {
                "type": "object",
                "required": ["amount", "currency"],
                "properties": {"amount": _AMOUNT, "currency": {"enum": sorted(currencies())}},
            },
        ]
    },
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "geo": {
        "type": "object",
        "required": ["lat", "lon"],
        "properties": {
            "lat": {"type": "number", "minimum": -90, "maximum": 90},
            "lon": {"type": "number", "minimum": -180, "maximum": 180},
        },
    },
    "list": LIST,
    "object": OBJECT,
}
"""What a value of each of a workspace's types looks like."""

PROBLEM: Schema = {
    "description": "What is answered instead (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [TYPE + code for code in PROBLEMS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body."},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string", "description": "What was expected, and what was found."},
                },
            },
        },
    },
}


def described(service: FastAPI, workspace: Workspace, channels: Iterable[str]) -> dict[str, Any]:
    """The OpenAPI document; made once."""
    if service.openapi_schema is None:
        document = get_openapi(
            title=service.title, version=service.version, description=service.description, routes=service.routes
        )
        schemas = document["components"]["schemas"]
        schemas |= {"Problem": PROBLEM, "Json": ANYTHING}
        _tell_of_moments(schemas, workspace)
        _tell_of_people(schemas, workspace)
        _tell_of_consents(schemas, workspace, sorted(channels))
        _tell_of_previews(schemas, workspace, sorted(channels))
        service.openapi_schema = document
    return service.openapi_schema


def _tell_of_moments(schemas: dict[str, Schema], workspace: Workspace) -> None:
    general = schemas["Moment"]
    if kinds := [_moment(general, name, kind) for name, kind in workspace.moments.items()]:
        schemas["Moment"] = {"description": general["description"], "oneOf": kinds, "examples": [_happened(workspace)]}
    schemas["Happened"]["properties"]["data"] = _or_null(OBJECT)


def _moment(general: Schema, name: str, kind: MomentType) -> Schema:
    """The shape of moments of one kind."""
    data: Schema = {
        "type": "object",
        "additionalProperties": JSON,
        "propertyNames": TEXT,
        "properties": {
            field: TYPES[wanted.type] if wanted.required else _or_null(TYPES[wanted.type])
            for field, wanted in kind.data.items()
        },
    }
    required = [field for field, wanted in kind.data.items() if wanted.required]
    data |= {"required": required} if required else {}
    properties = {
        **general["properties"],
        "name": {"const": name},
        "data": data if required else _or_null(data),
    }
    needed = [*general["required"], "data"] if required else general["required"]
    return {**general, "title": name, "properties": properties, "required": needed}


def _happened(workspace: Workspace) -> Schema:
    name, kind = next(iter(workspace.moments.items()))
    data = {field: samples.value(field, wanted.type) for field, wanted in kind.data.items()}
    return {"id": f"{name}-10427", "name": name, "profile": "u1", "at": "2026-03-02T09:00:00Z", "data": data}


def _tell_of_people(schemas: dict[str, Schema], workspace: Workspace) -> None:
    attributes: Schema = {
        **OBJECT,
        "properties": {name: _or_null(TYPES[declared.type]) for name, declared in workspace.attributes.items()},
    }
    known = {name: samples.value(name, declared.type) for name, declared in workspace.attributes.items()}
    preferences: Schema = {**OBJECT, "properties": {"pause_until": _or_null({**TYPES["datetime"], "pattern": YEAR})}}
    for name in ("Known", "Profile", "Person"):
        schemas[name]["properties"] |= {"attributes": _or_null(attributes), "preferences": _or_null(preferences)}
        schemas[name]["properties"]["addresses"] |= {"propertyNames": TEXT}
    del schemas["Known"]["properties"]["id"]  # it may be repeated in the body; it is the path that tells it
    somebody = {"market": next(iter(workspace.markets), "DE"), "email": "ada@example.com", "attributes": known}
    schemas["Known"]["examples"] = [somebody]
    schemas["Profile"]["examples"] = [{"id": "u1", **somebody}]


def _tell_of_consents(schemas: dict[str, Schema], workspace: Workspace, channels: list[str]) -> None:
    purposes = ledger_purposes(workspace)
    asked = next((purpose.name for purpose in workspace.purposes.values() if purpose.promotional), purposes[0])
    given: Schema = {"channel": channels[0], "purpose": asked, "state": "granted", "source": "signup-form"}
    for name in ("Given", "Consent"):
        schemas[name]["properties"] |= {
            "channel": {"enum": [*channels, EVERY]},
            "purpose": {"enum": [*purposes, EVERY]},
        }
        schemas[name] |= {"additionalProperties": JSON, "propertyNames": TEXT}
    schemas["Consent"]["examples"] = [{"profile": "u1", **given}]


def _tell_of_previews(schemas: dict[str, Schema], workspace: Workspace, channels: list[str]) -> None:
    preview, campaigns = schemas["Preview"], sorted(workspace.campaigns)
    preview["properties"] |= {"campaign": {"enum": campaigns}, "channel": _or_null({"enum": channels})}
    preview |= {
        "if": {"required": ["profile"], "properties": {"profile": {"type": "string"}}},
        "then": {"properties": {"locale": NULL}},
        "examples": [{"campaign": campaigns[0]}] if campaigns else [],
    }


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, NULL]}
