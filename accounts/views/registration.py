from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.examples import ALICE
from accounts.models import User
from accounts.models.user import EmailTaken
from accounts.permissions import RegistrationIsOpen
from accounts.serializers.profile import UserSerializer
from accounts.serializers.registration import RegistrationSerializer
from accounts.throttling import registration_attempt
from notes_api.problems import Problem
from notes_api.queries import StrictView
from notes_api.schema import answers, example


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
        responses=answers({201: UserSerializer}, 403, 409),
        parameters=[OpenApiParameter("Location", str, "header", response=[201], description="`/users/me`")],
        examples=[
            example("Alice", {"email": "alice@example.com", "password": "correct horse battery"}),
            example("Alice", ALICE, status="201"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Register with an e-mail address and a password, then log in with them."""
        serializer = RegistrationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        registration_attempt(request)
        user = register(**serializer.validated_data)
        return Response(UserSerializer(user).data, status=201, headers={"Location": "/users/me"})


def register(email: str, password: str) -> User:
    try:
        return User.objects.create_user(email, password)
    except EmailTaken:
        raise Problem(409, "email_taken", "An account with this e-mail address already exists.") from None
