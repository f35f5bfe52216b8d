"""API tokens as staff may see them: whose, what for and how they begin; never the secret, nor its digest."""

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from accounts.admin_lists import ReadOnlyList, is_flag, is_id
from accounts.admin_site import staff
from accounts.models import ApiToken
from accounts.models.api_token import ApiTokenQuerySet
from accounts.models.erasure import token_revoked


class ApiTokenAdmin(ReadOnlyList):
    """Can be looked up and revoked, and nothing else: a token is made by its owner."""

    list_display = ["name", "user", "prefix", "allows", "created_at", "last_used_at", "expires_at", "is_live"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    lookups = {"revoked_at__isempty": is_flag, "user": is_id}
    list_select_related = ["user"]
    search_fields = ["prefix", "user__email"]
    search_help_text = "The first 15 characters of a token, or part of the e-mail address of its owner"
    # Ids are in the order of creation, and indexed.
    ordering = ["-id"]
    sortable_by = []
    show_full_result_count = False
    fields = ["id", "user", "name", "prefix", "allows", "created_at", "last_used_at", "expires_at", "revoked_at"]
    readonly_fields = ["allows"]
    actions = ["revoke"]

    @admin.display(description="scopes")
    def allows(self, token: ApiToken) -> str:
        return " ".join(token.scopes)

    @admin.display(description="live", boolean=True)
    def is_live(self, token: ApiToken) -> bool:
        return token.is_live

    def get_search_results(  # type: ignore[override]  # the stubs say a plain QuerySet
        self, request: HttpRequest, queryset: ApiTokenQuerySet, search_term: str
    ) -> tuple[ApiTokenQuerySet, bool]:
        for word in search_term.split():
            queryset = queryset.known_as(word)
        return queryset, False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return staff(request).has_perm("accounts.change_apitoken")

    @admin.action(description="Revoke selected API tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: ApiTokenQuerySet) -> None:
        """Those of people one may manage; each with Django's record of who did it."""
        tokens = list(queryset.with_account().order_by("pk"))
        allowed = [token for token in tokens if staff(request).may_manage(token.user)]
        revoked = [token for token in allowed if self.revoke_one(request, token)]
        self.message_user(request, f"Revoked: {len(revoked)} of {len(tokens)}.", messages.SUCCESS)
        if skipped := len(tokens) - len(allowed):
            self.message_user(request, f"Left out, since you may not do this: {skipped}.", messages.WARNING)

    def revoke_one(self, request: HttpRequest, token: ApiToken) -> bool:
        with transaction.atomic():
            if not token.revoke():
                return False
            self.log_change(request, token, token_revoked(token.user_id))
            return True
