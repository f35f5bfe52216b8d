"""The second factor: enrol an app, confirm it, switch it off."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest, InvalidToken
from accounts.examples import ENROLMENT, RECOVERY_CODES
from accounts.models import SecondFactor, User
from accounts.models.clock import AccountErased
from accounts.models.otp import SecondFactorIsOn
from accounts.permissions import HasScope
from accounts.reauthentication import ask_password
from accounts.serializers.otp import (
    EnrolmentSerializer,
    OtpSerializer,
    OtpStatusSerializer,
    PasswordSerializer,
    RecoveryCodesSerializer,
)
from accounts.throttling import login_attempt
from notes_api.problems import Problem
from notes_api.queries import StrictView
from notes_api.schema import answers, example

SECRET = {"Cache-Control": "no-store"}
PASSWORD = example("Password", {"password": "correct horse battery"})


class SecondFactorView(StrictView):
    """Your own, always."""

    permission_classes = [IsAuthenticated, HasScope]


class OtpView(SecondFactorView):
    @extend_schema(
        operation_id="getOtp",
        tags=["Second factor"],
        summary="Read whether it is on",
        responses=answers({200: OtpStatusSerializer}),
        examples=[example("On", {"is_enabled": True, "recovery_codes_left": 10}, status="200")],
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """Whether a log-in asks for a one-time code, and how many recovery codes are left."""
        factor = SecondFactor.objects.of(request.user).on().first()
        return Response(OtpStatusSerializer(factor or SecondFactor()).data)

    @extend_schema(
        operation_id="enrolOtp",
        tags=["Second factor"],
        summary="Enrol an app",
        request=PasswordSerializer,
        responses=answers({200: EnrolmentSerializer}, 409),
        examples=[PASSWORD, example("Enrolment", ENROLMENT, status="200")],
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Get a fresh secret for an authenticator app. It is not on until a code of the app confirms it.

        Enrolling again before that replaces the secret. 409 `otp_enabled` where the second factor is on already.
        """
        ask_password(request, validated(PasswordSerializer, request)["password"])
        return Response(EnrolmentSerializer(enrolled(request.user)).data, headers=SECRET)


class OtpConfirmView(SecondFactorView):
    @extend_schema(
        operation_id="confirmOtp",
        tags=["Second factor"],
        summary="Confirm the app: on",
        request=OtpSerializer,
        responses=answers({200: RecoveryCodesSerializer}, 409),
        examples=[
            example("Code", {"otp": "287 082"}),
            example("Recovery codes", {"recovery_codes": RECOVERY_CODES}, status="200"),
        ],
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Prove with a code that the app has the secret. From now on `POST /login` asks for a code.

        The answer shows ten recovery codes, once. 409 `otp_not_pending` where nothing waits to be confirmed.
        """
        otp = validated(OtpSerializer, request)["otp"]
        return Response({"recovery_codes": confirmed(request, otp)}, headers=SECRET)


class OtpDisableView(SecondFactorView):
    @extend_schema(
        operation_id="disableOtp",
        tags=["Second factor"],
        summary="Switch it off",
        request=PasswordSerializer,
        responses=answers({204: None}),
        examples=[PASSWORD],
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """Forget the secret and the recovery codes. 204 also where it was off already."""
        ask_password(request, validated(PasswordSerializer, request)["password"])
        SecondFactor.objects.disable(request.user)
        return Response(status=204)


def validated(
    serializer_class: type[PasswordSerializer | OtpSerializer], request: AuthenticatedRequest
) -> dict[str, str]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    values: dict[str, str] = serializer.validated_data
    return values


def enrolled(user: User) -> SecondFactor:
    try:
        return SecondFactor.objects.enrol(user)
    except SecondFactorIsOn:
        raise Problem(409, "otp_enabled", "The second factor is on: disable it before you enrol another app.") from None
    except AccountErased:
        raise InvalidToken from None


def confirmed(request: AuthenticatedRequest, otp: str) -> list[str]:
    """The recovery codes."""
    try:
        factor = SecondFactor.objects.of(request.user).pending().get()
        with login_attempt(request, request.user.email) as attempt:
            codes = factor.confirm(otp)
            if codes is None:
                attempt.failed()
                raise ValidationError({"otp": [ErrorDetail("The app does not show this code now.", "wrong")]})
            return codes
    except SecondFactor.DoesNotExist:
        detail = "Nothing waits to be confirmed: it is on already, or was never enrolled or too long ago."
        raise Problem(409, "otp_not_pending", detail) from None
