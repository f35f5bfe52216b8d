"""What staff can do to the users they have ticked in the list, each with the verb that the API calls."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from accounts.admin_site import staff
from accounts.models import SecondFactor, User
from accounts.models.user import UserQuerySet


class UserActions(admin.ModelAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
    actions = [
        "deactivate",
        "reactivate",
        "end_sessions",
        "revoke_api_tokens",
        "disable_second_factor",
        "send_reset_links",
        "send_verification_links",
        "vouch_for_addresses",
    ]

    @admin.action(description="Deactivate selected users", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.do_to_each(request, queryset, User.deactivate, staff(request).may_shut_out, "Deactivated")

    @admin.action(description="Reactivate selected users", permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.do_to_each(request, queryset, User.reactivate, staff(request).may_manage, "Reactivated")

    @admin.action(description="End all sessions of selected users", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.do_to_each(request, queryset, User.end_sessions, staff(request).may_manage, "Ended all sessions of")

    @admin.action(description="Switch the second factor of selected users off", permissions=["change"])
    def disable_second_factor(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        having = queryset.with_second_factor()
        done = "Switched off the second factor of"
        self.do_to_each(request, having, SecondFactor.objects.disable, staff(request).may_manage, done)

    @admin.action(description="Revoke all API tokens of selected users", permissions=["change"])
    def revoke_api_tokens(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        may = staff(request).may_manage
        self.do_to_each(request, queryset, User.revoke_api_tokens, may, "Revoked all API tokens of")

    @admin.action(description="Send a reset link to selected users", permissions=["change"])
    def send_reset_links(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        """To their own addresses: staff never see the link."""

        def may(user: User) -> bool:
            return user.is_active and staff(request).may_manage(user)

        self.do_to_each(request, queryset, User.send_reset_link, may, "Sent a reset link to")

    @admin.action(description="Send a link to verify the address to selected users", permissions=["change"])
    def send_verification_links(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        def may(user: User) -> bool:
            return user.is_active and staff(request).may_manage(user)

        done = "Sent a link to verify the address to"
        self.do_to_each(request, queryset.unverified(), User.send_verification_link, may, done)

    @admin.action(description="Vouch for the addresses of selected users", permissions=["change"])
    def vouch_for_addresses(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        """For those whom no mail reaches: the address counts as verified."""
        may = staff(request).may_manage
        self.do_to_each(request, queryset.unverified(), User.vouch_for_email, may, "Vouched for the address of")

    def do_to_each(
        self,
        request: HttpRequest,
        queryset: UserQuerySet,
        verb: Callable[[User], object],
        may: Callable[[User], bool],
        done: str,
    ) -> None:
        """A transaction for each user, so that thousands lock nobody out, with Django's record of who did it."""
        users = list(queryset.order_by("pk"))
        allowed = [user for user in users if may(user)]
        for user in allowed:
            with transaction.atomic():
                verb(user)
                # Not by its address: what is on record outlives the account.
                self.log_change(request, user, f"{done} the account.")
        self.message_user(request, f"{done} {counted(len(allowed))}.", messages.SUCCESS)
        if skipped := len(users) - len(allowed):
            self.message_user(request, f"Left out {counted(skipped)} that you may not do this to.", messages.WARNING)


def counted(users: int) -> str:
    return "1 user" if users == 1 else f"{users} users"
