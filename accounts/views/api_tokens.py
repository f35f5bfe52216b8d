from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import InvalidToken, LoggedInRequest
from accounts.examples import API_TOKEN, ISSUED, NEW_API_TOKEN
from accounts.models import ApiToken
from accounts.models.api_token import MOST_TOKENS, ApiTokenQuerySet, SessionEnded, TooManyTokens
from accounts.permissions import HasScope
from accounts.serializers.api_tokens import ApiTokenSerializer, IssuedApiTokenSerializer
from notes_api.pagination import KeysetPagination, PageQuery, paginated
from notes_api.problems import Problem
from notes_api.queries import StrictView, takes_query
from notes_api.schema import LINK, LOCATION, answers, documented, example


class ApiTokenViewSet(StrictView, GenericViewSet[ApiToken]):
    """Credentials for programs, narrower than a log-in."""

    request: LoggedInRequest
    queryset = ApiToken.objects.none()
    serializer_class = ApiTokenSerializer
    permission_classes = [IsAuthenticated, HasScope]
    pagination_class = KeysetPagination
    ordering = "-id"

    def get_queryset(self) -> ApiTokenQuerySet:
        return ApiToken.objects.of(self.request.user).live()

    @documented("listTokens", "API tokens", "List your API tokens")
    @extend_schema(responses=answers({200: ApiTokenSerializer(many=True)}), parameters=[LINK])
    @takes_query(PageQuery)
    def list(self, request: LoggedInRequest) -> Response:
        """The tokens that are good, the newest first; never their secrets."""
        return paginated(self, self.get_queryset())

    @documented("createToken", "API tokens", "Make an API token")
    @extend_schema(
        request=ApiTokenSerializer,
        responses=answers({201: IssuedApiTokenSerializer}, 409),
        parameters=[LOCATION],
        examples=[example("A form on a website", NEW_API_TOKEN), example("A form", ISSUED, status="201")],
    )
    def create(self, request: LoggedInRequest) -> Response:
        """Make a token for a program; its secret is shown in this answer and never again."""
        serializer = ApiTokenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token = issued(request, serializer.validated_data)
        headers = {"Location": f"/tokens/{token.pk}", "Cache-Control": "no-store"}
        return Response(IssuedApiTokenSerializer(token).data, status=201, headers=headers)

    @documented("getToken", "API tokens", "Read about an API token")
    @extend_schema(responses=answers({200: ApiTokenSerializer}), examples=[example("A form", API_TOKEN, status="200")])
    def retrieve(self, request: LoggedInRequest, pk: str) -> Response:
        """What a token is for, what it may do and when it was used; not its secret."""
        return Response(self.get_serializer(self.get_object()).data)

    @documented("revokeToken", "API tokens", "Revoke an API token")
    @extend_schema(responses=answers({204: None}))
    def destroy(self, request: LoggedInRequest, pk: str) -> Response:
        """Refuse the token from the next request on, for good; its event streams end."""
        self.get_object().revoke()
        return Response(status=204)


def issued(request: LoggedInRequest, values: dict[str, Any]) -> ApiToken:  # Any: each has its own type
    try:
        return ApiToken.objects.issue(request.auth, **values)
    except TooManyTokens:
        detail = f"An account has at most {MOST_TOKENS} API tokens: revoke one first."
        raise Problem(409, "too_many_tokens", detail) from None
    except SessionEnded:
        raise InvalidToken from None
