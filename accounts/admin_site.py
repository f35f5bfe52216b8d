"""The front door of the admin."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse

from accounts.forms import OwnPasswordForm, StaffLoginForm
from accounts.models import User


class OwnPasswordView(PasswordChangeView):
    def get_form_kwargs(self) -> dict[str, Any]:  # Any: Django's signature
        return {**super().get_form_kwargs(), "request": self.request}


class StaffSite(AdminSite):
    site_title = site_header = "Cloud Notes"
    index_title = "Staff"
    site_url = "/docs"
    login_form = StaffLoginForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's page; 429 with `Retry-After` where there were too many tries."""
        response = super().login(request, extra_context)
        context = response.context_data if isinstance(response, TemplateResponse) else None
        if context and (wait := context["form"].wait):
            response.status_code = 429
            response.headers["Retry-After"] = str(wait)
        return response

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Without the page that leads from a thing to its public page: nothing here has one."""
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def password_change(  # type: ignore[override]  # it redirects too, which the stubs leave out
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Django's page, with the form that ends every session."""
        view = OwnPasswordView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)


def staff(request: HttpRequest) -> User:
    """Nobody else gets past the front door."""
    assert isinstance(request.user, User)  # noqa: S101  # for the type checker
    return request.user
