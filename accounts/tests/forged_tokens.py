"""Tokens with a forged header or a wrong key.

`headers()` and `keys()` yield pairs: a name, and a function that makes the token from a `World`.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA512
from django.conf import settings

from accounts.authentication.signing_keys import current_key, signing_key
from accounts.authentication.tokens import AUDIENCE, ISSUER
from notes_api.config.secret_keys import derive_key
from notes_api.db.encryption import ENCRYPTION_INFO

ABSENT = object()
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


@dataclass
class World:
    """The token to imitate, and what the forger knows."""

    token: str
    claims: dict
    other_user: str
    other_session: str
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
    for algorithm in ("none", "None", "NONE", "nOnE", "HS256"):
        yield f"alg-{algorithm}-unsigned", unsigned({"alg": algorithm})
    for algorithm in ("none", "HS512", "RS256"):
        yield f"alg-{algorithm}-real-signature", with_the_real_signature({"alg": algorithm})
    for algorithm in ("HS384", "HS512"):
        yield (
            f"alg-{algorithm}-by-our-key",
            lambda world, algorithm=algorithm: signed(header_with(alg=algorithm), world.claims, algorithm=algorithm),
        )
    for number, key_id in enumerate(KEY_IDS):
        yield f"kid-{number}-signed", of_header({"kid": key_id})
    yield "kid-real-signature", with_the_real_signature({"kid": "0" * 16})
    yield "kid-removed-key", lambda world: signed(header_with(kid="f" * 16), world.claims, signing_key("old").key)
    for number, members in enumerate(HEADERS):
        yield f"header-{number}-signed", of_header(members)
    yield "header-real-signature", with_the_real_signature({"b64": True})
    for number, text in enumerate(REPEATED_IN_HEADER):
        yield (
            f"header-repeats-{number}",
            lambda world, text=text: signed((text % current_key().id).encode(), world.claims),
        )


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
    "key-of-cursors": lambda world: derive_key(settings.SECRET_KEY, b"cursor", SHA512(), 64),
    "key-of-encryption": lambda world: derive_key(settings.SECRET_KEY, ENCRYPTION_INFO, SHA512(), 64),
    "key-of-another-server": lambda world: signing_key("another secret").key,
    "key-of-nothing": lambda world: signing_key("").key,
    "api-token": lambda world: world.api_token.encode(),
    "digest-of-api-token": lambda world: hashlib.sha256(world.api_token.encode()).hexdigest().encode(),
    "own-user-id": lambda world: world.claims["sub"].encode(),
    "own-session-id": lambda world: world.claims["sid"].encode(),
    "own-token": lambda world: world.token.encode(),
}


def keys():
    for name, key in KEYS.items():
        yield f"key-{name}", lambda world, key=key: signed(header_with(), world.claims, key(world))
