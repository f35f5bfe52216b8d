"""The hostile requests of one operation: each member, parameter and header at its limits and beyond."""

import json
from dataclasses import dataclass, field
from itertools import cycle, islice
from urllib.parse import quote

from notes_api.tests.cost import shapes

# More than the server accepts of a head, so that what is beyond its limit is sent as well.
HEAD = 60_000
# The bytes of a note's content.
CONTENT = 1_048_576
NO_LIMIT = {"content", "text", "old", "new"}
HEADER_VALUES = {
    "open quote": 'a/b; x="' + ";" * HEAD,
    "quotes": '"' * HEAD,
    "commas": "," * HEAD,
    "tags": 'W/"1",' * (HEAD // 6),
    "backslashes": '"' + "\\" * HEAD,
    "parameters": "a/b" + ";a=b" * (HEAD // 4),
    "qualities": "a/b;q=0.1," * (HEAD // 10),
    "digits": "9" * HEAD,
    "dots": "a." * (HEAD // 2),
    "one line of 8 KiB": "a/b; x=" + '"' * 8000,
}
# Every request has these, and the code that reads them is the same for all operations: one of each kind is enough.
READ_COMMON_HEADERS = {"login", "getMe", "createNote", "listNotes"}
# Valid queries that make a list read much: as many terms and filters as allowed.
QUERIES = {
    "listNotes": {
        "every filter": "count=true&is_archived=any&limit=100&ordering=title&created_after=2000-01-01T00:00:00Z",
        "count and search": "count=true&is_archived=any&limit=100&q=" + quote("\ufdfa"),
        "excluded words": "count=true&q=" + quote("".join(f"-{number} " for number in range(100))),
        "alternatives": "count=true&q=" + quote(" or ".join(map(str, range(75)))),
        "prefixes": "count=true&q=" + quote("a* " * 166),
        "phrases": "count=true&q=" + quote('"a b" ' * 83),
    },
    "listChanges": {"the longest page": "limit=500"},
}
COMMON_HEADERS = (
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Cookie",
    "Host",
    "Origin",
    "X-Forwarded-For",
    "X-Request-ID",
)


@dataclass
class Hostile:
    name: str
    path: dict = field(default_factory=dict)
    query: str = ""
    headers: list = field(default_factory=list)
    body: bytes = b""

    @property
    def size(self):
        heads = sum(len(name) + len(value) + 4 for name, value in self.headers)
        return len(self.query) + heads + sum(map(len, self.path.values())) + len(self.body)


def hostile_requests(operation, size):
    """Yield the hostile requests of the operation, with bodies of at most `size` bytes."""
    size = min(size, operation.body_limit)
    yield Hostile("as documented", body=json.dumps(operation.example).encode(), headers=[JSON])
    yield from bodies(operation, size)
    yield from texts_of_a_media_type(operation, size)
    yield from forms(operation, size)
    yield from queries(operation)
    yield from paths(operation)
    yield from headers(operation)


JSON = ("Content-Type", "application/json")


def bodies(operation, size):
    if operation.body_schema is None or operation.body_schema.get("type") == "string":
        return
    # Space for the rest of the example.
    room = size - 1000
    values = [
        *whole_bodies(room),
        *repeated_items(operation),
        *((".".join(map(str, path)) + f": {name}", shapes.with_value(operation.example, path, value))
          for path, schema in operation.members()
          for name, value in member_values(path[-1], schema, room)),
    ]  # fmt: skip
    for name, text in values:
        yield Hostile(name, body=text.encode(), headers=[JSON])


def whole_bodies(room):
    yield "unknown members", shapes.unknown_members(room)
    yield "one name many times", shapes.one_name(room)
    yield "nested lists", shapes.nested("[", "]", room)
    yield "nested objects", shapes.nested('{"a":', "}", room)
    for name, item in shapes.LISTS.items():
        yield f"unknown list of {name}", '{"x":' + shapes.list_of(item, room) + "}"


def repeated_items(operation):
    """Yield valid items of a list, as many as most lists may have, one more, and many more."""
    for name, items in operation.example.items() if isinstance(operation.example, dict) else ():
        if isinstance(items, list):
            for times in (100, 101, 10_000):
                repeated = list(islice(cycle(items), times))
                yield f"{name}: {times} items", json.dumps({**operation.example, name: repeated})


def member_values(name, schema, room):
    """Yield names and JSON texts for one member."""
    for shape, item in shapes.LISTS.items():
        yield f"list of {shape}", shapes.list_of(item, room)
    yield "list of distinct strings", shapes.distinct_strings(room)
    yield "unknown members", shapes.unknown_members(room)
    yield from shapes.NUMBERS.items()
    if schema.get("type") == "string":
        limit = schema.get("maxLength", CONTENT if name in NO_LIMIT else 64)
        yield from string_values(limit, room)


def string_values(limit, room):
    for shape, text in shapes.TEXTS.items():
        at_limit = text * (limit // len(text)) if limit < CONTENT else shapes.repeated(text, min(limit, room))
        yield f"{shape} at the limit", shapes.escaped(at_limit)
        yield f"{shape} beyond the limit", shapes.escaped(at_limit + text)
        yield f"{shape} up to the limit of the body", shapes.escaped(shapes.repeated(text, room // len(escape(text))))


def escape(text):
    return shapes.escaped(text)[1:-1]


def texts_of_a_media_type(operation, size):
    if "text/markdown" in operation.media_types:
        for shape, text in shapes.TEXTS.items():
            body = shapes.repeated(text, min(size, CONTENT)).encode()
            yield Hostile(f"Markdown: {shape}", body=body, headers=[("Content-Type", "text/markdown")])


def forms(operation, size):
    # They accept forms as well, but openapi.json names only JSON.
    if not operation.path.startswith("/login"):
        return
    kind = [("Content-Type", "application/x-www-form-urlencoded")]
    yield Hostile("form: many fields", body=b"a=&" * (size // 3), headers=kind)
    yield Hostile("form: separators", body=b"&" * size, headers=kind)
    yield Hostile("form: percent signs", body=b"a=" + b"%" * (size - 2), headers=kind)
    for path, _ in operation.members():
        for shape, text in shapes.TEXTS.items():
            body = f"{path[0]}=" + quote(shapes.repeated(text, size // 8))
            yield Hostile(f"form: {path[0]}: {shape}", body=body.encode()[:size], headers=kind)
    kind = [("Content-Type", "multipart/form-data; boundary=b")]
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    yield Hostile("multipart: many parts", body=part * (size // len(part) - 1) + b"--b--\r\n", headers=kind)
    yield Hostile("multipart: many boundaries", body=b"--b\r\n" * (size // 5), headers=kind)
    head = b'--b\r\nContent-Disposition: form-data; name="a"; x="' + b";" * (size - 100) + b"\r\n\r\n\r\n--b--\r\n"
    yield Hostile("multipart: open quote", body=head, headers=kind)


def queries(operation):
    if operation.method != "GET":
        return
    yield Hostile("many unknown parameters", query="&".join(islice(shapes.numbered("a"), HEAD // 7)))
    yield Hostile("separators", query="&" * HEAD)
    for name, query in QUERIES.get(operation.name, {}).items():
        yield Hostile(name, query=query)
    for parameter in operation.parameters("query"):
        name, schema = parameter["name"], parameter["schema"]
        yield Hostile(f"?{name}= many times", query=f"{name}=1&" * (HEAD // (len(name) + 3)))
        yield Hostile(f"?{name}= digits", query=f"{name}=" + "9" * (HEAD - 100))
        limit = schema.get("maxLength", schema.get("items", {}).get("maxLength", 64))
        for shape, text in shapes.TEXTS.items():
            yield from query_texts(name, schema, limit, shape, text)


def query_texts(name, schema, limit, shape, text):
    at_limit = quote(text * (limit // len(text)))
    if len(at_limit) < HEAD:
        yield Hostile(f"?{name}= {shape} at the limit", query=f"{name}={at_limit}")
    yield Hostile(f"?{name}= {shape} in a whole head", query=f"{name}=" + quote(text) * (HEAD // len(quote(text)) - 20))
    for times in {schema.get("maxItems", 1), schema.get("maxItems", 1) + 1} - {1, 2}:
        values = "&".join(f"{name}={number}" + quote(text * 60) for number in range(times))
        yield Hostile(f"?{name}= {shape} {times} times", query=values)


def paths(operation):
    for parameter in operation.parameters("path"):
        for shape, text in shapes.TEXTS.items():
            yield Hostile(f"path: {shape}", path={parameter["name"]: quote(text * 200, safe="")})
        yield Hostile("path: digits", path={parameter["name"]: "9" * 8000})


def headers(operation):
    named = [parameter["name"] for parameter in operation.parameters("header")]
    common = COMMON_HEADERS if operation.name in READ_COMMON_HEADERS else ()
    for name in [*named, *common]:
        for shape, value in HEADER_VALUES.items():
            yield Hostile(f"{name}: {shape}", headers=[(name, value)])
    yield Hostile("many headers", headers=[(name, "") for name in islice(shapes.numbered("a"), HEAD // 10)])
