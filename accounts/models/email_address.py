"""E-mail addresses: one spelling for each mailbox, and no forms that mislead people or programs."""

import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from notes_api.rest.unicode_text import normalize

# Control, format (bidirectional overrides, zero width), surrogate, private use and every kind of space.
FORBIDDEN_CATEGORIES = ("C", "Z")
EMAIL_MAX_LENGTH = 254
# Octets (RFC 5321, section 4.5.3.1).
LOCAL_PART_MAX_LENGTH = 64
# Any valid one, to check a domain alone.
LOCAL_PART_EXAMPLE = "x"
# Octets (RFC 1035, section 2.3.4).
LABEL_MAX_LENGTH = 63


def clean_email(address: str) -> str:
    """Return the canonical form of a new address. Raises `ValidationError`.

    The part before the @ is ASCII, because other letters can look the same (U+0131). It has at most 64 octets, and the
    whole address 254.
    """
    check_length(address)
    check_characters(trim_address(address))
    canonical = canonical_email(address)
    check_length(canonical)
    local, _, domain = canonical.rpartition("@")
    if not local.isascii():
        raise ValidationError("The part before the @ must consist of ASCII characters.", code="invalid")
    validate_email(canonical)
    if not is_public_domain(domain):
        raise ValidationError("The domain of this e-mail address is not valid.", code="invalid")
    check_local_part(local)
    return canonical


def check_known_email(address: str) -> None:
    """Raise `ValidationError` for an address that no account can have.

    The rule is that of new addresses, except that the part before the @ may have any letters: accounts of earlier
    versions can have such an address.
    """
    check_length(address)
    address = trim_address(address)
    check_characters(address)
    local, _, domain = address.rpartition("@")
    clean_email(address if local.isascii() else f"{LOCAL_PART_EXAMPLE}@{domain}")


def check_characters(address: str) -> None:
    if any(unicodedata.category(character)[0] in FORBIDDEN_CATEGORIES for character in address):
        raise ValidationError(
            "An e-mail address must not contain spaces, control characters or invisible characters.", code="invalid"
        )


def check_local_part(local: str) -> None:
    """Raise `ValidationError` for a part before the @ that is valid, but not accepted here."""
    if local.startswith('"'):
        # One mailbox can be quoted in many ways and would get many accounts.
        raise ValidationError("The part before the @ must not be quoted.", code="invalid")
    if local.startswith("=?"):
        # Python decodes it as an encoded word (RFC 2047), and mail would go to the mailbox of somebody else.
        raise ValidationError("The part before the @ must not begin with =?", code="invalid")
    if len(local) > LOCAL_PART_MAX_LENGTH:
        raise ValidationError(
            f"The part before the @ has more than {LOCAL_PART_MAX_LENGTH} characters.", code="invalid"
        )


def check_length(address: str) -> None:
    """Raise `ValidationError` if the address is too long. This comes before work that depends on the length."""
    if len(address) > EMAIL_MAX_LENGTH:
        raise ValidationError(f"An e-mail address has at most {EMAIL_MAX_LENGTH} characters.", code="max_length")


def trim_address(address: str) -> str:
    """Remove the spaces and invisible characters around an address.

    Phone keyboards add a space, and what is copied from contacts or web pages begins with a mark of direction or a
    byte order mark.
    """
    first, last = 0, len(address)
    while first < last and is_blank(address[first]):
        first += 1
    while first < last and is_blank(address[last - 1]):
        last -= 1
    return address[first:last]


def is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp")


def canonical_email(address: str) -> str:
    """Return the address trimmed, in lower case and NFC, with its domain as A-labels (IDNA 2008, RFC 5891).

    The address is not validated. A label without an A-label stays as it is.
    """
    lower = normalize("NFC", normalize("NFC", trim_address(address)).lower())
    local, at, domain = lower.rpartition("@")
    return f"{local}{at}{'.'.join(map(to_a_label, domain.split('.')))}"


def to_a_label(label: str) -> str:
    """Return the A-label of a label of a domain; the label itself if it is ASCII or has none."""
    is_plain = label.isascii() and not label.startswith("xn--")
    # An A-label is never shorter than its label. Punycode takes quadratic time.
    if is_plain or len(label) > LABEL_MAX_LENGTH:
        return label
    try:
        return idna.alabel(label).decode()
    except idna.IDNAError:
        return label


def is_public_domain(domain: str) -> bool:
    """Whether the canonical domain has an IDNA form and a dot. `localhost` and address literals are not public."""
    labels = domain.split(".")
    return domain.isascii() and len(labels) > 1 and not domain.startswith("[") and all(map(is_label, labels))


def is_label(label: str) -> bool:
    """Whether an ASCII label is not an A-label, or is a valid one."""
    try:
        return not label.startswith("xn--") or bool(idna.ulabel(label))
    except idna.IDNAError:
        return False


def spellings(address: str) -> list[str]:
    """Return the forms in which the address may be stored. The one that was typed comes first.

    Accounts from before addresses were canonical can have another form: a part before the @ that is not ASCII, or a
    domain whose A-labels another account has.
    """
    return [trim_address(address).lower(), canonical_email(address)]
