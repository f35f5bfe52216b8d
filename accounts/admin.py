"""What staff can do with accounts: each write calls the verb that the API calls."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string

from accounts.admin_api_tokens import ApiTokenAdmin
from accounts.admin_lists import ClosedList, is_flag, is_moment
from accounts.admin_site import staff
from accounts.forms import NewUserForm, SetPasswordForm, UserForm
from accounts.models import ApiToken, SecondFactor, Session, User
from accounts.models.user import EmailTaken, UserQuerySet

CREDENTIALS_SHOWN = 20
# What an account may do. Only superusers hand that out.
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
# What one cannot take from oneself: the last superuser would be locked out.
OWN_FLAGS = ("is_active", "is_staff", "is_superuser")

admin.site.unregister(Group)
admin.site.register(ApiToken, ApiTokenAdmin)


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
class UserAdmin(ClosedList, StockUserAdmin):  # type: ignore[type-arg]  # takes its argument only in the stubs
    form = UserForm
    add_form = NewUserForm
    change_password_form = SetPasswordForm
    list_display = ["email", "is_active", "is_staff", "registered", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "created_at"]
    lookups = {
        **{f"{flag}__exact": is_flag for flag in OWN_FLAGS},
        "created_at__gte": is_moment,
        "created_at__lt": is_moment,
    }
    search_fields = ["email"]
    search_help_text = "Part of an e-mail address"
    # Ids are in the order of registration, and indexed.
    ordering = ["-id"]
    sortable_by = ["email", "registered"]
    show_full_result_count = False
    readonly_fields = ["id", "last_login", "created_at", "second_factor_state", "sessions", "api_tokens"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Permissions", {"fields": ["is_active", *RIGHTS]}),
        ("Account", {"fields": ["id", "created_at", "last_login", "second_factor_state", "sessions", "api_tokens"]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["email", "password1", "password2"]})]
    actions = [
        "deactivate",
        "reactivate",
        "end_sessions",
        "revoke_api_tokens",
        "disable_second_factor",
        "send_reset_links",
    ]

    @admin.display(description="registered", ordering="id")
    def registered(self, user: User) -> Any:  # Any: a time, which the admin formats
        return user.created_at

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
        if not change:
            obj.password = getattr(request, "password_hash", None) or make_password(None)
            obj.open()
            return
        columns = {field.name for field in User._meta.fields} - {"is_active"}
        obj.change({name: form.cleaned_data[name] for name in form.changed_data if name in columns})
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

    @admin.action(description="Deactivate selected users", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.do_to_each(request, queryset, User.deactivate, staff(request).may_shut_out, "Deactivated")

    @admin.action(description="Reactivate selected users", permissions=["change"])
    def reactivate(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.do_to_each(request, queryset, User.reactivate, staff(request).may_manage, "Reactivated")

    @admin.action(description="End all sessions of selected users", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        self.do_to_each(request, queryset, User.end_sessions, staff(request).may_manage, "Ended all sessions of")

    @admin.action(description="Switch the second factor of selected users off", permissions=["change"])
    def disable_second_factor(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        having = queryset.with_second_factor()
        done = "Switched off the second factor of"
        self.do_to_each(request, having, SecondFactor.objects.disable, staff(request).may_manage, done)

    @admin.action(description="Revoke all API tokens of selected users", permissions=["change"])
    def revoke_api_tokens(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        may = staff(request).may_manage
        self.do_to_each(request, queryset, User.revoke_api_tokens, may, "Revoked all API tokens of")

    @admin.action(description="Send a reset link to selected users", permissions=["change"])
    def send_reset_links(self, request: HttpRequest, queryset: UserQuerySet) -> None:
        """To their own addresses: staff never see the link."""

        def may(user: User) -> bool:
            return user.is_active and staff(request).may_manage(user)

        self.do_to_each(request, queryset, User.send_reset_link, may, "Sent a reset link to")

    def do_to_each(
        self,
        request: HttpRequest,
        queryset: UserQuerySet,
        verb: Callable[[User], object],
        may: Callable[[User], bool],
        done: str,
    ) -> None:
        """A transaction for each user, so that thousands lock nobody out, with Django's record of who did it."""
        users = list(queryset.order_by("pk"))
        allowed = [user for user in users if may(user)]
        for user in allowed:
            with transaction.atomic():
                verb(user)
                # Not by its address: what is on record outlives the account.
                self.log_change(request, user, f"{done} the account.")
        self.message_user(request, f"{done} {counted(len(allowed))}.", messages.SUCCESS)
        if skipped := len(users) - len(allowed):
            self.message_user(request, f"Left out {counted(skipped)} that you may not do this to.", messages.WARNING)


def counted(users: int) -> str:
    return "1 user" if users == 1 else f"{users} users"
