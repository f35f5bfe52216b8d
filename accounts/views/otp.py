"""The second factor: enrol an app, confirm it, switch it off."""

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest, InvalidToken, LoggedInRequest
from accounts.exceptions import AccountErased, CodeWrong, SecondFactorIsOn
from accounts.flows.reauthentication import reauthenticate, require_password
from accounts.flows.second_factor import confirm_second_factor, disable_second_factor
from accounts.models import SecondFactor, User
from accounts.permissions import HasScope
from accounts.serializers.otp import (
    EnrolmentSerializer,
    OtpSerializer,
    OtpStatusSerializer,
    PasswordSerializer,
    RecoveryCodesSerializer,
)
from accounts.serializers.reauthentication import PasswordOrAliasSerializer
from accounts.views import examples
from notes_api.rest.operation import operation
from notes_api.rest.problems import Problem
from notes_api.rest.views import StrictView

NO_STORE = {"Cache-Control": "no-store"}


class SecondFactorView(StrictView):
    """The second factor of your own account."""

    permission_classes = [IsAuthenticated, HasScope]


class OtpView(SecondFactorView):
    @operation(
        "getOtp", "Second factor", "Get the status of the second factor",
        returns={200: OtpStatusSerializer}, examples=examples.OTP_STATUS,
    )  # fmt: skip
    def get(self, request: AuthenticatedRequest) -> Response:
        """Return whether logging in requires a one-time code, and how many recovery codes are left."""
        factor = SecondFactor.objects.of(request.user).on().first()
        return Response(OtpStatusSerializer(factor or SecondFactor()).data)

    @operation(
        "enrolOtp", "Second factor", "Enrol an authenticator app",
        body=PasswordSerializer, returns={200: EnrolmentSerializer}, errors=[409],
        examples=examples.ENROL_OTP, hashes_password=True,
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest) -> Response:
        """Create a secret for an authenticator app. The second factor is off until a code of the app confirms it.

        Enrolling again before the confirmation replaces the secret. Returns 409 `otp_enabled` if the second factor
        is already on.
        """
        require_password(request, PasswordSerializer.read(request.data)["password"])
        return Response(EnrolmentSerializer(enrol(request.user)).data, headers=NO_STORE)


class OtpConfirmView(SecondFactorView):
    @operation(
        "confirmOtp", "Second factor", "Confirm the app and switch the second factor on",
        body=OtpSerializer, returns={200: RecoveryCodesSerializer}, errors=[409], examples=examples.CONFIRM_OTP,
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest) -> Response:
        """Prove with a code that the app has the secret. After that, `POST /login` requires a code.

        Only this response shows the ten recovery codes. Returns 409 `otp_not_pending` if there is no enrolment to
        confirm.
        """
        codes = confirm_enrolment(request, OtpSerializer.read(request.data)["otp"])
        return Response({"recovery_codes": codes}, headers=NO_STORE)


class OtpDisableView(SecondFactorView):
    @operation(
        "disableOtp", "Second factor", "Switch the second factor off",
        body=PasswordOrAliasSerializer, returns={204: None}, examples=examples.DISABLE_OTP, hashes_password=True,
    )  # fmt: skip
    def post(self, request: LoggedInRequest) -> Response:
        """Delete the secret and the recovery codes. Returns 204 even if the second factor is already off.

        Requires the password and a one-time code, unless the log-in used the second factor and is less than 10 minutes
        old (403 `reauthentication_required`).
        """
        reauthenticate(request, PasswordOrAliasSerializer.read(request.data))
        disable_second_factor(request.user)
        return Response(status=204)


def enrol(user: User) -> SecondFactor:
    """Create a pending second factor; raises `Problem` if one is on, `InvalidToken` if the account was erased."""
    try:
        return SecondFactor.objects.enrol(user)
    except SecondFactorIsOn:
        detail = "The second factor is on: disable it before you enrol another app."
        raise Problem(409, "otp_enabled", detail) from None
    except AccountErased:
        raise InvalidToken from None


def confirm_enrolment(request: AuthenticatedRequest, otp: str) -> list[str]:
    """Switch the pending second factor on and return its recovery codes.

    Raises `ValidationError` if the code is wrong, `Problem` if there is no enrolment, and `Throttled`.
    """
    try:
        return confirm_second_factor(request, request.user, otp)
    except CodeWrong:
        message = "The code is wrong: the app shows a different one now."
        raise ValidationError({"otp": [ErrorDetail(message, "wrong")]}) from None
    except SecondFactor.DoesNotExist:
        detail = (
            "There is no enrolment to confirm: the second factor is on, or its enrolment has expired or is missing."
        )
        raise Problem(409, "otp_not_pending", detail) from None
