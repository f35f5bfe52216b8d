from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import LoggedInRequest
from accounts.flows.revocation import revoke_grant
from accounts.models import Grant
from accounts.models.grant import GrantQuerySet
from accounts.permissions import HasScope
from accounts.serializers.oauth import GrantQuery, GrantSerializer
from accounts.views import examples
from notes_api.rest.headers import LINK
from notes_api.rest.operation import operation
from notes_api.rest.pagination import KeysetPagination, paginated
from notes_api.rest.views import StrictView


class GrantViewSet(StrictView, GenericViewSet[Grant]):
    """The programs that you have allowed to use your notes."""

    request: LoggedInRequest
    queryset = Grant.objects.none()
    serializer_class = GrantSerializer
    permission_classes = [IsAuthenticated, HasScope]
    pagination_class = KeysetPagination
    ordering = "-id"

    def get_queryset(self) -> GrantQuerySet:
        return Grant.objects.of(self.request.user).redeemed().with_client()

    @operation(
        "listGrants", "Programs", "List the programs with access",
        query=GrantQuery, returns={200: GrantSerializer(many=True)}, headers=[LINK],
        examples=examples.LIST_GRANTS,
    )  # fmt: skip
    def list(self, request: LoggedInRequest) -> Response:
        """List the programs that you have allowed something, newest first. Each permission is an entry of its own."""
        grants = self.get_queryset()
        return paginated(self, grants.ended() if self.query["ended"] else grants.live())

    @operation(
        "getGrant", "Programs", "Get the access of a program",
        returns={200: GrantSerializer}, examples=examples.GET_GRANT,
    )  # fmt: skip
    def retrieve(self, request: LoggedInRequest, pk: str) -> Response:
        """Return what you have allowed the program, also after that has ended, for as long as the server keeps it."""
        return Response(self.get_serializer(self.get_object()).data)

    @operation("revokeGrant", "Programs", "End the access of a program", returns={204: None})
    def destroy(self, request: LoggedInRequest, pk: str) -> Response:
        """Reject the program's tokens permanently, from the next request on. Its event streams end."""
        revoke_grant(self.get_object())
        return Response(status=204)
