from django.db import transaction
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import InvalidToken, LoggedInRequest
from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import SessionEnded, TooManyTokens
from accounts.flows.reauthentication import reauthenticate
from accounts.flows.token_report import report_new_token
from accounts.models import ApiToken
from accounts.models.api_token import TOO_MANY_TOKENS, ApiTokenQuerySet
from accounts.permissions import HasScope
from accounts.serializers.api_tokens import ApiTokenSerializer, IssuedApiTokenSerializer
from accounts.views import examples
from notes_api.rest.headers import LINK, LOCATION
from notes_api.rest.json_types import JSONObject
from notes_api.rest.operation import operation
from notes_api.rest.pagination import KeysetPagination, PageQuery, paginated
from notes_api.rest.problems import Problem
from notes_api.rest.public_path import public_path
from notes_api.rest.views import StrictView


class ApiTokenViewSet(StrictView, GenericViewSet[ApiToken]):
    """Credentials for programs, which allow less than a login session."""

    request: LoggedInRequest
    queryset = ApiToken.objects.none()
    serializer_class = ApiTokenSerializer
    permission_classes = [IsAuthenticated, HasScope]
    pagination_class = KeysetPagination
    ordering = "-id"

    def get_queryset(self) -> ApiTokenQuerySet:
        return ApiToken.objects.of(self.request.user).live()

    @operation(
        "listTokens", "API tokens", "List your API tokens",
        query=PageQuery, returns={200: ApiTokenSerializer(many=True)}, headers=[LINK],
        examples=examples.LIST_TOKENS,
    )  # fmt: skip
    def list(self, request: LoggedInRequest) -> Response:
        """List the active tokens, newest first. Their secrets are never shown."""
        return paginated(self, self.get_queryset())

    @operation(
        "createToken", "API tokens", "Create an API token",
        body=ApiTokenSerializer, returns={201: IssuedApiTokenSerializer}, errors=[409, 507], headers=[LOCATION],
        examples=examples.CREATE_TOKEN, hashes_password=True,
    )  # fmt: skip
    def create(self, request: LoggedInRequest) -> Response:
        """Create a token for a program. Only this response shows its secret.

        Requires the password, and a one-time code if the second factor is on, unless the log-in is less than 10
        minutes old (403 `reauthentication_required`).
        """
        values = ApiTokenSerializer.read(request.data)
        reauthenticate(request, values)
        token = issue_token(request, values)
        headers = {"Location": public_path(request, f"/tokens/{token.pk}"), "Cache-Control": "no-store"}
        return Response(IssuedApiTokenSerializer(token).data, status=201, headers=headers)

    @operation(
        "getToken", "API tokens", "Get an API token", returns={200: ApiTokenSerializer}, examples=examples.GET_TOKEN
    )
    def retrieve(self, request: LoggedInRequest, pk: str) -> Response:
        """Return the token's name, scopes and last use, without its secret."""
        return Response(self.get_serializer(self.get_object()).data)

    @operation("revokeToken", "API tokens", "Revoke an API token", returns={204: None})
    def destroy(self, request: LoggedInRequest, pk: str) -> Response:
        """Reject the token permanently, from the next request on. Its event streams end."""
        token = self.get_object()
        if token.revoke():
            log_event(SecurityEvent.TOKEN_REVOKED, request.user.pk, token=token.pk)
        return Response(status=204)


def issue_token(request: LoggedInRequest, values: JSONObject) -> ApiToken:
    """Create an API token and notify the owner.

    Raises `Problem` if the account has too many, and `InvalidToken` if the session has ended.
    """
    try:
        with transaction.atomic():
            token = ApiToken.objects.issue(request.auth, **values)
            report_new_token(token)
    except TooManyTokens:
        raise Problem(409, "too_many_tokens", TOO_MANY_TOKENS) from None
    except SessionEnded:
        raise InvalidToken from None
    return token
