from functools import partial

from django.conf import settings
from django.contrib.auth.hashers import make_password
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.examples import ALICE
from accounts.models import User
from accounts.models.email import EmailTaken
from accounts.permissions import RegistrationIsOpen
from accounts.problems import AddressTaken
from accounts.serializers.email import RegisteredSerializer
from accounts.serializers.profile import UserSerializer
from accounts.serializers.registration import RegistrationSerializer
from accounts.throttling import registration_attempt
from notes_api.errands import errands
from notes_api.queries import StrictView
from notes_api.schema import answers, example

LOCATION = {"Location": "/users/me"}


class RegistrationView(StrictView):
    """Make an account."""

    authentication_classes = []
    permission_classes = [AllowAny, RegistrationIsOpen]

    @extend_schema(
        operation_id="registerUser",
        tags=["Accounts"],
        summary="Register",
        auth=[],
        request=RegistrationSerializer,
        responses=answers({201: UserSerializer, 202: RegisteredSerializer}, 403, 409),
        parameters=[OpenApiParameter("Location", str, "header", response=[201], description="`/users/me`")],
        examples=[
            example("Alice", {"email": "alice@example.com", "password": "correct horse battery"}),
            example("Alice", {**ALICE, "email_verified": False}, status="201"),
            example("Alice", {"email": "alice@example.com"}, status="202"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Register with an e-mail address and a password, then log in with them.

        Where the server requires addresses to be verified the answer is 202, the same for every address, and all
        else comes by mail: a link to verify it or, where it has an account already, one to set a new password.
        """
        serializer = RegistrationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        email, password = serializer.validated_data["email"], serializer.validated_data["password"]
        registration_attempt(request, email)
        if settings.EMAIL_VERIFICATION == "required":
            errands.add(partial(User.objects.sign_up, email, make_password(password)))
            return Response({"email": email}, status=202)
        return Response(UserSerializer(registered(email, password)).data, status=201, headers=LOCATION)


def registered(email: str, password: str) -> User:
    try:
        user = User.objects.create_user(email, password)
    except EmailTaken:
        raise AddressTaken from None
    if settings.EMAIL_VERIFICATION == "optional":
        errands.add(user.send_verification_link)
    return user
