from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet
from rest_framework_simplejwt.exceptions import TokenError

from accounts.authentication.bearer import BearerAuthentication, InvalidToken, LoggedInRequest
from accounts.authentication.tokens import RefreshToken
from accounts.flows.revocation import end_sessions
from accounts.models import Session
from accounts.models.session import SessionQuerySet
from accounts.permissions import HasScope, InsufficientScope
from accounts.scopes import Scope
from accounts.serializers.login import LogoutSerializer
from accounts.serializers.sessions import SessionSerializer
from accounts.views import examples
from notes_api.rest.headers import LINK
from notes_api.rest.operation import LOGIN, operation
from notes_api.rest.pagination import KeysetPagination, PageQuery, paginated
from notes_api.rest.views import StrictView


class LogoutView(StrictView):
    """Log out."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @operation("logout", "Login", "Log out", security=LOGIN, body=LogoutSerializer, returns={204: None}, errors=[401])
    def post(self, request: Request) -> Response:
        """End this session. Its access and refresh tokens stop working immediately.

        If the access token has expired, send the refresh token in the body to identify the session.
        """
        refresh_token = LogoutSerializer.read(request.data).get("refresh_token")
        find_session(request, refresh_token).revoke()
        return Response(status=204)

    def get_authenticate_header(self, request: Request) -> str:
        return BearerAuthentication().authenticate_header(request)


class SessionViewSet(StrictView, GenericViewSet[Session]):
    """The devices on which you are logged in."""

    request: LoggedInRequest
    queryset = Session.objects.none()
    serializer_class = SessionSerializer
    permission_classes = [IsAuthenticated, HasScope]
    pagination_class = KeysetPagination
    ordering = "-id"

    def get_queryset(self) -> SessionQuerySet:
        return Session.objects.of(self.request.user).live().of_devices()

    @operation(
        "listSessions", "Login", "List your sessions",
        query=PageQuery, returns={200: SessionSerializer(many=True)}, headers=[LINK],
        examples=examples.LIST_SESSIONS,
    )  # fmt: skip
    def list(self, request: LoggedInRequest) -> Response:
        """List the devices on which you are logged in, newest first."""
        return paginated(self, self.get_queryset())

    @operation("endSession", "Login", "End a session", returns={204: None})
    def destroy(self, request: LoggedInRequest, pk: str) -> Response:
        """Log out one device."""
        self.get_object().revoke()
        return Response(status=204)

    @operation("endOtherSessions", "Login", "End all other sessions", returns={204: None})
    def destroy_others(self, request: LoggedInRequest) -> Response:
        """Log out all other devices, and all browsers from the admin. The access of all programs ends, too."""
        end_sessions(request.user, keep=request.auth)
        return Response(status=204)


def find_session(request: Request, refresh_token: str | None) -> Session:
    """Return the session of the refresh token, or of the access token if there is none; raises `InvalidToken`."""
    if refresh_token is not None:
        try:
            return Session(pk=RefreshToken.read(refresh_token).session_id)
        except TokenError:
            raise InvalidToken from None
    credentials = BearerAuthentication().authenticate(request)
    if credentials is None:
        raise InvalidToken("Send the access token or, if it has expired, `refresh_token` in the body.")
    _, credential = credentials
    if not isinstance(credential, Session):
        raise InsufficientScope(frozenset({Scope.ACCOUNT}))
    return credential
