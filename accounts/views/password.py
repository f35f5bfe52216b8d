from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import LoggedInRequest
from accounts.models import MailLink, User
from accounts.models.password import PasswordReplaced
from accounts.permissions import HasScope
from accounts.problems import InvalidLink
from accounts.reauthentication import ask_password
from accounts.serializers.email import AddressSerializer
from accounts.serializers.password import (
    PasswordChangeSerializer,
    ResetConfirmSerializer,
    acceptable,
)
from accounts.throttling import mail_attempt
from notes_api.errands import errands
from notes_api.queries import StrictView
from notes_api.schema import answers, example


class PasswordView(StrictView):
    """Your password."""

    request: LoggedInRequest
    permission_classes = [IsAuthenticated, HasScope]

    @extend_schema(
        operation_id="changePassword",
        tags=["Accounts"],
        summary="Change your password",
        request=PasswordChangeSerializer,
        responses=answers({204: None}),
        examples=[
            example("A longer one", {"current_password": "correct horse battery", "new_password": "a long quiet walk"})
        ],
    )
    def post(self, request: LoggedInRequest) -> Response:
        """Set a new password. Every other session ends; the one you are using goes on."""
        serializer = PasswordChangeSerializer(data=request.data, context={"user": request.user})
        serializer.is_valid(raise_exception=True)
        ask_password(request, serializer.validated_data["current_password"], "current_password")
        try:
            request.user.change_password(serializer.validated_data["new_password"], request.auth)
        except PasswordReplaced:
            message = ErrorDetail("This is no longer your password.", "wrong")
            raise ValidationError({"current_password": [message]}) from None
        return Response(status=204)


class ResetView(StrictView):
    """A forgotten password."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="resetPassword",
        tags=["Accounts"],
        summary="Ask for a link to set a new password",
        auth=[],
        request=AddressSerializer,
        responses=answers({202: None}),
        examples=[example("Alice", {"email": "alice@example.com"})],
    )
    def post(self, request: Request) -> Response:
        """The link goes to the address of the account by mail, works once and for an hour.

        The answer is the same whether there is such an account or not.
        """
        serializer = AddressSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        email = serializer.validated_data["email"]
        mail_attempt(request, "reset", email)
        errands.add(User.objects.active().with_email(email).send_reset_links)
        return Response(status=202)


class ResetConfirmView(StrictView):
    """A new password."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="confirmPasswordReset",
        tags=["Accounts"],
        summary="Set a new password with the link",
        auth=[],
        request=ResetConfirmSerializer,
        responses=answers({204: None}),
        examples=[
            example(
                "Alice",
                {"token": "Jq0v1mB0hKk1y8mS5kX3cXWn3WmH1sYb2mC9v7aJd4E", "new_password": "a long quiet walk"},
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Every session ends: log in with the new password. The address counts as verified.

        400 `invalid_token` where the link was used, is older than an hour, or where the address or the password
        has changed since. A password that is refused leaves the link as it was.
        """
        serializer = ResetConfirmSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        reset(**serializer.validated_data)
        return Response(status=204)


def reset(token: str, new_password: str) -> None:
    try:
        link = MailLink.objects.read(token, MailLink.Purpose.RESET)
        link.user.recover(acceptable(new_password, link.user), link)
    except MailLink.DoesNotExist:
        raise InvalidLink from None
    except ValidationError as error:
        raise ValidationError({"new_password": error.detail}) from None
