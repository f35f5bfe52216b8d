"""The addresses of static files."""

from django.contrib.staticfiles.storage import StaticFilesStorage
from django.urls import get_script_prefix


class PrefixedStorage(StaticFilesStorage):
    """Begins each address with the prefix of the request. Django would keep that of the first request."""

    @property
    def base_url(self) -> str:
        return f"{get_script_prefix()}static/"

    @base_url.setter
    def base_url(self, value: str) -> None:
        pass
