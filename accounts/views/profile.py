from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import AuthenticatedRequest, LoggedInRequest
from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import EmailTaken
from accounts.flows import email_change
from accounts.flows.reauthentication import reauthenticate, wrong_password_error
from accounts.models import MailLink, User
from accounts.models.user_queryset import UserQuerySet
from accounts.permissions import HasScope
from accounts.problems import AddressTaken
from accounts.serializers.profile import UserPatchSerializer, UserSerializer
from accounts.throttling import count_mail
from accounts.views import examples
from notes_api.rest.operation import ANY_SCOPE, merge_patch, operation
from notes_api.rest.parsers import MergePatchParser, StrictJSONParser
from notes_api.rest.views import StrictView


class UserViewSet(StrictView, GenericViewSet[User]):
    """The accounts of this server."""

    request: AuthenticatedRequest
    queryset = User.objects.none()
    serializer_class = UserSerializer
    permission_classes = [IsAuthenticated, HasScope]
    parser_classes = [StrictJSONParser, MergePatchParser]

    def get_queryset(self) -> UserQuerySet:
        visible: UserQuerySet = User.objects.visible_to(self.request.user)
        return visible

    @operation("getUser", "Accounts", "Get an account", returns={200: UserSerializer}, examples=examples.GET_USER)
    def retrieve(self, request: AuthenticatedRequest, pk: str) -> Response:
        """Return your own account. Staff can read every account."""
        return Response(self.get_serializer(self.get_object()).data)

    @operation(
        "getMe", "Accounts", "Get your account",
        scope=ANY_SCOPE, returns={200: UserSerializer}, examples=examples.GET_USER,
    )  # fmt: skip
    def me(self, request: AuthenticatedRequest) -> Response:
        """Return the account that the credentials belong to."""
        return Response(self.get_serializer(request.user).data)

    @operation(
        "updateMe", "Accounts", "Change your address",
        body=merge_patch(UserPatchSerializer), returns={200: UserSerializer, 202: UserSerializer}, errors=[409],
        examples=examples.UPDATE_ME, hashes_password=True,
    )  # fmt: skip
    def update_me(self, request: LoggedInRequest) -> Response:
        """Change the e-mail address. The old address is notified.

        Requires the password, and a one-time code if the second factor is on, unless the log-in is less than 10
        minutes old (403 `reauthentication_required`).

        If the server verifies addresses, every new address returns 202, and the account keeps the old one until the
        link in the mail to the new one is followed. That link replaces earlier ones. Sending the present address
        cancels a pending change.
        """
        if request.stream is None:
            raise ParseError("The body is empty: send the members to change.")
        values = UserPatchSerializer.read(request.data)
        is_pending = change_email(request, values) if "email" in values else False
        return Response(self.get_serializer(request.user).data, status=202 if is_pending else 200)


def change_email(request: LoggedInRequest, values: dict[str, Any]) -> bool:  # Any: each member has its own type
    """Change the address, or mail a link that does; return whether the change waits for that link.

    Raises as `reauthenticate` does, and `AddressTaken`.
    """
    password_field = reauthenticate(request, values)
    email = values["email"]
    if email == request.user.email:
        MailLink.objects.delete_for(request.user, MailLink.Purpose.CHANGE)
        return False
    count_mail(request, "change", email)
    if settings.EMAIL_VERIFICATION != "off":
        log_event(SecurityEvent.EMAIL_CHANGE_REQUESTED, request.user.pk)
        email_change.send_change_link(request.user, email)
        return True
    try:
        if not email_change.change_email(request.user, email):
            raise wrong_password_error(password_field)
    except EmailTaken:
        raise AddressTaken from None
    return False
