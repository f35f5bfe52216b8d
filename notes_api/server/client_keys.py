"""Which client a request counts for in a fair queue: the account of its token, or else its network.

Anyone can invent tokens, and then has a new one for each request. So a token counts for an account only if this server
has signed it, or if it was valid in an earlier request to this process. From when it is rejected until it is valid
again, it does not. All others, and requests without a token, count for the network that they come from.
"""

from collections.abc import Callable, Hashable

from django.conf import settings
from rest_framework.settings import api_settings

from notes_api.config.ip_addresses import network_of
from notes_api.monitoring.request_record import RequestRecord
from notes_api.rest.bearer_token import read_bearer_token
from notes_api.server.admission import Network
from notes_api.server.asgi_types import Scope
from notes_api.server.proxies import find_route, is_trusted

# The tokens that one process remembers. The oldest is forgotten first.
MAX_TOKENS = 10_000
# Requests for this path do not count together with others of their network.
READINESS_PATH = "/readyz"


class ClientKeys:
    def __init__(self) -> None:
        # The account of each token that is known to be valid, and None for those that were rejected.
        self.accounts: dict[bytes, Hashable] = {}
        readers = [getattr(each, "read_account", None) for each in api_settings.DEFAULT_AUTHENTICATION_CLASSES]
        self.read_account: Callable[[bytes], Hashable] | None = next(filter(None, readers), None)

    def find(self, scope: Scope) -> Hashable:
        if scope["path"] == READINESS_PATH:
            # Otherwise log-ins from the network of a load balancer could make the server seem to be down.
            return Network(f"{client_network(scope)} {READINESS_PATH}")
        token = find_token(scope)
        if token and token not in self.accounts and self.read_account is not None:
            self.remember(token, self.read_account(token))
        account = self.accounts.get(token)
        return client_network(scope) if account is None else account

    def learn(self, scope: Scope, record: RequestRecord) -> None:
        """Remember whose token it was, or that it was rejected. Call this after the request."""
        if record.is_token_rejected:
            token = find_token(scope)
            if token in self.accounts:
                self.accounts[token] = None
        elif record.credential_id is not None and (token := find_token(scope)):
            self.remember(token, record.account_id)

    def remember(self, token: bytes, account: Hashable) -> None:
        if account is None:
            return
        if token not in self.accounts and len(self.accounts) >= MAX_TOKENS:
            del self.accounts[next(iter(self.accounts))]
        self.accounts[token] = account


def find_token(scope: Scope) -> bytes:
    """Return the bearer token of the request, or nothing."""
    # Django joins repeated headers in this way.
    header = b",".join([value for name, value in scope["headers"] if name == b"authorization"])
    return read_bearer_token(header) or b""


def join_header(scope: Scope, header: bytes) -> str:
    """Return the value of a header as Django does, which joins repeated ones."""
    return b",".join(value for name, value in scope["headers"] if name == header).decode("latin-1")


def client_network(scope: Scope) -> Network:
    """Return the network of the client, behind any trusted proxies."""
    peer: str = scope["client"][0] if scope.get("client") else ""
    if settings.TRUSTED_PROXIES and is_trusted(peer):
        peer = find_route(peer, join_header(scope, b"x-forwarded-for"), join_header(scope, b"forwarded")).client
    return Network(network_of(peer))
