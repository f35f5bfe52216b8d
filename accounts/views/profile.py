from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import AuthenticatedRequest
from accounts.examples import ALICE
from accounts.models import User
from accounts.models.user import UserQuerySet
from accounts.permissions import HasScope, needs
from accounts.serializers.profile import UserSerializer
from notes_api.queries import StrictView
from notes_api.schema import answers, example


class UserViewSet(StrictView, GenericViewSet[User]):
    """The people who keep notes here."""

    request: AuthenticatedRequest
    queryset = User.objects.none()
    serializer_class = UserSerializer
    permission_classes = [IsAuthenticated, HasScope]

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
