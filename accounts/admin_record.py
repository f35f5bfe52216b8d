"""What staff did in the admin: who, to what and when, for superusers to look up."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from accounts.admin_lists import ReadOnlyList, is_id, is_moment


class RecordAdmin(ReadOnlyList):
    """Can be looked up, and nothing else: who could change the record could do anything unseen."""

    list_display = ["action_time", "user", "action_flag", "content_type", "object_repr", "what"]
    list_filter = ["action_flag", "action_time"]
    lookups = {
        "action_flag__exact": lambda value: value in ("1", "2", "3"),
        "action_time__gte": is_moment,
        "action_time__lt": is_moment,
        "user": is_id,
    }
    list_select_related = ["user", "content_type"]
    search_fields = ["user__email", "object_repr", "=object_id"]
    search_help_text = (
        "Part of the e-mail address of who did it or to whom it was done, or the id of what it was done to"
    )
    # Ids are in the order of what was done, and indexed.
    ordering = ["-id"]
    sortable_by = []
    show_full_result_count = False
    fields = ["action_time", "user", "action_flag", "content_type", "object_id", "object_repr", "what"]

    @admin.display(description="what was done")
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: LogEntry | None = None) -> bool:
        return request.user.is_superuser
