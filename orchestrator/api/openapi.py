"""The description of the service, for this very workspace: its moments and attributes have their own shapes in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from orchestrator.api.problems import PROBLEMS, TYPE
from orchestrator.blueprint import MomentType, Workspace
from orchestrator.blueprint.codes import currencies
from orchestrator.blueprint.types import TypeName

Schema = dict[str, Any]

_AMOUNT = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^-?[0-9]{1,30}(\\.[0-9]{1,30})?$"}]}
PROBLEM: Schema = {
    "title": "Problem",
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


def described(service: FastAPI, workspace: Workspace) -> dict[str, Any]:
    """The OpenAPI document; made once."""
    if service.openapi_schema is None:
        document = get_openapi(
            title=service.title, version=service.version, description=service.description, routes=service.routes
        )
        _tell_of(document["components"]["schemas"], workspace)
        service.openapi_schema = document
    return service.openapi_schema


def _tell_of(schemas: dict[str, Schema], workspace: Workspace) -> None:
    schemas["Problem"] = PROBLEM
    moment = schemas["MomentShape"]
    schemas["MomentShape"] = {
        "title": moment["title"],
        "description": moment["description"],
        "oneOf": [_moment(moment, name, kind) for name, kind in workspace.moments.items()],
    }
    attributes = {"type": "object", "properties": {n: _maybe(a.type) for n, a in workspace.attributes.items()}}
    for name in ("KnownShape", "ProfileShape"):
        schemas[name]["properties"]["attributes"] = {"anyOf": [attributes, {"type": "null"}]}


def _moment(general: Schema, name: str, kind: MomentType) -> Schema:
    """The shape of moments of one kind."""
    data: Schema = {
        "type": "object",
        "properties": {
            field: schema_of(wanted.type) if wanted.required else _maybe(wanted.type)
            for field, wanted in kind.data.items()
        },
    }
    required = [field for field, wanted in kind.data.items() if wanted.required]
    if required:
        data["required"] = required
    properties = {
        **general["properties"],
        "name": {"const": name},
        "data": data if required else {"anyOf": [data, {"type": "null"}]},
    }
    needed = [*general["required"], "data"] if required else general["required"]
    return {**general, "title": name, "properties": properties, "required": needed}


def schema_of(type_name: TypeName) -> Schema:
    """What a value of one of the workspace's types looks like."""
    return _SCHEMAS[type_name]


def _maybe(type_name: TypeName) -> Schema:
    return {"anyOf": [schema_of(type_name), {"type": "null"}]}


_SCHEMAS: Mapping[TypeName, Schema] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
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
    "list": {"type": "array"},
    "object": {"type": "object"},
}
