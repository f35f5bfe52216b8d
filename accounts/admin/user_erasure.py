"""Deleting users in the admin erases their accounts."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.exceptions import JournalUnavailable
from accounts.flows.erasure import erase
from accounts.models import User

NOT_RECORDED = "The journal of erasures cannot be written, so the erasure was not carried out. The log says why."


class UserErasure(admin.ModelAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
    def log_deletions(self, request: HttpRequest, queryset: QuerySet[User]) -> list[LogEntry]:
        """Log nothing yet: Django calls this before the first account is erased, and an erasure may fail."""
        return []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with transaction.atomic():
            super().log_deletions(request, User.objects.among([obj]))
            erase(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = list(queryset.order_by("pk"))
        for count, user in enumerate(users):
            try:
                self.delete_model(request, user)
            except JournalUnavailable:
                if count:
                    erased = f"Only {count} of the {len(users)} selected accounts were erased."
                    self.message_user(request, erased, messages.WARNING)
                raise

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self.explain_journal(
            request, lambda: super(UserErasure, self).delete_view(request, object_id, extra_context)
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and carry out its actions."""
        return self.explain_journal(request, lambda: super(UserErasure, self).changelist_view(request, extra_context))

    def explain_journal(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return view()
        except JournalUnavailable:
            self.message_user(request, NOT_RECORDED, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
