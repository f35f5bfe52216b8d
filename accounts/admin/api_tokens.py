"""API tokens in the admin: owner, name and prefix, but neither the secret nor its digest."""

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from accounts.admin.lists import ReadOnlyAdmin, is_flag, is_uuid
from accounts.admin.site import staff_user
from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.flows.erasure import token_revoked_message
from accounts.models import ApiToken
from accounts.models.api_token import ApiTokenQuerySet


class ApiTokenAdmin(ReadOnlyAdmin):
    """Staff can look tokens up and revoke them. Only owners create tokens."""

    list_display = ["name", "user", "prefix", "allows", "created_at", "last_used_at", "expires_at", "is_live"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    lookups = {"revoked_at__isempty": is_flag, "user": is_uuid}
    list_select_related = ["user"]
    search_fields = ["prefix", "user__email"]
    search_help_text = "The first 15 characters of a token, or part of its owner's e-mail address"
    fields = [
        "id",
        "user",
        "name",
        "prefix",
        "allows",
        "limit",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    ]
    readonly_fields = ["allows", "limit"]
    actions = ["revoke"]

    @admin.display(description="scopes")
    def allows(self, token: ApiToken) -> str:
        return " ".join(token.scope_names)

    @admin.display(description="limited to")
    def limit(self, token: ApiToken) -> str:
        return ", ".join(token.tags) or "all notes"

    @admin.display(description="live", boolean=True)
    def is_live(self, token: ApiToken) -> bool:
        return token.is_live

    def get_search_results(  # type: ignore[override]  # the stubs say a plain QuerySet
        self, request: HttpRequest, queryset: ApiTokenQuerySet, search_term: str
    ) -> tuple[ApiTokenQuerySet, bool]:
        for word in search_term.split():
            queryset = queryset.matching(word)
        return queryset, False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm("accounts.change_apitoken")

    @admin.action(description="Revoke selected API tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: ApiTokenQuerySet) -> None:
        """Revoke the tokens of accounts that the user may manage, with a log entry for each."""
        tokens = list(queryset.with_account().order_by("pk"))
        allowed = [token for token in tokens if staff_user(request).may_manage(token.user)]
        revoked = [token for token in allowed if self.revoke_one(request, token)]
        self.message_user(request, f"Revoked: {len(revoked)} of {len(tokens)}.", messages.SUCCESS)
        if skipped := len(tokens) - len(allowed):
            self.message_user(request, f"Skipped, because you may not manage the account: {skipped}.", messages.WARNING)

    def revoke_one(self, request: HttpRequest, token: ApiToken) -> bool:
        with transaction.atomic():
            if not token.revoke():
                return False
            self.log_change(request, token, token_revoked_message(token.user_id))
        log_event(SecurityEvent.TOKEN_REVOKED, token.user_id, token=token.pk)
        return True
