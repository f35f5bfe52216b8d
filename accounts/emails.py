"""E-mail addresses as people have them, without what fools people or machines."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# Control, format (bidirectional overrides, zero width), surrogate, private use and every kind of space.
REFUSED_CATEGORIES = ("C", "Z")
EMAIL_MAX_LENGTH = 254


def clean_email(address: str) -> str:
    """The address in lower case; `ValidationError` says what is wrong with it.

    The local part holds at most 64 octets and the whole 254 (RFC 5321, section 4.5.3.1); the domain must
    have an IDNA form (RFC 5891).
    """
    if any(unicodedata.category(character)[0] in REFUSED_CATEGORIES for character in address):
        raise ValidationError("An e-mail address holds no spaces, control or invisible characters.", code="invalid")
    validate_email(address)
    if len(address) > EMAIL_MAX_LENGTH:
        raise ValidationError(f"An e-mail address has at most {EMAIL_MAX_LENGTH} characters.", code="max_length")
    local, _, domain = address.lower().rpartition("@")
    try:
        mapped = domain.encode("idna").decode("idna")
    except UnicodeError:
        mapped = None
    # Mail to a domain with letters such as ß or full-width ones goes to another: to the one they are mapped to.
    if mapped != domain and not domain.isascii():
        mapped = None
    if mapped is None:
        raise ValidationError("The domain of this e-mail address is not valid.", code="invalid")
    if local.startswith('"'):
        # The same mailbox can be quoted in many ways.
        raise ValidationError("The part before the @ must not be quoted.", code="invalid")
    if len(local.encode()) > 64:
        raise ValidationError("The part before the @ has more than 64 characters.", code="invalid")
    return f"{local}@{domain}"
