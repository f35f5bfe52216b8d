"""An authenticator app, written from the RFCs and without Django."""

import base64
import hmac
import struct
import time


def code(secret, steps=0):
    """Return the code that the app shows `steps` half minutes from now (RFC 6238 over RFC 4226, section 5.3)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    hashed = hmac.digest(secret, counter, "sha1")
    start = hashed[-1] & 15
    return f"{int.from_bytes(hashed[start : start + 4]) % 2**31 % 10**6:06}"


def shown_by_app(secret):
    """The codes to use one after the other; `secret` is in base32, as it is typed into the app."""
    return (code(base64.b32decode(secret), steps) for steps in (0, 1))
