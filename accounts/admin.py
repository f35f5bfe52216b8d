"""What staff can do with accounts: each write calls the verb that the API calls."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.admin_actions import UserActions
from accounts.admin_api_tokens import ApiTokenAdmin
from accounts.admin_lists import ClosedList, is_flag, is_moment
from accounts.admin_record import RecordAdmin
from accounts.admin_site import staff
from accounts.forms import NewUserForm, SetPasswordForm, UserForm
from accounts.models import ApiToken, SecondFactor, Session, User
from accounts.models.email import EmailTaken
from accounts.models.user import UserQuerySet

CREDENTIALS_SHOWN = 20
# What an account may do. Only superusers hand that out.
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
# What one cannot take from oneself: the last superuser would be locked out.
OWN_FLAGS = ("is_active", "is_staff", "is_superuser")

admin.site.unregister(Group)
admin.site.register(ApiToken, ApiTokenAdmin)
admin.site.register(LogEntry, RecordAdmin)


@admin.register(Group)
class GroupAdmin(ClosedList, StockGroupAdmin):
    """Groups hand out rights, so they are for superusers alone."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    has_add_permission = has_module_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission


@admin.register(User)
class UserAdmin(UserActions, ClosedList, StockUserAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
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
        **{f"{flag}__exact": is_flag for flag in OWN_FLAGS},
        "email_verified_at__isempty": is_flag,
        "created_at__gte": is_moment,
        "created_at__lt": is_moment,
    }
    search_fields = ["email"]
    search_help_text = "Part of an e-mail address"
    # Ids are in the order of registration, and indexed.
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
        ("Permissions", {"fields": ["is_active", *RIGHTS]}),
        ("Account", {"fields": [*readonly_fields]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["email", "password1", "password2"]})]

    @admin.display(description="registered", ordering="id")
    def registered(self, user: User) -> Any:  # Any: a time, which the admin formats
        return user.created_at

    @admin.display(description="notes")
    def note_counts(self, user: User) -> str:
        """How many, and how much text where that is counted; never what they say."""
        size = user.clock.bytes_kept
        counts = f"{user.notes.active().count()} active, {user.notes.trashed().count()} in the trash"
        return counts if size is None else f"{counts}, {size} bytes of text"

    @admin.display(description="second factor")
    def second_factor_state(self, user: User) -> str:
        return str(SecondFactor.objects.of(user).first() or "Off")

    @admin.display(description="sessions")
    def sessions(self, user: User) -> str:
        live = Session.objects.of(user).live()
        newest = live.order_by("-id")[:CREDENTIALS_SHOWN]
        return render_to_string("admin/accounts/user/sessions.html", {"sessions": newest, "count": live.count()})

    @admin.display(description="API tokens")
    def api_tokens(self, user: User) -> str:
        live = ApiToken.objects.of(user).live()
        newest = live.order_by("-id")[:CREDENTIALS_SHOWN]
        return render_to_string("admin/accounts/user/api_tokens.html", {"tokens": newest, "count": live.count()})

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or staff(request).may_manage(obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or staff(request).may_shut_out(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fixed = [] if request.user.is_superuser else RIGHTS
        own = OWN_FLAGS if obj is not None and obj.pk == request.user.pk else []
        return [*self.readonly_fields, *fixed, *own]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:  # Any: Django's nested lists
        """Whoever may only look sees nothing of the password."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(None, {"fields": ["email"]}), *fieldsets[1:]]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Hash before Django begins its transaction around the form: nobody's write waits for bcrypt."""
        request.password_hash = make_password(  # type: ignore[attr-defined]  # ours to add
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
            self.message_user(request, f"Meanwhile {error} was taken by another account.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        """Staff vouch for the address that they enter."""
        if not change:
            obj.password = getattr(request, "password_hash", None) or make_password(None)
            obj.email_verified_at = timezone.now()
            obj.open()
            return
        columns = {field.name for field in User._meta.fields} - {"is_active", "email"}
        obj.change({name: form.cleaned_data[name] for name in form.changed_data if name in columns})
        # What differs in letter case is the same address.
        if obj.email != form.initial["email"]:
            obj.replace_email(obj.email, verified_at=timezone.now())
        if "is_active" in form.changed_data:
            obj.reactivate() if obj.is_active else obj.deactivate()

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        obj.erase()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.order_by("pk"):
            user.erase()

    def get_deleted_objects(
        self, objs: QuerySet[User] | Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Numbers instead of names: an account may own 100,000 notes."""
        users = objs if isinstance(objs, UserQuerySet) else User.objects.among(objs)
        refused = {str(user) for user in users if not self.has_delete_permission(request, user)}
        counts = {kind: count for kind, count in users.belongings().items() if count}
        kept = [
            f"The record of what {user} did as staff: deactivate the account instead." for user in users.on_record()
        ]
        return [str(user) for user in users], {"users": len(users), **counts}, refused, kept
