from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.exceptions import EmailTaken
from accounts.flows.email_change import confirm_change
from accounts.flows.email_verification import verify_email
from accounts.flows.link_requests import request_verification_link
from accounts.models import MailLink
from accounts.problems import AddressTaken, InvalidLink
from accounts.serializers.email import AddressSerializer, VerificationSerializer
from accounts.throttling import count_mail
from accounts.views import examples
from notes_api.rest.operation import PUBLIC, operation
from notes_api.rest.views import StrictView


class VerificationView(StrictView):
    """A link from a mail."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @operation(
        "verifyEmail", "Accounts", "Verify an address with the link",
        security=PUBLIC, body=VerificationSerializer, returns={204: None}, errors=[409],
        examples=examples.VERIFY_EMAIL,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Verify the address to which the link was sent. A new address becomes the account's address.

        Returns 400 `invalid_token` if the link was used or is older than an hour, or if the address or the password
        has changed since. Returns 409 `email_taken` if the new address now belongs to another account.
        """
        follow_link(**VerificationSerializer.read(request.data))
        return Response(status=204)


class VerificationLinkView(StrictView):
    """A link that did not arrive."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @operation(
        "sendVerification", "Accounts", "Request another link to verify an address",
        security=PUBLIC, body=AddressSerializer, returns={202: None}, examples=examples.SEND_LINK,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Mail a link to the account's address. It works once and is valid for an hour.

        The response is always the same, so it does not reveal whether the account exists or is verified.
        """
        email = AddressSerializer.read(request.data)["email"]
        count_mail(request, "verify", email)
        request_verification_link(email)
        return Response(status=202)


def follow_link(token: str) -> None:
    """Verify or change the address for which the mailed token was issued; raises `InvalidLink` and `AddressTaken`."""
    try:
        link = MailLink.objects.get_by_token(token, MailLink.Purpose.VERIFY, MailLink.Purpose.CHANGE)
        if link.purpose == MailLink.Purpose.CHANGE:
            confirm_change(link.user, link)
        else:
            verify_email(link.user, link)
    except MailLink.DoesNotExist:
        raise InvalidLink from None
    except EmailTaken:
        raise AddressTaken from None
