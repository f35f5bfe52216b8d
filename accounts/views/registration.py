from django.conf import settings
from django.contrib.auth.hashers import make_password
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.exceptions import EmailTaken
from accounts.flows.link_requests import request_sign_up
from accounts.flows.registration import register
from accounts.models import User
from accounts.permissions import RegistrationIsOpen
from accounts.problems import AddressTaken
from accounts.serializers.email import RegisteredSerializer
from accounts.serializers.profile import UserSerializer
from accounts.serializers.registration import RegistrationSerializer
from accounts.throttling import registration_attempt
from accounts.views import examples
from notes_api.rest.operation import PUBLIC, operation
from notes_api.rest.public_path import public_path
from notes_api.rest.views import StrictView

LOCATION = OpenApiParameter("Location", str, "header", response=[201], description="`/users/me`")


class RegistrationView(StrictView):
    """A new account."""

    authentication_classes = []
    permission_classes = [AllowAny, RegistrationIsOpen]

    @operation(
        "registerUser", "Accounts", "Register",
        security=PUBLIC, body=RegistrationSerializer, returns={201: UserSerializer, 202: RegisteredSerializer},
        errors=[403, 409, 507], headers=[LOCATION], examples=examples.REGISTER, hashes_password=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Register with an e-mail address and a password, then log in with them.

        If the server requires verified addresses, every address gets the same 202 response. The rest comes by mail:
        a link to verify the address or, if it has an account already, a link to set a new password.
        """
        values = RegistrationSerializer.read(request.data)
        email, password = values["email"], values["password"]
        with registration_attempt(request, email):
            if settings.EMAIL_VERIFICATION == "required":
                request_sign_up(email, make_password(password))
                return Response({"email": email}, status=202)
            user = create_user(email, password)
        return Response(UserSerializer(user).data, status=201, headers={"Location": public_path(request, "/users/me")})


def create_user(email: str, password: str) -> User:
    """Create an account and mail a verification link if the server verifies addresses; raises `AddressTaken`."""
    try:
        return register(email, password)
    except EmailTaken:
        raise AddressTaken from None
