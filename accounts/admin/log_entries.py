"""The log of staff actions in the admin, for superusers."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest

from accounts.admin.lists import ReadOnlyAdmin, is_datetime, is_uuid


class LogEntryAdmin(ReadOnlyAdmin):
    """The log is read-only: a user who could change it could hide any action."""

    list_display = ["action_time", "user", "action_flag", "content_type", "object_repr", "message"]
    list_filter = ["action_flag", "action_time"]
    lookups = {
        "action_flag__exact": lambda value: value in ("1", "2", "3"),
        "action_time__gte": is_datetime,
        "action_time__lt": is_datetime,
        "user": is_uuid,
    }
    list_select_related = ["user", "content_type"]
    search_fields = ["user__email", "object_repr", "=object_id"]
    search_help_text = (
        "Part of the e-mail address of the staff user or of the changed account, or the id of the changed object"
    )
    fields = ["action_time", "user", "action_flag", "content_type", "object_id", "object_repr", "message"]

    @admin.display(description="change")
    def message(self, entry: LogEntry) -> str:
        return entry.get_change_message()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: LogEntry | None = None) -> bool:
        return request.user.is_superuser
