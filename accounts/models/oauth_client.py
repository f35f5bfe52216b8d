"""Programs that may ask users for access to their notes (RFC 6749, section 2)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.redirect_uris import host_of, is_same_redirect

MAX_IDENTIFIER_LENGTH = 500
# A client is unused this long after its creation if nobody has ever allowed it anything, or after it was last allowed
# something.
NEVER_USED_FOR, UNUSED_FOR = timedelta(days=1), timedelta(days=90)
# For how long a document that cannot be fetched again is used.
MAX_STALE = timedelta(days=1)


class OAuthClientQuerySet(models.QuerySet["OAuthClient"]):
    def register(self, name: str, redirect_uris: list[str]) -> "OAuthClient":
        """Create a client that has registered itself (RFC 7591)."""
        client = OAuthClient(name=name, redirect_uris=redirect_uris)
        client.identifier = str(client.pk)
        client.save(force_insert=True)
        return client

    def find(self, identifier: str) -> "OAuthClient | None":
        """Return the client with this `client_id`, unless staff have removed it, or None."""
        return self.present().with_identifier(identifier).first()

    def is_removed(self, identifier: str) -> bool:
        return self.removed().with_identifier(identifier).exists()

    def among(self, clients: Iterable["OAuthClient"]) -> Self:
        return self.filter(pk__in=[client.pk for client in clients])

    def with_identifier(self, identifier: str) -> Self:
        # PostgreSQL raises an error for a text with NUL.
        is_possible = len(identifier) <= MAX_IDENTIFIER_LENGTH and "\x00" not in identifier
        return self.filter(identifier=identifier) if is_possible else self.none()

    def store_document(self, identifier: str, lifetime: timedelta, **values: Any) -> "OAuthClient":  # Any: columns
        """Store what the metadata document of this address says."""
        return self.store(identifier, fetch_again_at=timezone.now() + lifetime, **values)

    def store_built_in(self, identifier: str, name: str, redirect_uri: str) -> None:
        """Store a client that this server describes itself."""
        self.store(identifier, name=name, redirect_uris=[redirect_uri])

    def store(self, identifier: str, **values: Any) -> "OAuthClient":  # Any: as above
        # A removed client stays removed, also if it was removed during the fetch of its document.
        client, _ = self.update_or_create(values, identifier=identifier)
        return client

    def present(self) -> Self:
        return self.filter(removed_at=None)

    def removed(self) -> Self:
        return self.exclude(removed_at=None)

    def without_address(self) -> Self:
        """Clients whose `client_id` is not an address. Once removed, they can return only with another one."""
        return self.exclude(identifier__startswith="http")

    def remove(self) -> None:
        """Refuse these clients until staff allow them again."""
        list(self.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        self.present().update(removed_at=timezone.now())

    def unused(self) -> Self:
        """Clients whose last use is long ago, or that were never used."""
        now = timezone.now()
        never = models.Q(last_used_at=None, created_at__lt=now - NEVER_USED_FOR)
        return self.filter(never | models.Q(last_used_at__lt=now - UNUSED_FOR))

    def without_grants(self) -> Self:
        """Clients to which nobody gives or gave access, as far as grants are kept."""
        return self.filter(grants=None, device_requests=None)


class OAuthClient(models.Model):
    """A public client: it has no secret. PKCE and its redirect URIs protect it (RFC 8252, section 8.4)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # The `client_id`: the id of this row, or the address of the client's metadata document.
    identifier = models.CharField(max_length=MAX_IDENTIFIER_LENGTH)
    name = models.CharField(max_length=100)
    redirect_uris = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    # When a user last allowed it something.
    last_used_at = models.DateTimeField(null=True)
    # When its metadata document has to be fetched again. NULL if it has registered itself.
    fetch_again_at = models.DateTimeField(null=True)
    # When staff removed it. The row stays: its `client_id` is refused, and users see the access that they gave it.
    removed_at = models.DateTimeField(null=True)

    objects = OAuthClientQuerySet.as_manager()

    class Meta:
        verbose_name = "OAuth client"
        constraints = [models.UniqueConstraint(fields=["identifier"], name="one_oauth_client_an_identifier")]

    def __str__(self) -> str:
        return self.name

    @property
    def client_id(self) -> str:
        """The name that oauthlib expects."""
        return self.identifier

    @property
    def has_document(self) -> bool:
        return self.fetch_again_at is not None

    @property
    def is_stale(self) -> bool:
        return self.fetch_again_at is not None and self.fetch_again_at <= timezone.now()

    @property
    def is_outdated(self) -> bool:
        return self.fetch_again_at is not None and self.fetch_again_at + MAX_STALE <= timezone.now()

    @property
    def host(self) -> str:
        """The host that speaks for the client's name: that of its metadata document. Empty if it registered itself."""
        return host_of(self.identifier) if self.has_document else ""

    def allows_redirect(self, uri: str) -> bool:
        return any(is_same_redirect(each, uri) for each in self.redirect_uris)

    def record_use(self) -> None:
        """Store the time of use. The client cannot be removed until the commit.

        Raises `OAuthClient.DoesNotExist` if staff have removed it.
        """
        if not OAuthClient.objects.present().filter(pk=self.pk).update(last_used_at=timezone.now()):
            raise OAuthClient.DoesNotExist

    def allow_again(self) -> bool:
        """Undo the removal. The access that has ended stays ended. Return False if it was not removed."""
        return OAuthClient.objects.removed().filter(pk=self.pk).update(removed_at=None) > 0
