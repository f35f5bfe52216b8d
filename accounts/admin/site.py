"""The admin site, its login, its password page and the second factor that it requires."""

from functools import update_wrapper
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.views.decorators.cache import never_cache

from accounts.admin import second_factor
from accounts.admin.daily_counts import build_charts
from accounts.admin.forms import OwnPasswordForm, StaffLoginForm
from accounts.models import User
from notes_api.rest.decorators import AnyView, hashes_password


class OwnPasswordView(PasswordChangeView):
    def get_form_kwargs(self) -> dict[str, Any]:  # Any: Django's signature
        return {**super().get_form_kwargs(), "request": self.request}


class StaffSite(AdminSite):
    site_title = site_header = "Cloud Notes"
    index_title = "Staff"
    site_url = "/docs"
    # The lists need the width of the page, and the first page names all of them.
    enable_nav_sidebar = False
    login_form = StaffLoginForm

    @hashes_password
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Render Django's page, with status 429 and `Retry-After` after too many attempts."""
        response = super().login(request, extra_context)
        if (factor := getattr(request, "second_factor", None)) and request.user.is_authenticated:
            second_factor.remember(request, factor)
        context = response.context_data if isinstance(response, TemplateResponse) else None
        if context and (wait := context["form"].wait):
            response.status_code = 429
            response.headers["Retry-After"] = str(wait)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Render Django's page with charts of the objects that were added in the last 30 days."""
        return super().index(request, {"charts": build_charts(self, request), **(extra_context or {})})

    def has_permission(self, request: HttpRequest) -> bool:
        return is_staff(request) and second_factor.is_satisfied(request, staff_user(request))

    def admin_view(self, view: AnyView, cacheable: bool = False) -> AnyView:
        """Guard the view as Django does. Staff who lack only the second factor get a page that says what to do."""
        guarded = super().admin_view(view, cacheable)

        def check_factor(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if is_staff(request) and view == self.logout:
                return cast("HttpResponseBase", self.logout(request))
            if is_staff(request) and not self.has_permission(request):
                return second_factor.build_refusal(request, staff_user(request), self.each_context(request))
            response: HttpResponseBase = guarded(request, *args, **kwargs)
            return response

        return cast("AnyView", update_wrapper(check_factor, guarded))

    @hashes_password
    def enrol_second_factor(self, request: HttpRequest) -> HttpResponseBase:
        """Enrol a second factor. Staff reach this page without one."""
        if not is_staff(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return second_factor.build_page(
            request, staff_user(request), {**self.each_context(request), "title": "Second factor"}
        )

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return Django's URLs without `view_on_site`: no object here has a public page."""
        own = path("second_factor/", never_cache(self.enrol_second_factor), name="second_factor")
        return [own, *(url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site")]

    @hashes_password
    def password_change(  # type: ignore[override]  # the stubs omit that it may redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Render Django's page with the form that ends every session."""
        view = OwnPasswordView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)


def is_staff(request: HttpRequest) -> bool:
    """Whether an active member of staff has logged in, with or without a second factor."""
    return request.user.is_active and request.user.is_staff


def staff_user(request: HttpRequest) -> User:
    """Return the user of an admin request. Only users who have logged in reach admin views."""
    assert isinstance(request.user, User)  # noqa: S101  # for the type checker
    return request.user
