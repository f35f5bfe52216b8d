from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import LoggedInRequest
from accounts.exceptions import HasLogEntries, JournalUnavailable, PasswordReplaced
from accounts.flows.erasure import erase_self
from accounts.flows.reauthentication import reauthenticate, wrong_password_error
from accounts.models import User
from accounts.permissions import HasScope
from accounts.serializers.reauthentication import PasswordOrAliasSerializer
from accounts.views import examples
from notes_api.rest.operation import operation
from notes_api.rest.problems import Problem
from notes_api.rest.views import StrictView


class ErasureView(StrictView):
    """The end of an account."""

    request: LoggedInRequest
    permission_classes = [IsAuthenticated, HasScope]

    @operation(
        "eraseMe", "Accounts", "Erase your account",
        body=PasswordOrAliasSerializer, returns={204: None}, errors=[409], examples=examples.ERASE_ME,
        hashes_password=True,
    )  # fmt: skip
    def post(self, request: LoggedInRequest) -> Response:
        """Delete the account and everything it owns, immediately and permanently. Nothing can be restored.

        Requires the password, and a one-time code if the second factor is on, unless the log-in is less than 10
        minutes old (403 `reauthentication_required`). All tokens and event streams of the account end.
        """
        password_field = reauthenticate(request, PasswordOrAliasSerializer.read(request.data))
        erase_account(request.user, password_field)
        return Response(status=204)


def erase_account(user: User, password_field: str) -> None:
    """Erase the account; raises `ValidationError` if its password was changed in the meantime."""
    try:
        erase_self(user, user.password)
    except PasswordReplaced:
        raise wrong_password_error(password_field) from None
    except HasLogEntries:
        detail = "This is or was a staff account: a superuser can delete or deactivate it in the admin."
        raise Problem(409, "staff_account", detail) from None
    except JournalUnavailable:
        detail = "The server cannot record the erasure at the moment, so nothing was erased. Try again later."
        raise Problem(503, "service_unavailable", detail, headers={"Retry-After": "60"}) from None
