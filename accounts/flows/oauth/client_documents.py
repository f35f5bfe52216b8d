"""Clients that are known by the address of a document about them (draft-ietf-oauth-client-id-metadata-document).

Anyone can name any address, so a fetch must not reach anything inside the network of this server, wait long or read
much. The name is resolved once, all its addresses must be public, and the connection goes to one of those. Redirects
are not followed. (The rules are those of django-oauth-toolkit's fetcher.)
"""

import json
import logging
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import BoundedSemaphore, Lock, Thread, Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from accounts.flows.oauth.client_metadata import InvalidMetadata, read_metadata
from accounts.models import OAuthClient
from accounts.models.oauth_client import MAX_IDENTIFIER_LENGTH
from accounts.models.redirect_uris import AUTHORITY, CHARACTERS

logger = logging.getLogger(__name__)

# Seconds for all of it, and bytes of a document.
TIMEOUT, MAX_BYTES = 3.0, 16 * 1024
# Requests of one process that wait at the same time, and hosts that are being asked. Nothing can end the resolution of
# a name, so a thread can outlast the request that waits for it.
MAX_WAITING, MAX_HOSTS = 2, 8
LIFETIME = timedelta(hours=1)
# IPv4 addresses are in the last 32 bits of these IPv6 addresses (RFC 6052).
NAT64 = ip_network("64:ff9b::/96")
# All other public IPv6 addresses are here (RFC 4291, section 2.4). Some outside contain IPv4 addresses in ways that
# `is_global` does not know.
GLOBAL_UNICAST = ip_network("2000::/3")

BUSY = "Too many documents are being fetched. Try again soon."

waiting = BoundedSemaphore(MAX_WAITING)
hosts: set[str] = set()
hosts_lock = Lock()


class DocumentUnavailable(Exception):
    """The document cannot be fetched, or is not one of a client. The message says why."""


class ServerUnavailable(DocumentUnavailable):
    """The server of the document cannot be reached, or has an error of its own."""


def is_document_address(client_id: str) -> bool:
    return client_id.startswith("https://")


def fetch_client(client_id: str) -> OAuthClient:
    """Fetch the document, store the client and return it. Raises `DocumentUnavailable`."""
    parts = check_address(client_id)
    try:
        body = fetch_document(parts)
    except (OSError, HTTPException, ValueError) as error:
        logger.info("The metadata document of a client could not be fetched: %s", type(error).__name__)
        kind = ServerUnavailable if isinstance(error, OSError) else DocumentUnavailable
        raise kind("The address of the program did not return its metadata document.") from None
    return store_client(client_id, body)


def fetch_document(parts: SplitResult) -> bytes:
    """Return the document within TIMEOUT. Raises `DocumentUnavailable`, `OSError`, `HTTPException` and `ValueError`."""
    if not waiting.acquire(blocking=False):
        raise ServerUnavailable(BUSY)
    try:
        reserve_host(parts.netloc)
        result: Future[bytes] = Future()
        arguments = (parts, monotonic() + TIMEOUT, result)
        Thread(target=run_fetch, args=arguments, name="client-document", daemon=True).start()
        return result.result(TIMEOUT)
    finally:
        waiting.release()


def reserve_host(host: str) -> None:
    """Note that the host is being asked. Raises `ServerUnavailable` if it already is, or if too many are."""
    with hosts_lock:
        if host in hosts or len(hosts) >= MAX_HOSTS:
            raise ServerUnavailable(BUSY)
        hosts.add(host)


def run_fetch(parts: SplitResult, deadline: float, result: "Future[bytes]") -> None:
    try:
        result.set_result(download(parts, resolve(parts.hostname or ""), ssl.create_default_context(), deadline))
    except Exception as error:  # noqa: BLE001  # raised in the thread that waits
        result.set_exception(error)
    finally:
        with hosts_lock:
            hosts.discard(parts.netloc)


def check_address(client_id: str) -> SplitResult:
    """Return the parts of the address. Raises `DocumentUnavailable`."""
    if len(client_id) > MAX_IDENTIFIER_LENGTH or not CHARACTERS.fullmatch(client_id):
        raise DocumentUnavailable("The address of the program is not a URL.")
    try:
        parts = urlsplit(client_id)
    except ValueError:
        raise DocumentUnavailable("The address of the program is not a URL.") from None
    match = AUTHORITY.fullmatch(parts.netloc)
    if match is None or match["port"] or {".", ".."} & set(parts.path.split("/")) or not parts.path.strip("/"):
        raise DocumentUnavailable("The address of the program needs a host, the usual port and a path without dots.")
    return parts


def resolve(host: str) -> list[str]:
    """Return the addresses of the host. Raises `DocumentUnavailable` unless all of them are public."""
    found = socket.getaddrinfo(host, 443, proto=socket.IPPROTO_TCP)
    addresses = [str(address[0]) for *_, address in found]
    if not addresses or not all(map(is_public, addresses)):
        raise DocumentUnavailable("The address of the program is not public.")
    return addresses


def is_public(address: str) -> bool:
    """Return whether the address is in the public network, and any IPv4 address within it as well."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed in NAT64:
            parsed = IPv4Address(int(parsed) & 0xFFFFFFFF)
        elif parsed not in GLOBAL_UNICAST or parsed.teredo or parsed.sixtofour:
            return False
    return parsed.is_global and not parsed.is_multicast


def download(parts: SplitResult, addresses: list[str], context: ssl.SSLContext, deadline: float) -> bytes:
    """Return the document from the first of these addresses. Raises `OSError`, `HTTPException` and `ValueError`."""
    raw = socket.create_connection((addresses[0], 443), timeout=seconds_until(deadline))
    # A server that sends a byte now and then must not keep the thread for longer. TLS takes over the socket, so the
    # timer has another one of the same connection.
    with raw, raw.dup() as same:
        timer = Timer(seconds_until(deadline), end_connection, [same])
        timer.start()
        try:
            with context.wrap_socket(raw, server_hostname=parts.hostname) as connection:
                return request_document(connection, parts)
        finally:
            timer.cancel()


def seconds_until(deadline: float) -> float:
    """Return the time that remains. Raises `TimeoutError` if there is none."""
    if (remaining := deadline - monotonic()) <= 0:
        raise TimeoutError
    return remaining


def end_connection(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def request_document(connection: socket.socket, parts: SplitResult) -> bytes:
    client = HTTPConnection(parts.netloc)
    client.sock = connection
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    client.request("GET", target, headers={"Accept": "application/json", "User-Agent": "cloud-notes"})
    with client.getresponse() as response:
        if response.status >= 500:
            raise ConnectionError(response.status)
        if response.status != 200 or not is_json(response):
            raise ValueError(response.status)
        body = response.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ValueError(len(body))
    return body


def is_json(response: HTTPResponse) -> bool:
    media_type = response.headers.get_content_type()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def store_client(client_id: str, body: bytes) -> OAuthClient:
    """Store the client that the document describes. Raises `DocumentUnavailable`."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("client_id") != client_id:
        raise DocumentUnavailable("The metadata document of the program does not name its own address.")
    require_public_client(document)
    try:
        metadata = read_metadata(document)
    except InvalidMetadata as error:
        raise DocumentUnavailable(f"The metadata document of the program is invalid: {error}") from None
    return OAuthClient.objects.store_document(client_id, LIFETIME, **metadata._asdict())


def require_public_client(document: Mapping[str, object]) -> None:
    """Raise `DocumentUnavailable` for a client with a secret, which a public document cannot contain."""
    method = document.get("token_endpoint_auth_method", "none")
    if method != "none" or "client_secret" in document:
        raise DocumentUnavailable("Programs with a metadata document have no secret here: token_endpoint_auth_method.")
