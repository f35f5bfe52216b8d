from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import LoggedInRequest
from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import PasswordReplaced
from accounts.flows import password_change
from accounts.flows.link_requests import request_reset_link
from accounts.flows.reauthentication import require_password
from accounts.models import MailLink
from accounts.permissions import HasScope
from accounts.problems import InvalidLink
from accounts.serializers.email import AddressSerializer
from accounts.serializers.password import PasswordChangeSerializer, ResetConfirmSerializer, validate_new_password
from accounts.throttling import count_mail
from accounts.views import examples
from notes_api.rest.operation import PUBLIC, operation
from notes_api.rest.views import StrictView


class PasswordView(StrictView):
    """Your password."""

    request: LoggedInRequest
    permission_classes = [IsAuthenticated, HasScope]

    @operation(
        "changePassword", "Accounts", "Change your password",
        body=PasswordChangeSerializer, returns={204: None}, examples=examples.CHANGE_PASSWORD, hashes_password=True,
    )  # fmt: skip
    def post(self, request: LoggedInRequest) -> Response:
        """Set a new password. Every other session and the access of all programs end; the current session continues.

        API tokens stay valid unless `revoke_tokens` is true. A mail says how many remain.
        """
        values = PasswordChangeSerializer.read(request.data, user=request.user)
        require_password(request, values["current_password"], "current_password")
        try:
            password_change.change_password(
                request.user, values["new_password"], request.auth, revoke_tokens=values["revoke_tokens"]
            )
        except PasswordReplaced:
            message = ErrorDetail("Your password was changed in the meantime.", "wrong")
            raise ValidationError({"current_password": [message]}) from None
        log_event(SecurityEvent.PASSWORD_CHANGED, request.user.pk)
        return Response(status=204)


class ResetView(StrictView):
    """A forgotten password."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @operation(
        "resetPassword", "Accounts", "Request a link to set a new password",
        security=PUBLIC, body=AddressSerializer, returns={202: None}, examples=examples.SEND_LINK,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Mail a link to the account's address. It works once and is valid for an hour.

        The response is always the same, so it does not reveal whether the account exists.
        """
        email = AddressSerializer.read(request.data)["email"]
        count_mail(request, "reset", email)
        request_reset_link(email)
        return Response(status=202)


class ResetConfirmView(StrictView):
    """A new password."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @operation(
        "confirmPasswordReset", "Accounts", "Set a new password with the link",
        security=PUBLIC, body=ResetConfirmSerializer, returns={204: None}, examples=examples.CONFIRM_RESET,
        hashes_password=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Set a new password. Every session and the access of all programs end. This also verifies the address.

        Returns 400 `invalid_token` if the link was used or is older than an hour, or if the address or the password
        has changed since. If the new password is rejected, the link stays valid.
        """
        reset_password(**ResetConfirmSerializer.read(request.data))
        return Response(status=204)


def reset_password(token: str, new_password: str) -> None:
    """Set the password of the account that the token belongs to; raises `InvalidLink` and `ValidationError`."""
    try:
        link = MailLink.objects.get_by_token(token, MailLink.Purpose.RESET)
        password_change.reset_password(link.user, validate_new_password(new_password, link.user), link)
    except MailLink.DoesNotExist:
        raise InvalidLink from None
    except ValidationError as error:
        raise ValidationError({"new_password": error.detail}) from None
    log_event(SecurityEvent.PASSWORD_RESET, link.user_id)
