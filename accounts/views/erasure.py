from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.models import User
from accounts.models.password import PasswordReplaced
from accounts.models.user import OnRecord
from accounts.permissions import HasScope
from accounts.reauthentication import ask_password, not_your_password
from accounts.serializers.erasure import ErasureSerializer
from notes_api.problems import Problem
from notes_api.queries import StrictView
from notes_api.schema import answers, example


class ErasureView(StrictView):
    """Leave for good."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope]

    @extend_schema(
        operation_id="eraseMe",
        tags=["Accounts"],
        summary="Erase your account",
        request=ErasureSerializer,
        responses=answers({204: None}, 409),
        examples=[example("Alice", {"password": "correct horse battery"})],
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Delete the account and everything it owns, at once and for good: nothing can bring it back.

        The password is asked for again. Every token and stream of the account ends.
        """
        serializer = ErasureSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        ask_password(request, serializer.validated_data["password"])
        leave(request.user)
        return Response(status=204)


def leave(user: User) -> None:
    try:
        user.leave(user.password)
    except PasswordReplaced:
        raise not_your_password() from None
    except OnRecord:
        detail = "This account works or worked as staff: a superuser can delete or deactivate it in the admin."
        raise Problem(409, "staff_account", detail) from None
