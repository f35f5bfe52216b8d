"""Secrets in base 62, with a checksum that lets scanners reject look-alikes without a request."""

import string
import zlib

BASE62_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# In base 62, 256 bits need 43 digits, the 128 of a UUID 22 and the 32 of the checksum 6.
DIGITS_OF_256_BITS, DIGITS_OF_UUID, CHECK_DIGITS = 43, 22, 6


def encode_base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(BASE62_DIGITS))
        digits.append(BASE62_DIGITS[digit])
    return "".join(reversed(digits))


def decode_base62(digits: str) -> int:
    """Return the number. Raises `ValueError` for other characters."""
    number = 0
    for digit in digits:
        number = number * len(BASE62_DIGITS) + BASE62_DIGITS.index(digit)
    return number


def compute_checksum(body: str) -> str:
    return encode_base62(zlib.crc32(body.encode()), CHECK_DIGITS)


def has_checksum(secret: str) -> bool:
    """Return whether the secret ends with the checksum of what precedes it."""
    body, checksum = secret[:-CHECK_DIGITS], secret[-CHECK_DIGITS:]
    return compute_checksum(body) == checksum
