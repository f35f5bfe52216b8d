from functools import partial

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import AuthenticatedRequest
from accounts.examples import ALICE
from accounts.models import MailLink, User
from accounts.models.email import EmailTaken
from accounts.models.user import UserQuerySet
from accounts.permissions import HasScope, needs
from accounts.problems import AddressTaken
from accounts.reauthentication import ask_password, not_your_password
from accounts.serializers.profile import UserPatchSerializer, UserSerializer
from accounts.throttling import mail_attempt
from notes_api.errands import errands
from notes_api.parsers import MergePatchParser, StrictJSONParser
from notes_api.queries import StrictView
from notes_api.schema import answers, example


class UserViewSet(StrictView, GenericViewSet[User]):
    """The people who keep notes here."""

    request: AuthenticatedRequest
    queryset = User.objects.none()
    serializer_class = UserSerializer
    permission_classes = [IsAuthenticated, HasScope]
    parser_classes = [StrictJSONParser, MergePatchParser]

    def get_queryset(self) -> UserQuerySet:
        visible: UserQuerySet = User.objects.visible_to(self.request.user)
        return visible

    @extend_schema(
        operation_id="getUser",
        tags=["Accounts"],
        summary="Read an account",
        responses=answers({200: UserSerializer}),
        examples=[example("Alice", ALICE, status="200")],
    )
    def retrieve(self, request: AuthenticatedRequest, pk: str) -> Response:
        """Your own account; staff may read any."""
        return Response(self.get_serializer(self.get_object()).data)

    @needs()
    @extend_schema(
        operation_id="getMe",
        tags=["Accounts"],
        summary="Read your account",
        responses=answers({200: UserSerializer}),
        examples=[example("Alice", ALICE, status="200")],
    )
    def me(self, request: AuthenticatedRequest) -> Response:
        """The account of these credentials."""
        return Response(self.get_serializer(request.user).data)

    @extend_schema(
        operation_id="updateMe",
        tags=["Accounts"],
        summary="Change your address",
        request={"application/json": UserPatchSerializer, "application/merge-patch+json": UserPatchSerializer},
        responses=answers({200: UserSerializer, 202: UserSerializer}, 409),
        examples=[
            example("Another one", {"email": "alice@example.org", "current_password": "correct horse battery"}),
            example("Changed", {**ALICE, "email": "alice@example.org", "email_verified": False}, status="200"),
            example("Waiting", ALICE, status="202"),
        ],
    )
    def update_me(self, request: AuthenticatedRequest) -> Response:
        """Change the e-mail address, with your password; the old address is told.

        Where the server verifies addresses, the answer is 202 for every new one, and the account keeps the old one
        until the link in the mail to the new one is followed. It replaces a link sent to another address, and so does
        the address that the account has: no change waits any longer.
        """
        if request.stream is None:
            raise ParseError("The body is empty: send what shall change.")
        serializer = UserPatchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        waits = change_email(request, **serializer.validated_data) if "email" in serializer.validated_data else False
        return Response(self.get_serializer(request.user).data, status=202 if waits else 200)


def change_email(request: AuthenticatedRequest, email: str, current_password: str) -> bool:
    """Whether the change waits for its confirmation."""
    ask_password(request, current_password, "current_password")
    if email == request.user.email:
        request.user.end_links(MailLink.Purpose.CHANGE)
        return False
    mail_attempt(request, "change", email)
    if settings.EMAIL_VERIFICATION != "off":
        errands.add(partial(request.user.send_change_link, email))
        return True
    try:
        if not request.user.change_email(email):
            raise not_your_password("current_password")
    except EmailTaken:
        raise AddressTaken from None
    return False
