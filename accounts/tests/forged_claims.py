"""Tokens that are signed with the right key, but whose claims are wrong.

`claims()` yields pairs: a name, and a function that makes the token from a `World`.
"""

import json
import time

from accounts.tests.forged_tokens import ABSENT, claims_with, header_with, signed

DAY = 86_400
NOT_IDS = [ABSENT, None, "", 0, 5, True, [], {}, "1", "alice@example.com", "null", "' OR 1=1 --", "\x00" * 36,
           "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]  # fmt: skip
NOT_MOMENTS = [
    ABSENT,
    None,
    "",
    "never",
    "9999999999",
    [],
    {},
    True,
    False,
    -1,
    0,
    1.5,
    9999999999.5,
    10**30,
    -(10**30),
]
NOT_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9999999999e0", "0x7fffffff"]
NOT_THE_AUDIENCE = [ABSENT, None, "", "another-api", "Cloud-Notes-API", "cloud-notes-api ", 5, True, [], {},
                    ["another-api"], ["cloud-notes-api"], ["cloud-notes-api", "another-api"]]  # fmt: skip
NOT_TYPES = [ABSENT, None, "", "Access", "Refresh", "sliding", "access ", 5, True, [], ["access"], ["refresh"]]
REPEATED = ["sub", "sid", "exp", "aud", "token_type"]


def claim(name, value):
    return lambda world: signed(header_with(), claims_with(world, **{name: value}))


def other_form(name, form):
    return lambda world: signed(header_with(), claims_with(world, **{name: form(world.claims[name])}))


ID_FORMS = {
    "capitals": str.upper,
    "no-dashes": lambda text: text.replace("-", ""),
    "braces": lambda text: f"{{{text}}}",
    "urn": lambda text: f"urn:uuid:{text}",
    "space": lambda text: f" {text}",
    "newline": lambda text: f"{text}\n",
    "list": lambda text: [text],
    "object": lambda text: {"id": text},
}


def raw_number(name, number):
    def make(world):
        text = json.dumps(claims_with(world, **{name: "RAW"})).replace('"RAW"', number)
        return signed(header_with(), text.encode())

    return make


def repeated(name, first):
    def make(world):
        text = json.dumps(world.claims)
        value = {"sub": world.other_user, "sid": world.other_session}.get(name, "x")
        member = json.dumps({name: value})[1:-1]
        return signed(header_with(), (f"{{{member}, {text[1:]}" if first else f"{text[:-1]}, {member}}}").encode())

    return make


def accounts_and_sessions():
    for number, value in enumerate(NOT_IDS):
        yield f"sub-{number}", claim("sub", value)
    for form, change in ID_FORMS.items():
        yield f"sub-{form}", other_form("sub", change)
    # Both are read by one function.
    for number, value in enumerate(NOT_IDS[:6]):
        yield f"sid-{number}", claim("sid", value)
    yield "sid-capitals", other_form("sid", str.upper)
    yield "sub-of-another", lambda world: claim("sub", world.other_user)(world)
    yield "sid-of-another", lambda world: claim("sid", world.other_session)(world)
    yield "sub-unknown", claim("sub", "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16")
    yield "sid-is-sub", lambda world: claim("sid", world.claims["sub"])(world)


def moments():
    for name in ("exp", "iat"):
        for number, value in enumerate(NOT_MOMENTS):
            # A small whole number is a valid `iat`: a time in the past.
            if name == "exp" or type(value) is not int or value > 0:
                yield f"{name}-{number}", claim(name, value)
        for number in NOT_NUMBERS:
            yield f"{name}-{number}", raw_number(name, number)
    yield "exp-past", claim("exp", int(time.time()) - 1)
    yield "iat-future", claim("iat", int(time.time()) + DAY)
    yield "iat-is-exp", lambda world: claim("iat", world.claims["exp"])(world)
    yield "nbf-future", claim("nbf", int(time.time()) + DAY)
    for number in ("NaN", "Infinity", "1e999"):
        yield f"nbf-{number}", raw_number("nbf", number)


def claims():
    yield from accounts_and_sessions()
    yield from moments()
    for number, value in enumerate(NOT_THE_AUDIENCE):
        yield f"aud-{number}", claim("aud", value)
        yield f"iss-{number}", claim("iss", value)
    for number, value in enumerate(NOT_TYPES):
        yield f"type-{number}", claim("token_type", value)
    for number, value in enumerate([ABSENT, None, 5, []]):
        yield f"jti-{number}", claim("jti", value)
    for name in REPEATED:
        yield f"{name}-repeated-first", repeated(name, first=True)
        yield f"{name}-repeated-last", repeated(name, first=False)
    for number, payload in enumerate([[], "text", 5, None, True, b"", b"{", b"\xff\xfe", b"{}{}", b"[" * 100_000]):
        yield f"payload-{number}", lambda world, payload=payload: signed(header_with(), payload)
        yield f"header-is-{number}", lambda world, payload=payload: signed(payload, world.claims)


# The current generation is 2, and the one before was exchanged long ago.
GENERATIONS = {
    "future": claim("generation", 3),
    "beyond-the-column": claim("generation", 2**31),
    "beyond-every-column": claim("generation", 2**63),
    "beyond-everything": claim("generation", 10**400),
    "text": claim("generation", "2"),
    "float": claim("generation", 2.0),
    "true": claim("generation", True),
    "null": claim("generation", None),
    "list": claim("generation", [2]),
    "negative": claim("generation", -1),
    "very-negative": claim("generation", -(2**63)),
    "NaN": raw_number("generation", "NaN"),
    "Infinity": raw_number("generation", "Infinity"),
    "absent": claim("generation", ABSENT),
}
