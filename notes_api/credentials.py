"""The credentials of a request whose body has not been read: a view and the URLconf that leads every path to it.

Run with `request.urlconf` set to this module, a refusal passes through the same middleware, authenticators and
exception handler as any other, and so looks like any other.
"""

from django.urls import re_path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class CredentialsView(APIView):
    """Changes nothing; 204 says that the body may be read."""

    permission_classes = [IsAuthenticated]
    throttle_classes = []  # the request itself will be counted
    schema = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        """No `Allow`: only the view behind the path knows."""
        return {}

    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        return Response(status=204)

    get = put = patch = delete = post


urlpatterns = [re_path("", CredentialsView.as_view(), name="credentials")]
