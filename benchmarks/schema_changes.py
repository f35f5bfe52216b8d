"""Compare a schema in two OpenAPI documents: may requests contain less, or responses something else than before?"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from notes_api.rest.json_types import JSON, JSONObject

REQUEST, RESPONSE = "request", "response"
UPPER = ("maxLength", "maxItems", "maximum", "maxProperties")
LOWER = ("minLength", "minItems", "minimum", "minProperties")
Changes = Iterator[str]


@dataclass
class Documents:
    before: JSONObject
    after: JSONObject
    # The pairs of schemas that are being compared, because a schema may contain itself.
    open_pairs: list[tuple[JSON, JSON]] = field(default_factory=list)

    def resolve(self, before: JSONObject, after: JSONObject) -> tuple[JSONObject, JSONObject]:
        return follow(self.before, before), follow(self.after, after)

    def parameters(self, before: JSONObject, after: JSONObject) -> tuple[JSONObject, JSONObject]:
        """Return the parameters of an operation by place and name."""
        return named_parameters(self.before, before), named_parameters(self.after, after)

    def schema_changes(self, before: JSONObject, after: JSONObject, name: str, side: str) -> Changes:
        """Yield what a request may no longer contain, or what a response did not contain or lacks."""
        if (before, after) in self.open_pairs:
            return
        self.open_pairs.append((before, after))
        earlier, later = self.alternatives(before, after)
        # What the client knows must still be accepted, and it must know everything that it can get.
        known, offered = (earlier, later) if side == REQUEST else (later, earlier)
        for each in known:
            pairs = [(each, other) if side == REQUEST else (other, each) for other in offered]
            attempts = [list(self.plain_changes(*pair, name, side)) for pair in pairs]
            if all(attempts):
                yield from min(attempts, key=len)
        self.open_pairs.pop()

    def alternatives(self, before: JSONObject, after: JSONObject) -> tuple[list[JSONObject], list[JSONObject]]:
        return choices(self.before, before), choices(self.after, after)

    def plain_changes(self, before: JSONObject, after: JSONObject, name: str, side: str) -> Changes:
        yield from type_changes(before, after, name, side)
        yield from value_changes(before, after, name, side)
        if side == REQUEST:
            yield from limit_changes(before, after, name)
        yield from self.member_changes(before, after, name, side)
        if "items" in before and "items" in after:
            yield from self.schema_changes(before["items"], after["items"], f"{name}[]", side)

    def member_changes(self, before: JSONObject, after: JSONObject, name: str, side: str) -> Changes:
        earlier, later = before.get("properties", {}), after.get("properties", {})
        required = set(before.get("required", [])), set(after.get("required", []))
        if side == REQUEST:
            yield from (f"{name}.{member} became required" for member in required[1] - required[0])
        else:
            yield from (f"{name}.{member} can be missing" for member in (required[0] - required[1]) & later.keys())
        for member, schema in earlier.items():
            if member not in later:
                yield f"{name}.{member} removed"
            else:
                yield from self.schema_changes(schema, later[member], f"{name}.{member}", side)


def named_parameters(document: JSONObject, operation: JSONObject) -> JSONObject:
    parameters = [follow(document, each) for each in operation.get("parameters", [])]
    return {f"{each['in']} parameter {each['name']}": each for each in parameters}


def follow(document: JSONObject, part: JSONObject) -> JSONObject:
    """Return what a reference leads to."""
    while "$ref" in part:
        _, *names = part["$ref"].split("/")
        part = document
        for each in names:
            part = part[each]
    return part


def choices(document: JSONObject, schema: JSONObject) -> list[JSONObject]:
    """Return the schemas of which a value has one."""
    schema = follow(document, schema)
    if wrapped := schema.get("allOf"):
        # Generators write it around a reference, to describe a member.
        schema = {**follow(document, wrapped[0]), **{key: schema[key] for key in schema if key != "allOf"}}
    found = schema.get("oneOf") or schema.get("anyOf")
    return [choice for each in found for choice in choices(document, each)] if found else [schema]


def type_changes(before: JSONObject, after: JSONObject, name: str, side: str) -> Changes:
    earlier, later = before.get("type"), after.get("type")
    if earlier != later and (earlier is not None or side == REQUEST):
        yield f"{name}: the type {earlier} became {later}"
    if "format" in before and before["format"] != after.get("format"):
        yield f"{name}: the format {before['format']} became {after.get('format')}"
    narrower, wider = (after, before) if side == REQUEST else (before, after)
    if wider.get("nullable") and not narrower.get("nullable"):
        yield f"{name}: null is {'no longer accepted' if side == REQUEST else 'new'}"


def value_changes(before: JSONObject, after: JSONObject, name: str, side: str) -> Changes:
    """Yield values that are no longer accepted, or that are new in responses."""
    narrower, wider = (after, before) if side == REQUEST else (before, after)
    if "enum" not in narrower:
        return
    if "enum" not in wider:
        yield f"{name}: {'only some values are accepted' if side == REQUEST else 'any value is possible'}"
    elif values := [value for value in wider["enum"] if value not in narrower["enum"]]:
        yield f"{name}: {values} {'no longer accepted' if side == REQUEST else 'new'}"


def limit_changes(before: JSONObject, after: JSONObject, name: str) -> Changes:
    for limit in UPPER:
        if limit in after and after[limit] < before.get(limit, float("inf")):
            yield f"{name}: {limit} is {after[limit]}"
    for limit in LOWER:
        if limit in after and after[limit] > before.get(limit, float("-inf")):
            yield f"{name}: {limit} is {after[limit]}"
    if "pattern" in after and after["pattern"] != before.get("pattern"):
        yield f"{name}: has to match {after['pattern']}"
