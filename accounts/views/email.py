from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import MailLink, User
from accounts.models.email import EmailTaken
from accounts.problems import AddressTaken, InvalidLink
from accounts.serializers.email import AddressSerializer, VerificationSerializer
from accounts.throttling import mail_attempt
from notes_api.errands import errands
from notes_api.queries import StrictView
from notes_api.schema import answers, example


class VerificationView(StrictView):
    """A link that came by mail."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="verifyEmail",
        tags=["Accounts"],
        summary="Verify an address with the link",
        auth=[],
        request=VerificationSerializer,
        responses=answers({204: None}, 409),
        examples=[example("Alice", {"token": "Jq0v1mB0hKk1y8mS5kX3cXWn3WmH1sYb2mC9v7aJd4E"})],
    )
    def post(self, request: Request) -> Response:
        """The address that the link was sent to is verified. Where it is a new one, the account has it from now on.

        400 `invalid_token` where the link was used, is older than an hour, or where the address or the password has
        changed since. 409 `email_taken` where the new address has an account by now.
        """
        serializer = VerificationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        follow(serializer.validated_data["token"])
        return Response(status=204)


class VerificationLinkView(StrictView):
    """A link that did not come."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="sendVerification",
        tags=["Accounts"],
        summary="Ask for another link to verify an address",
        auth=[],
        request=AddressSerializer,
        responses=answers({202: None}),
        examples=[example("Alice", {"email": "alice@example.com"})],
    )
    def post(self, request: Request) -> Response:
        """The link goes to the address of the account by mail, works once and for an hour.

        The answer is the same whether there is such an account or not, and whether it is verified or not.
        """
        serializer = AddressSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        email = serializer.validated_data["email"]
        mail_attempt(request, "verify", email)
        errands.add(User.objects.with_email(email).send_verification_links)
        return Response(status=202)


def follow(token: str) -> None:
    try:
        link = MailLink.objects.read(token, MailLink.Purpose.VERIFY, MailLink.Purpose.CHANGE)
        if link.purpose == MailLink.Purpose.CHANGE:
            link.user.confirm_change(link)
        else:
            link.user.verify_email(link)
    except MailLink.DoesNotExist:
        raise InvalidLink from None
    except EmailTaken:
        raise AddressTaken from None
