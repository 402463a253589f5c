"""GitHub's published description of its REST API: checks requests and answers, makes examples."""

from __future__ import annotations

import functools
import json
import pathlib
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

from openapi_schema_validator import OAS30Validator

FILE = pathlib.Path(__file__).parent / "data" / "github-issues-openapi.json"
EXAMPLES = {"uri": "https://example.invalid/", "date-time": "2025-01-01T00:00:00Z"}
PAGE = 256


def _null_as_meant(schema: dict[str, Any]) -> dict[str, Any]:
    """GitHub sends null for `state_reason`, whose enumeration is nullable but does not list it."""
    if schema.get("nullable") is True and "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return schema


class Description:
    """The operations of the description; `violations` collects what broke it."""

    def __init__(self) -> None:
        self._document: dict[str, Any] = json.loads(FILE.read_bytes(), object_hook=_null_as_meant)
        self.violations: list[str] = []
        self._checked: set[tuple[str, str]] = set()
        self._routes = [
            (re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)), path)
            for path in self._document["paths"]
        ]

    def route(self, method: str, path: str) -> tuple[str, tuple[str, ...]] | None:
        """The operation's id and the path's parameters, decoded; None when there is none."""
        for pattern, template in sorted(self._routes, key=lambda route: route[1].count("{")):
            found = pattern.fullmatch(path)
            operation = self._document["paths"][template].get(method.lower())
            if found and operation:
                names = tuple(urllib.parse.unquote(part) for part in found.groups())
                return operation["operationId"], names
        return None

    def check_request(self, operation: str, query: Mapping[str, str], body: object) -> list[str]:
        """What is wrong with a request; also noted in `violations`."""
        described = self._operation(operation)
        wrong = []
        known = {}
        for parameter in map(self._resolved, described.get("parameters", [])):
            if parameter["in"] == "query":
                known[parameter["name"]] = parameter["schema"]
        for name, text in query.items():
            if name not in known:
                wrong.append(f"query {name} is not described")
                continue
            value: object = text
            if known[name].get("type") == "integer" and text.isdigit():
                value = int(text)
            wrong += [f"query {name}: {error}" for error in self._errors(known[name], value)]
        content = described.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            wrong += [f"body: {error}" for error in self._errors(content["schema"], body)]
            names = set(content["schema"].get("properties", {}))
            if isinstance(body, dict):  # GitHub ignores others silently: surely a mistake of ours
                wrong += [f"body: {name} is not described" for name in set(body) - names]
        elif body is not None:
            wrong.append("a body that is not described")
        self.violations += [f"request {operation}: {error}" for error in wrong]
        return wrong

    def check_answer(self, operation: str, status: int, body: object) -> None:
        """Notes in `violations` what is wrong with one of our own answers."""
        answer = self._operation(operation)["responses"].get(str(status))
        if answer is None:  # limits and wrong tokens are described nowhere, but look like this
            schema: dict[str, Any] = {"$ref": "#/components/schemas/basic-error"}
        else:
            content = self._resolved(answer)["content"]
            schema = content["application/json"]["schema"]
        several = [body]
        if schema.get("type") == "array" and isinstance(body, list):
            schema, several = schema["items"], body
        for one in several:
            text = json.dumps(one, sort_keys=True)
            if (operation, text) in self._checked:  # most issues do not change between requests
                continue
            self._checked.add((operation, text))
            self.violations += [
                f"answer {status} of {operation}: {error}" for error in self._errors(schema, one)
            ]

    def example(self, name: str) -> dict[str, Any]:
        """A value of a schema with everything that is required and nothing else."""
        made = self._example({"$ref": f"#/components/schemas/{name}"})
        assert isinstance(made, dict)
        return made

    def _example(self, schema: dict[str, Any]) -> object:
        schema = self._resolved(schema)
        if schema.get("nullable"):
            return None
        if "enum" in schema:
            return schema["enum"][0]
        for several in ("oneOf", "anyOf", "allOf"):
            if several in schema:
                return self._example(schema[several][0])
        match schema.get("type"):
            case "integer" | "number":
                return 1
            case "boolean":
                return False
            case "array":
                return []
            case "string":
                return EXAMPLES.get(schema.get("format", ""), "text")
        properties = schema.get("properties", {})
        return {name: self._example(properties[name]) for name in schema.get("required", [])}

    def _resolved(self, item: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in item:
            found: Any = self._document
            for part in item["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            item = found
        return item

    def _errors(self, schema: dict[str, Any], value: object) -> list[str]:
        validator = self._validator(json.dumps(schema))
        return [error.message[:300] for error in validator.iter_errors(value)]

    @functools.lru_cache(PAGE)  # noqa: B019 - lives as long as the tests
    def _validator(self, schema: str) -> Any:
        whole = {"allOf": [json.loads(schema)], "components": self._document["components"]}
        return OAS30Validator(whole, format_checker=OAS30Validator.FORMAT_CHECKER)

    @functools.lru_cache(PAGE)  # noqa: B019
    def _operation(self, name: str) -> dict[str, Any]:
        for methods in self._document["paths"].values():
            for operation in methods.values():
                if operation["operationId"] == name:
                    found: dict[str, Any] = operation
                    return found
        raise KeyError(name)
