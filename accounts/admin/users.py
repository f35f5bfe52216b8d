"""Accounts and groups in the admin. Every write calls the same function as the API."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.admin.api_tokens import ApiTokenAdmin
from accounts.admin.daily_counts import CountedByDay
from accounts.admin.forms import NewUserForm, SetPasswordForm, UserForm
from accounts.admin.grants import GrantAdmin
from accounts.admin.lists import StrictLookupAdmin, is_datetime, is_flag
from accounts.admin.log_entries import LogEntryAdmin
from accounts.admin.oauth_clients import OAuthClientAdmin
from accounts.admin.site import staff_user
from accounts.admin.user_actions import UserActions
from accounts.admin.user_erasure import UserErasure
from accounts.exceptions import EmailTaken
from accounts.flows.deactivation import deactivate, reactivate
from accounts.flows.email_change import replace_email
from accounts.models import ApiToken, Grant, OAuthClient, SecondFactor, Session, User
from accounts.models.user_queryset import UserQuerySet

MAX_CREDENTIALS_SHOWN = 20
# What an account may do. Only superusers can change it.
PERMISSION_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")
# Users cannot change these for themselves, so that the last superuser cannot lock themselves out.
FLAG_FIELDS = ("is_active", "is_staff", "is_superuser")

admin.site.unregister(Group)
admin.site.register(ApiToken, ApiTokenAdmin)
admin.site.register(Grant, GrantAdmin)
admin.site.register(OAuthClient, OAuthClientAdmin)
admin.site.register(LogEntry, LogEntryAdmin)


@admin.register(Group)
class GroupAdmin(StrictLookupAdmin, DjangoGroupAdmin):
    """Only superusers manage groups, because groups grant permissions."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


@admin.register(User)
class UserAdmin(UserErasure, CountedByDay, UserActions, StrictLookupAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
    additions_label = "Sign-ups"
    form = UserForm
    add_form = NewUserForm
    change_password_form = SetPasswordForm
    list_display = ["email", "is_active", "is_staff", "registered", "last_login"]
    list_filter = [
        "is_active",
        "is_staff",
        "is_superuser",
        ("email_verified_at", admin.EmptyFieldListFilter),
        "created_at",
    ]
    lookups = {
        **{f"{flag}__exact": is_flag for flag in FLAG_FIELDS},
        "email_verified_at__isempty": is_flag,
        "created_at__gte": is_datetime,
        "created_at__lt": is_datetime,
    }
    search_fields = ["email"]
    search_help_text = "Part of an e-mail address"
    # Ids are in the order of registration and have an index.
    ordering = ["-id"]
    sortable_by = ["email", "registered"]
    show_full_result_count = False
    readonly_fields = [
        "id",
        "email_verified_at",
        "created_at",
        "last_login",
        "note_counts",
        "second_factor_state",
        "sessions",
        "api_tokens",
    ]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Permissions", {"fields": ["is_active", *PERMISSION_FIELDS]}),
        ("Account", {"fields": [*readonly_fields]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["email", "password1", "password2"]})]

    def countable(self) -> UserQuerySet:
        users: UserQuerySet = User.objects.all()
        return users

    @admin.display(description="registered", ordering="id")
    def registered(self, user: User) -> Any:  # Any: a time, which the admin formats
        return user.created_at

    @admin.display(description="notes")
    def note_counts(self, user: User) -> str:
        """Return the number of notes, and the bytes of text if these are counted. Never their content."""
        size = user.clock.bytes_kept
        counts = f"{user.notes.active().count()} active, {user.notes.trashed().count()} in the trash"
        return counts if size is None else f"{counts}, {size} bytes of text"

    @admin.display(description="second factor")
    def second_factor_state(self, user: User) -> str:
        return str(SecondFactor.objects.of(user).first() or "Off")

    @admin.display(description="sessions")
    def sessions(self, user: User) -> str:
        live = Session.objects.of(user).live().of_devices()
        newest = live.order_by("-id")[:MAX_CREDENTIALS_SHOWN]
        return render_to_string("admin/accounts/user/sessions.html", {"sessions": newest, "count": live.count()})

    @admin.display(description="API tokens")
    def api_tokens(self, user: User) -> str:
        live = ApiToken.objects.of(user).live()
        newest = live.order_by("-id")[:MAX_CREDENTIALS_SHOWN]
        return render_to_string("admin/accounts/user/api_tokens.html", {"tokens": newest, "count": live.count()})

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or staff_user(request).may_manage(obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or staff_user(request).may_lock_out(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fixed = [] if request.user.is_superuser else PERMISSION_FIELDS
        own = FLAG_FIELDS if obj is not None and obj.pk == request.user.pk else []
        return [*self.readonly_fields, *fixed, *own]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:  # Any: Django's nested lists
        """Return the fields without the password if the user may only view the account."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(None, {"fields": ["email"]}), *fieldsets[1:]]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Hash the password before Django's transaction begins, so that no other write waits for bcrypt."""
        request.password_hash = make_password(  # type: ignore[attr-defined]  # an attribute of our own
            request.POST.get("password1")
        )
        return super().add_view(request, form_url, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except EmailTaken as error:
            self.message_user(request, f"Another account has taken {error} in the meantime.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        """Save the account. An address that staff enter counts as verified."""
        if not change:
            obj.password = getattr(request, "password_hash", None) or make_password(None)
            obj.email_verified_at = timezone.now()
            obj.create()
            return
        columns = {field.name for field in User._meta.fields} - {"is_active", "email"}
        obj.update_columns({name: form.cleaned_data[name] for name in form.changed_data if name in columns})
        # An address that differs only in letter case has not changed.
        if obj.email != form.initial["email"]:
            replace_email(obj, obj.email, verified_at=timezone.now())
        if "is_active" in form.changed_data:
            reactivate(obj) if obj.is_active else deactivate(obj)

    def get_deleted_objects(
        self, objs: QuerySet[User] | Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Return counts instead of names, because an account may own 100,000 notes."""
        users = objs if isinstance(objs, UserQuerySet) else User.objects.among(objs)
        protected = {str(user) for user in users if not self.has_delete_permission(request, user)}
        counts = {kind: count for kind, count in users.related_counts().items() if count}
        kept = [
            f"The log of what {user} did as staff. Deactivate the account instead." for user in users.with_log_entries()
        ]
        return [str(user) for user in users], {"users": len(users), **counts}, protected, kept
