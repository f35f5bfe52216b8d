"""Imports and exports in the admin: how far they are and why they failed, but no note and no report."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.lists import ReadOnlyAdmin, is_uuid
from notes.models import Export, Import
from notes.models.export import ExportQuerySet
from notes.models.imported import ImportQuerySet


class Stuck(admin.SimpleListFilter):
    """The same that `manage.py doctor` names."""

    title, parameter_name = "stuck", "stuck"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Import]") -> list[tuple[str, str]]:
        return [("1", "Yes")]

    def queryset(  # type: ignore[override]  # the stubs expect a plain QuerySet
        self, request: HttpRequest, queryset: ImportQuerySet | ExportQuerySet
    ) -> ImportQuerySet | ExportQuerySet:
        return queryset if self.value() is None else queryset.stuck()


class TransferAdmin(ReadOnlyAdmin):
    """Staff can look transfers up. `manage.py outbox` and the entries of the outbox try them again."""

    list_filter = [Stuck, ("status", admin.AllValuesFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["=id", "user__email"]
    search_help_text = "The id, or part of the e-mail address of the account"


@admin.register(Import)
class ImportAdmin(TransferAdmin):
    list_display = ["id", "user", "format", "status", "created", "unchanged", "skipped", "failed", "problem",
                    "created_at", "finished_at"]  # fmt: skip
    lookups = {"stuck": "1".__eq__, "status": lambda value: value in Import.Status, "user": is_uuid}
    fields = ["id", "user", "name", "format", "dry_run", "hashtags", "status", "position", "created", "unchanged",
              "skipped", "failed", "stalls", "problem", "problem_detail", "created_at", "finished_at"]  # fmt: skip


@admin.register(Export)
class ExportAdmin(TransferAdmin):
    list_display = ["id", "user", "status", "notes", "size", "attempts", "problem", "created_at", "finished_at"]
    lookups = {"stuck": "1".__eq__, "status": lambda value: value in Export.Status, "user": is_uuid}
    fields = ["id", "user", "status", "notes", "size", "attempts", "problem", "created_at", "finished_at"]
