from types import SimpleNamespace

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request):
        header = request.headers.get("Authorization")
        if header is None:
            return None
        if header != "Key good":
            raise AuthenticationFailed
        return SimpleNamespace(is_authenticated=True), header

    def authenticate_header(self, request):
        return "Key"
