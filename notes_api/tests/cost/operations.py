"""The operations of `openapi.json`, with the limits that it states."""

import json
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from notes_api.tests.edge.server import ROOT


@dataclass
class Operation:
    name: str
    method: str
    path: str
    declared: dict
    components: dict

    @cached_property
    def is_public(self):
        return not self.declared.get("security")

    @cached_property
    def body_limit(self):
        """The bytes that the server reads of a body."""
        matching = [prefix for prefix in settings.BODY_LIMITS if self.path.startswith(prefix)]
        return settings.BODY_LIMITS[max(matching, key=len)] if matching else settings.BODY_LIMIT

    @cached_property
    def media_types(self):
        return list(self.declared.get("requestBody", {}).get("content", {}))

    @cached_property
    def body_schema(self):
        content = self.declared.get("requestBody", {}).get("content", {}).values()
        return next((self.resolve(each["schema"]) for each in content), None)

    @cached_property
    def example(self):
        """A valid body."""
        for content in self.declared.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                return self.resolve(example)["value"]
        return {}

    @cached_property
    def consumes(self):
        """Whether a success leaves nothing to repeat the request with."""
        return self.method == "DELETE" or self.path.endswith("/restore")

    def reads_header(self, name):
        """Whether the request of that name has to find its object."""
        named = [parameter["name"] for parameter in self.parameters("header")]
        return name.partition(":")[0] in ["as documented", *named]

    def parameters(self, place):
        declared = map(self.resolve, self.declared.get("parameters", []))
        return [each for each in declared if each["in"] == place]

    def resolve(self, part):
        """Follow a reference. Of a choice, return an object with the members of all alternatives."""
        if "$ref" in part:
            _, _, kind, name = part["$ref"].split("/")
            return self.resolve(self.components[kind][name])
        if "oneOf" in part:
            alternatives = map(self.resolve, part["oneOf"])
            members = {name: member for each in alternatives for name, member in each["properties"].items()}
            return {"type": "object", "properties": members}
        return part

    def members(self):
        """Yield the path and schema of each member of the body, also within lists and objects."""
        yield from self._members(self.body_schema or {}, ())

    def _members(self, schema, path):
        for name, declared in schema.get("properties", {}).items():
            member = self.resolve(declared)
            yield (*path, name), member
            if "items" in member:
                item = self.resolve(member["items"])
                yield (*path, name, 0), item
                yield from self._members(item, (*path, name, 0))
            yield from self._members(member, (*path, name))


def operations():
    document = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    return [
        Operation(declared["operationId"], method.upper(), path, declared, document["components"])
        for path, methods in document["paths"].items()
        for method, declared in methods.items()
    ]
