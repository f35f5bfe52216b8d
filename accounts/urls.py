from django.urls import path

from accounts.views.api_tokens import ApiTokenViewSet
from accounts.views.authorization_server import authorization_server, protected_resource
from accounts.views.authorize import AuthorizePage, LogInPage
from accounts.views.device import DeviceLogInPage, DevicePage
from accounts.views.email import VerificationLinkView, VerificationView
from accounts.views.erasure import ErasureView
from accounts.views.grants import GrantViewSet
from accounts.views.link_pages import ResetPage, VerificationPage, page_or_api
from accounts.views.login import LoginView, RefreshView, RevocationView
from accounts.views.oauth import DeviceAuthorizationView, RegistrationOfClientsView, TokenView
from accounts.views.otp import OtpConfirmView, OtpDisableView, OtpView
from accounts.views.password import PasswordView, ResetConfirmView, ResetView
from accounts.views.profile import UserViewSet
from accounts.views.registration import RegistrationView
from accounts.views.sessions import LogoutView, SessionViewSet

urlpatterns = [
    path("users", RegistrationView.as_view()),
    path("users/me", UserViewSet.as_view({"get": "me", "patch": "update_me"})),
    path("users/me/otp", OtpView.as_view()),
    path("users/me/otp/confirm", OtpConfirmView.as_view()),
    path("users/me/otp/disable", OtpDisableView.as_view()),
    path("users/me/erase", ErasureView.as_view()),
    path("users/me/password", PasswordView.as_view()),
    path("users/<id:pk>", UserViewSet.as_view({"get": "retrieve"})),
    path("login", LoginView.as_view()),
    path("login/refresh", RefreshView.as_view()),
    path("login/revoke", RevocationView.as_view()),
    path(".well-known/oauth-authorization-server", authorization_server),
    path(".well-known/oauth-authorization-server/<path:path>", authorization_server),
    path(".well-known/oauth-protected-resource", protected_resource),
    path(".well-known/oauth-protected-resource/<path:path>", protected_resource),
    path("authorize", AuthorizePage.as_view()),
    path("authorize/login", LogInPage.as_view()),
    path("device", DevicePage.as_view()),
    path("device/login", DeviceLogInPage.as_view()),
    path("device/authorization", DeviceAuthorizationView.as_view()),
    path("token", TokenView.as_view()),
    path("register", RegistrationOfClientsView.as_view()),
    path("grants", GrantViewSet.as_view({"get": "list"})),
    path("grants/<id:pk>", GrantViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("logout", LogoutView.as_view()),
    path("password/reset", ResetView.as_view()),
    path("password/reset/confirm", page_or_api(ResetPage, ResetConfirmView)),
    path("email/verify", page_or_api(VerificationPage, VerificationView)),
    path("email/verify/send", VerificationLinkView.as_view()),
    path("sessions", SessionViewSet.as_view({"get": "list", "delete": "destroy_others"})),
    path("sessions/<id:pk>", SessionViewSet.as_view({"delete": "destroy"})),
    path("tokens", ApiTokenViewSet.as_view({"get": "list", "post": "create"})),
    path("tokens/<id:pk>", ApiTokenViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
]
