"""Tokens that must open nothing: forged, altered, or signed with the right key and yet wrong.

The same on every run. `forgeries()` names each; `made(name, world)` makes it of a real token.
"""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

from django.conf import settings

from accounts.keys import current_key, derive_key
from accounts.tokens import AUDIENCE, ISSUER

DAY = 86_400
ABSENT = object()
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


@dataclass
class World:
    """The token to imitate, and what the forger knows."""

    token: str
    claims: dict
    other_user: str
    other_session: str
    erased_user: str
    api_token: str


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(header, payload, key=None, algorithm="HS256"):
    signing_input = f"{part(header)}.{part(payload)}"
    digest = hmac.digest(current_key().key if key is None else key, signing_input.encode(), HASHES[algorithm])
    return f"{signing_input}.{part(digest)}"


def header_with(**members):
    header = {"alg": "HS256", "typ": "JWT", "kid": current_key().id, **members}
    return {name: value for name, value in header.items() if value is not ABSENT}


def claims_with(world, **members):
    claims = {**world.claims, **members}
    return {name: value for name, value in claims.items() if value is not ABSENT}


# --- the header ------------------------------------------------------------------------------------------------------

ALGORITHMS = ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256",
              "HS256 ", None, 256, ["HS256"], {"alg": "HS256"}, True, ABSENT]  # fmt: skip
KEY_IDS = ["../../../dev/null", "/dev/null", "' OR '1'='1", "0' UNION SELECT 'key", "", "0" * 16, None, [], {}, 0, True,
           ["kid"], "kid\x00", "http://mallory.example/key", "💥", ABSENT]  # fmt: skip
HEADERS = [
    {"jku": "https://mallory.example/jwks.json"},
    {"jwk": {"kty": "oct", "k": part(b"mallory" * 8)}},
    {"x5u": "https://mallory.example/chain.pem"},
    {"x5c": ["MIIB"]},
    {"x5t": "AAAA"},
    {"crit": ["b64"], "b64": False},
    {"crit": ["exp"]},
    {"crit": []},
    {"b64": False},
    {"b64": True},
    {"cty": "JWT"},
    {"zip": "DEF"},
    {"enc": "A128GCM"},
    {"typ": "at+jwt"},
    {"typ": "jwt"},
    {"typ": None},
    {"typ": ABSENT},
]
REPEATED_IN_HEADER = [
    '{"alg":"none","alg":"HS256","typ":"JWT","kid":"%s"}',
    '{"alg":"HS256","alg":"HS256","typ":"JWT","kid":"%s"}',
    '{"alg":"HS256","typ":"JWT","kid":"x","kid":"%s"}',
    '{"alg":"HS256","typ":"JWT","typ":"JWT","kid":"%s"}',
    '{"alg":"HS256","typ":"JWT","kid":"%s","\\u006bid":"x"}',
]


def of_header(members):
    return lambda world: signed(header_with(**members), world.claims)


def unsigned(members):
    return lambda world: f"{part(header_with(**members))}.{part(world.claims)}."


def with_the_real_signature(members):
    return lambda world: ".".join([part(header_with(**members)), *world.token.split(".")[1:]])


def headers():
    for number, algorithm in enumerate(ALGORITHMS):
        yield f"alg-{number}-signed", of_header({"alg": algorithm})
        yield f"alg-{number}-unsigned", unsigned({"alg": algorithm})
        yield f"alg-{number}-real-signature", with_the_real_signature({"alg": algorithm})
    for algorithm in ("HS384", "HS512"):
        yield (
            f"alg-{algorithm}-by-our-key",
            lambda world, algorithm=algorithm: signed(header_with(alg=algorithm), world.claims, algorithm=algorithm),
        )
    for number, key_id in enumerate(KEY_IDS):
        yield f"kid-{number}-signed", of_header({"kid": key_id})
        yield f"kid-{number}-real-signature", with_the_real_signature({"kid": key_id})
    yield "kid-removed-key", lambda world: signed(header_with(kid="f" * 16), world.claims, derive_key("old", "jwt"))
    for number, members in enumerate(HEADERS):
        yield f"header-{number}-signed", of_header(members)
        yield f"header-{number}-real-signature", with_the_real_signature(members)
    for number, text in enumerate(REPEATED_IN_HEADER):
        yield (
            f"header-repeats-{number}",
            lambda world, text=text: signed((text % current_key().id).encode(), world.claims),
        )


# --- the key ---------------------------------------------------------------------------------------------------------

KEYS = {
    "empty": lambda world: b"",
    "zeros": lambda world: bytes(64),
    "issuer": lambda world: ISSUER.encode(),
    "audience": lambda world: AUDIENCE.encode(),
    "secret": lambda world: b"secret",
    "salt": lambda world: b"jwt",
    "key-id": lambda world: current_key().id.encode(),
    "secret-key": lambda world: settings.SECRET_KEY.encode(),
    "secret-key-hashed": lambda world: hashlib.sha512(settings.SECRET_KEY.encode()).digest(),
    "key-in-hex": lambda world: current_key().key.hex().encode(),
    "half-the-key": lambda world: current_key().key[:32],
    "key-of-cursors": lambda world: derive_key(settings.SECRET_KEY, "cursor"),
    "key-of-seals": lambda world: derive_key(settings.SECRET_KEY, "sealing"),
    "key-of-another-server": lambda world: derive_key("another secret", "jwt"),
    "key-of-nothing": lambda world: derive_key("", "jwt"),
    "api-token": lambda world: world.api_token.encode(),
    "digest-of-api-token": lambda world: hashlib.sha256(world.api_token.encode()).hexdigest().encode(),
    "own-user-id": lambda world: world.claims["sub"].encode(),
    "own-session-id": lambda world: world.claims["sid"].encode(),
    "own-token": lambda world: world.token.encode(),
}


def keys():
    for name, key in KEYS.items():
        yield f"key-{name}", lambda world, key=key: signed(header_with(), world.claims, key(world))


# --- the claims ------------------------------------------------------------------------------------------------------

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
    for name in ("sub", "sid"):
        for number, value in enumerate(NOT_IDS):
            yield f"{name}-{number}", claim(name, value)
        for form, change in ID_FORMS.items():
            yield f"{name}-{form}", other_form(name, change)
    yield "sub-of-another", lambda world: claim("sub", world.other_user)(world)
    yield "sid-of-another", lambda world: claim("sid", world.other_session)(world)
    yield "sub-erased", lambda world: claim("sub", world.erased_user)(world)
    yield "sid-is-sub", lambda world: claim("sid", world.claims["sub"])(world)


def moments():
    for name in ("exp", "iat"):
        for number, value in enumerate(NOT_MOMENTS):
            # An early `iat` is a whole number in the past, as it should be.
            if name == "exp" or type(value) is not int or value > 0:
                yield f"{name}-{number}", claim(name, value)
        for number in NOT_NUMBERS:
            yield f"{name}-{number}", raw_number(name, number)
    yield "exp-past", claim("exp", int(time.time()) - 1)
    yield "iat-future", claim("iat", int(time.time()) + DAY)
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
