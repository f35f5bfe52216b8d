"""Admin actions on selected users. They call the same functions as the API."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from accounts.admin.site import staff_user
from accounts.flows.deactivation import deactivate, reactivate
from accounts.flows.email_verification import send_verification_link
from accounts.flows.password_change import send_reset_link
from accounts.flows.revocation import end_sessions, revoke_api_tokens
from accounts.flows.second_factor import disable_second_factor
from accounts.models import User
from accounts.models.user_queryset import UserQuerySet


class UserActions(admin.ModelAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
    actions = [
        "deactivate",
        "reactivate",
        "end_sessions",
        "revoke_api_tokens",
        "disable_second_factor",
        "send_reset_links",
        "send_verification_links",
        "mark_emails_verified",
    ]

    @admin.action(description="Deactivate selected users", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.apply_to_each(request, queryset, deactivate, staff_user(request).may_lock_out, "Deactivated")

    @admin.action(description="Reactivate selected users", permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.apply_to_each(request, queryset, reactivate, staff_user(request).may_manage, "Reactivated")

    @admin.action(description="End all sessions of selected users", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.apply_to_each(request, queryset, end_sessions, staff_user(request).may_manage, "Ended all sessions of")

    @admin.action(description="Turn off the second factor of selected users", permissions=["change"])
    def disable_second_factor(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        having = queryset.with_second_factor()
        outcome = "Turned off the second factor of"
        self.apply_to_each(request, having, disable_second_factor, staff_user(request).may_manage, outcome)

    @admin.action(description="Revoke all API tokens of selected users", permissions=["change"])
    def revoke_api_tokens(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        is_allowed = staff_user(request).may_manage
        self.apply_to_each(request, queryset, revoke_api_tokens, is_allowed, "Revoked all API tokens of")

    @admin.action(description="Send a reset link to selected users", permissions=["change"])
    def send_reset_links(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        """Send the links to the users' own addresses. Staff never see them."""

        def is_allowed(user: User) -> bool:
            return user.is_active and staff_user(request).may_manage(user)

        self.apply_to_each(request, queryset, send_reset_link, is_allowed, "Sent a reset link to")

    @admin.action(description="Send a verification link to selected users", permissions=["change"])
    def send_verification_links(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        def is_allowed(user: User) -> bool:
            return user.is_active and staff_user(request).may_manage(user)

        outcome = "Sent a verification link to"
        self.apply_to_each(request, queryset.unverified(), send_verification_link, is_allowed, outcome)

    @admin.action(description="Mark the e-mail addresses of selected users as verified", permissions=["change"])
    def mark_emails_verified(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        """Verify addresses by hand, for users who do not receive the mail."""
        is_allowed = staff_user(request).may_manage
        outcome = "Verified the e-mail address of"
        self.apply_to_each(request, queryset.unverified(), User.mark_email_verified, is_allowed, outcome)

    def apply_to_each(
        self,
        request: HttpRequest,
        queryset: UserQuerySet,
        function: Callable[[User], object],
        is_allowed: Callable[[User], bool],
        outcome: str,
    ) -> None:
        """Apply the function to each allowed user in its own transaction, with a log entry."""
        users = list(queryset.order_by("pk"))
        allowed = [user for user in users if is_allowed(user)]
        for user in allowed:
            with transaction.atomic():
                function(user)
                # No address in the message: log entries outlive the account.
                self.log_change(request, user, f"{outcome} the account.")
        self.message_user(request, f"{outcome} {format_user_count(len(allowed))}.", messages.SUCCESS)
        if skipped := len(users) - len(allowed):
            text = f"Skipped {format_user_count(skipped)} that you may not do this to."
            self.message_user(request, text, messages.WARNING)


def format_user_count(users: int) -> str:
    return "1 user" if users == 1 else f"{users} users"
