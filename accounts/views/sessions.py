from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet
from rest_framework_simplejwt.exceptions import TokenError

from accounts.authentication import BearerAuthentication, InvalidToken, LoggedInRequest
from accounts.models import Session
from accounts.models.session import SessionQuerySet
from accounts.permissions import HasScope, InsufficientScope
from accounts.scopes import Scope
from accounts.serializers.login import LogoutSerializer
from accounts.serializers.sessions import SessionSerializer
from accounts.tokens import RefreshToken
from notes_api.pagination import KeysetPagination, PageQuery, paginated
from notes_api.queries import StrictView, takes_query
from notes_api.schema import LINK, answers


class LogoutView(StrictView):
    """Log out."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="logout",
        tags=["Login"],
        summary="Log out",
        auth=[{"login": []}],  # type: ignore[list-item]  # OpenAPI's own form, which spectacular takes too
        request=LogoutSerializer,
        responses=answers({204: None}, 401),
    )
    def post(self, request: Request) -> Response:
        """End this session: its access and refresh tokens stop working at once.

        Where the access token has expired, the refresh token in the body says which session is meant.
        """
        serializer = LogoutSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        session_to_end(request, serializer.validated_data.get("refresh_token")).revoke()
        return Response(status=204)

    def get_authenticate_header(self, request: Request) -> str:
        return BearerAuthentication().authenticate_header(request)


class SessionViewSet(StrictView, GenericViewSet[Session]):
    """The devices you are logged in on."""

    request: LoggedInRequest
    queryset = Session.objects.none()
    serializer_class = SessionSerializer
    permission_classes = [IsAuthenticated, HasScope]
    pagination_class = KeysetPagination
    ordering = "-id"

    def get_queryset(self) -> SessionQuerySet:
        return Session.objects.of(self.request.user).live()

    @extend_schema(
        operation_id="listSessions",
        tags=["Login"],
        summary="List your sessions",
        responses=answers({200: SessionSerializer(many=True)}),
        parameters=[LINK],
    )
    @takes_query(PageQuery)
    def list(self, request: LoggedInRequest) -> Response:
        """The devices you are logged in on, the newest first."""
        return paginated(self, self.get_queryset())

    @extend_schema(operation_id="endSession", tags=["Login"], summary="End one session", responses=answers({204: None}))
    def destroy(self, request: LoggedInRequest, pk: str) -> Response:
        """Log one device out."""
        self.get_object().revoke()
        return Response(status=204)

    @extend_schema(
        operation_id="endOtherSessions",
        tags=["Login"],
        summary="End all other sessions",
        responses=answers({204: None}),
    )
    def destroy_others(self, request: LoggedInRequest) -> Response:
        """Log every device out but this one, and every browser out of the admin."""
        request.user.end_sessions(spared=request.auth)
        return Response(status=204)


def session_to_end(request: Request, refresh_token: str | None) -> Session:
    """The session of the refresh token if there is one, else of the access token; raises `InvalidToken`."""
    if refresh_token is not None:
        try:
            return Session(pk=RefreshToken.read(refresh_token).session_id)
        except TokenError:
            raise InvalidToken from None
    credentials = BearerAuthentication().authenticate(request)
    if credentials is None:
        raise InvalidToken("Send the access token or, where it has expired, `refresh_token` in the body.")
    _, credential = credentials
    if not isinstance(credential, Session):
        raise InsufficientScope(frozenset({Scope.ACCOUNT}))
    return credential
