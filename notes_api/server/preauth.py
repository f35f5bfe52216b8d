"""A view that checks only the credentials, and a URLconf that routes every path to it.

The server calls Django with `request.urlconf` set to this module before it reads a long body. The response to invalid
credentials passes through the same middleware, authentication and exception handler as any other response.
"""

from django.urls import re_path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class CredentialsView(APIView):
    """Changes nothing. A 204 means that the body may be read."""

    permission_classes = [IsAuthenticated]
    throttle_classes = []  # the request itself is counted later
    schema = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Leave out `Allow`, which only the view of the path knows."""
        return {}

    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        return Response(status=204)

    get = put = patch = delete = post


urlpatterns = [re_path("", CredentialsView.as_view(), name="credentials")]
