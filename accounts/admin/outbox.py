"""The outbox in the admin: what waits and what has failed, never what it contains."""

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest

from accounts.admin.lists import ReadOnlyAdmin, is_uuid
from accounts.admin.site import staff_user
from outbox.models import Entry
from outbox.models.entry import EntryQuerySet, State


class StateFilter(admin.SimpleListFilter):
    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Entry]") -> list[tuple[str, str]]:
        return [(state, state.capitalize()) for state in State]

    def queryset(  # type: ignore[override]  # the stubs expect a plain QuerySet
        self, request: HttpRequest, queryset: EntryQuerySet
    ) -> EntryQuerySet:
        value = self.value()
        return queryset if value is None else queryset.in_state(State(value))


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Staff can look entries up and retry them. The payload may contain addresses, and is encrypted."""

    list_display = ["kind", "user", "state", "attempts", "created_at", "due_at", "last_error"]
    list_filter = [StateFilter]
    lookups = {"state": lambda value: value in list(State), "user": is_uuid}
    list_select_related = ["user"]
    search_fields = ["user__email", "request_id", "kind"]
    search_help_text = "A kind, the id of a request, or part of the e-mail address of the account"
    fields = ["id", "kind", "user", "request_id", "state", "attempts", "created_at", "due_at", "claimed_at",
              "expires_at", "failed_at", "last_error"]  # fmt: skip
    readonly_fields = ["state"]
    actions = ["retry"]

    @admin.display(description="state")
    def state(self, entry: Entry) -> str:
        return entry.state

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm("outbox.change_entry")

    @admin.action(description="Retry selected entries", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: EntryQuerySet) -> None:
        """Try the entries again, with a log entry for each. The server begins within a minute."""
        entries = list(queryset.order_by("pk"))
        retried = [entry for entry in entries if self.retry_one(request, entry)]
        self.message_user(request, f"Retried: {len(retried)} of {len(entries)}.", messages.SUCCESS)

    def retry_one(self, request: HttpRequest, entry: Entry) -> bool:
        with transaction.atomic():
            if not Entry.objects.with_ids([entry.pk]).retry():
                return False
            self.log_change(request, entry, "Retried.")
        return True
