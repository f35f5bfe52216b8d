"""The page on which a user answers a device without a browser (RFC 8628, section 3.3)."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.exceptions import SessionEnded
from accounts.flows.oauth.consent import Decision, allow, refuse
from accounts.models import DeviceRequest, Session
from accounts.throttling import count_client_requests
from accounts.views.permission_log_in import LogInStep
from accounts.views.permission_pages import DecisionStep, PageExpired, PermissionPage, PermissionRequest

WRONG_CODE = "This code is wrong or has expired. Look at the device again."
UNDECIDED = (
    "You did not log in, so the device has no access to your notes. It waits until somebody answers, or until the code "
    "on it expires."
)
ANSWERED = "Go back to the device. You can close this page."


class DeviceQuestion(PermissionPage):
    path = "/device"

    def load_request(self, subject: str) -> PermissionRequest:
        device = DeviceRequest.objects.waiting().select_related("client").filter(pk=UUID(subject)).first()
        if device is None:
            raise PageExpired
        return PermissionRequest(subject, device.client, device.scopes, "", device.resource, device.shown_code)

    def allow(self, asked: PermissionRequest, session: Session, decision: Decision) -> HttpResponse:
        device = DeviceRequest.objects.get(pk=UUID(asked.subject))
        with transaction.atomic():
            bound_to = {"resource": device.resource, "expires_at": device.expires_at}
            grant = allow(session, asked.client, decision, **bound_to)
            if not device.decide(grant):
                raise SessionEnded
        return Response({"title": "The device has access now", "text": ANSWERED})

    def refuse(self, asked: PermissionRequest, session: Session | None) -> HttpResponse:
        """Only a user who has logged in refuses for the device. Without a log-in the request just expires."""
        if session is None:
            return Response({"title": "You have not decided", "text": UNDECIDED})
        refuse(session)
        DeviceRequest.objects.get(pk=UUID(asked.subject)).decide(None)
        return Response({"title": "The device has no access", "text": ANSWERED})


class DevicePage(DeviceQuestion, DecisionStep):
    def get(self, request: Request) -> HttpResponse:
        typed = request.query_params.get("user_code", "")
        if not typed:
            return Response({"template": "accounts/device.html", "title": "Connect a device"})
        count_client_requests(request, "user-code")
        device = DeviceRequest.objects.find_by_user_code(typed)
        if device is None:
            context = {"template": "accounts/device.html", "title": "Connect a device", "typed": typed[:20]}
            return Response({**context, "error": WRONG_CODE}, status=400)
        return self.show_log_in(self.load_request(str(device.pk)))


class DeviceLogInPage(DeviceQuestion, LogInStep):
    pass
