"""What an authenticator app does, written from the RFCs, and accounts that have one."""

import hmac
import struct
import time

from accounts.models import SecondFactor

START = "2026-01-05T09:00:00Z"


def code(secret, steps=0):
    """What the app shows, so many half minutes from now (RFC 6238 over RFC 4226, section 5.3)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    hashed = hmac.digest(secret, counter, "sha1")
    start = hashed[-1] & 15
    return f"{int.from_bytes(hashed[start : start + 4]) % 2**31 % 10**6:06}"


def switch_on(user):
    """The secret and the recovery codes. The code of half a minute ago has been used."""
    factor = SecondFactor.objects.enrol(user)
    return factor.secret, factor.confirm(code(factor.secret, -1))


def unlike(digits):
    """Six digits that are another code."""
    return f"{(int(digits) + 500_000) % 10**6:06}"
