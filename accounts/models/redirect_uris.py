"""The addresses to which the authorisation server sends browsers back (RFC 6749, 8252 and 9700)."""

import re
from urllib.parse import SplitResult, urlsplit

MAX_LENGTH = 500
# Of a host and of each label in it (RFC 1035, section 2.3.4).
MAX_HOST_LENGTH, MAX_LABEL_LENGTH = 253, 63
# The characters of a URI (RFC 3986, section 2), without those of a fragment or of user information, which are rejected.
CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?\[\]!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
# A name, an IPv4 address or an IPv6 address in brackets, and a port.
AUTHORITY = re.compile(r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
# Apps that own the domain example.com use com.example (RFC 8252, section 7.1). Schemes without a dot, such as `cursor`
# are usual too, but none that browsers or operating systems interpret themselves.
PRIVATE_SCHEME = re.compile(
    r"(?!(?:about|blob|cid|chrome|chrome-extension|data|dns|facetime|feed|file|filesystem|ftps?|gopher|https?|imap|intent"
    r"|jar|javascript|ldaps?|livescript|magnet|mailto|market|mid|mk|ms-.*|news|nntp|opera|res|resource|search.*|sftp|shell"
    r"|sips?|skype|sms|smb|ssh|tel|telnet|tftp|urn|vbscript|view-source|wais|wss?|wyciwyg)$)[a-z][a-z0-9+.-]+"
)
LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})


def check_redirect_uri(uri: str) -> str | None:
    """Return why the address cannot be a redirect URI, or None if it can."""
    if len(uri) > MAX_LENGTH or not CHARACTERS.fullmatch(uri):
        return f"A redirect URI is at most {MAX_LENGTH} characters of a URI without a fragment or user information."
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "This is not a URI."
    if parts.scheme in ("http", "https"):
        return check_web_address(uri, parts)
    if not PRIVATE_SCHEME.fullmatch(parts.scheme):
        return "Use https, http on the loopback interface, or a private-use scheme such as com.example.app."
    return None if uri.startswith(f"{parts.scheme}:") else "Write the scheme in lower case."


def check_web_address(uri: str, parts: SplitResult) -> str | None:
    match = AUTHORITY.fullmatch(parts.netloc)
    if match is None or not uri.startswith(f"{parts.scheme}://"):
        return "Write the address as scheme://host/path, in lower case and with an ASCII host."
    if len(match["host"]) > MAX_HOST_LENGTH or max(map(len, match["host"].split("."))) > MAX_LABEL_LENGTH:
        return f"A host has at most {MAX_HOST_LENGTH} characters, and at most {MAX_LABEL_LENGTH} between two dots."
    if match["port"] and not 1 <= int(match["port"]) <= 65535:
        return "This port does not exist."
    if parts.scheme == "http" and match["host"] not in LOOPBACK:
        return "http is allowed only on the loopback interface: use https."
    return None


def is_same_redirect(registered: str, requested: str) -> bool:
    """Compare two redirect URIs as strings, except for the port on the loopback interface (RFC 8252, section 7.3)."""
    if registered == requested:
        return True
    return (
        is_loopback(registered)
        and check_redirect_uri(requested) is None
        and (without_port(registered) == without_port(requested))
    )


def is_loopback(uri: str) -> bool:
    match = AUTHORITY.fullmatch(urlsplit(uri).netloc)
    return uri.startswith("http://") and match is not None and match["host"] in LOOPBACK


def without_port(uri: str) -> SplitResult:
    parts = urlsplit(uri)
    match = AUTHORITY.fullmatch(parts.netloc)
    return parts._replace(netloc=match["host"] if match else parts.netloc)


def host_of(uri: str) -> str:
    """Return the host with its port, or the scheme of an address without a host."""
    parts = urlsplit(uri)
    return parts.netloc or f"{parts.scheme}:"


def form_target(uri: str) -> str:
    """Return the source for `form-action` of a Content Security Policy that lets a form redirect to this address."""
    parts = urlsplit(uri)
    # A policy cannot name an IPv6 address.
    if parts.scheme not in ("http", "https") or "[" in parts.netloc:
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"
