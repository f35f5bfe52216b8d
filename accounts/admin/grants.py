"""The grants of programs in the admin: owner, name and scopes, but no token and no digest."""

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from accounts.admin.lists import ReadOnlyAdmin, is_flag, is_uuid
from accounts.admin.site import staff_user
from accounts.flows.revocation import revoke_grant
from accounts.models import Grant
from accounts.models.grant import GrantQuerySet


class GrantAdmin(ReadOnlyAdmin):
    """Staff can look grants up and end them. Only owners allow something."""

    list_display = ["client_name", "user", "allows", "created_at", "last_used_at", "expires_at", "is_live"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    lookups = {"revoked_at__isempty": is_flag, "user": is_uuid}
    list_select_related = ["user"]
    search_fields = ["client_name", "user__email"]
    search_help_text = "Part of a program's name or of its user's e-mail address"
    fields = ["id", "user", "client_name", "allows", "limit", "resource", "created_at", "last_used_at", "expires_at",
              "revoked_at"]  # fmt: skip
    readonly_fields = ["allows", "limit"]
    actions = ["revoke"]

    @admin.display(description="scopes")
    def allows(self, grant: Grant) -> str:
        return " ".join(grant.scopes)

    @admin.display(description="limited to")
    def limit(self, grant: Grant) -> str:
        return ", ".join(grant.tags) or "all notes"

    @admin.display(description="live", boolean=True)
    def is_live(self, grant: Grant) -> bool:
        return grant.is_live

    def get_search_results(  # type: ignore[override]  # the stubs say a plain QuerySet
        self, request: HttpRequest, queryset: GrantQuerySet, search_term: str
    ) -> tuple[GrantQuerySet, bool]:
        for word in search_term.split():
            queryset = queryset.matching(word)
        return queryset, False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm("accounts.change_grant")

    @admin.action(description="End selected grants", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: GrantQuerySet) -> None:
        """End the grants of accounts that the user may manage, with a log entry for each."""
        grants = list(queryset.with_account().order_by("pk"))
        allowed = [grant for grant in grants if staff_user(request).may_manage(grant.user)]
        ended = [grant for grant in allowed if self.revoke_one(request, grant)]
        self.message_user(request, f"Ended: {len(ended)} of {len(grants)}.", messages.SUCCESS)
        if skipped := len(grants) - len(allowed):
            self.message_user(request, f"Skipped, because you may not manage the account: {skipped}.", messages.WARNING)

    def revoke_one(self, request: HttpRequest, grant: Grant) -> bool:
        with transaction.atomic():
            if not revoke_grant(grant):
                return False
            self.log_change(request, grant, f"Ended the grant of account {grant.user_id}.")
        return True
