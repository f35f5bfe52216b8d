"""The programs that may ask users for access, in the admin. They have no secrets."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from accounts.admin.lists import ReadOnlyAdmin, is_flag
from accounts.admin.site import staff_user
from accounts.flows.oauth.client_metadata import InvalidMetadata, clean_name, read_redirect_uris
from accounts.flows.revocation import remove_clients
from accounts.models import Grant, OAuthClient
from accounts.models.oauth_client import OAuthClientQuerySet


class OAuthClientForm(forms.ModelForm):  # type: ignore[type-arg]  # takes its argument only in the stubs
    redirect_uris = forms.CharField(widget=forms.Textarea, help_text="One on each line.")

    class Meta:
        model = OAuthClient
        fields = ["name", "redirect_uris"]

    def clean_name(self) -> str:
        if not (name := clean_name(self.cleaned_data["name"])):
            raise ValidationError("The name has no visible characters.")
        return name

    def clean_redirect_uris(self) -> list[str]:
        try:
            return read_redirect_uris(self.cleaned_data["redirect_uris"].split())
        except InvalidMetadata as error:
            raise ValidationError(str(error)) from None


class OAuthClientAdmin(ReadOnlyAdmin):
    """Staff can look programs up, add them, delete them and allow them again.

    A deletion ends the access that users gave them. The row stays: users still see this access, and a program with an
    address is refused because of it.
    """

    list_display = ["name", "identifier", "created_at", "last_used_at", "removed_at"]
    list_filter = [("removed_at", admin.EmptyFieldListFilter)]
    lookups = {"removed_at__isempty": is_flag}
    search_fields = ["name", "identifier"]
    search_help_text = "Part of a program's name or of its client_id"
    fields = ["name", "identifier", "redirect_uris", "created_at", "last_used_at", "fetch_again_at", "removed_at"]
    form = OAuthClientForm
    actions = ["delete_selected", "allow_again"]

    def get_fields(self, request: HttpRequest, obj: OAuthClient | None = None) -> Any:  # Any: Django's signature
        return self.fields if obj else OAuthClientForm.Meta.fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm("accounts.add_oauthclient")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_removed = isinstance(obj, OAuthClient) and obj.removed_at is not None
        return staff_user(request).has_perm("accounts.delete_oauthclient") and not is_removed

    def get_deleted_objects(  # type: ignore[override]  # the stubs say a plain QuerySet
        self, objs: OAuthClientQuerySet, request: HttpRequest
    ) -> Any:  # Any: Django's signature
        """Count the grants. Django would list them with their users, and require the right to delete each."""
        names = [str(each) for each in objs]
        return names, {"programs": len(names), "grants": Grant.objects.of_clients(objs).not_ended().count()}, set(), []

    @transaction.atomic
    def response_action(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse | None:  # Any: as above
        """Run an action and write its log entries in one transaction."""
        # Django 6.1 has another argument.
        return super().response_action(request, *args, **options)

    def delete_model(self, request: HttpRequest, obj: OAuthClient) -> None:
        remove_clients([obj])

    @admin.action(description="Delete selected %(verbose_name_plural)s", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: OAuthClientQuerySet) -> HttpResponse | None:
        """Delete those that are not removed yet."""
        if present := queryset.present():
            return delete_selected(self, request, present)
        self.message_user(request, "The programs are removed already.", messages.WARNING)
        return None

    def delete_queryset(  # type: ignore[override]  # as above
        self, request: HttpRequest, queryset: OAuthClientQuerySet
    ) -> None:
        remove_clients(list(queryset))

    @admin.action(description="Allow again", permissions=["delete"])
    def allow_again(self, request: HttpRequest, queryset: OAuthClientQuerySet) -> None:
        """Undo the removal of the programs, with a log entry for each. They have to ask their users again."""
        allowed = [client for client in queryset.order_by("pk") if client.allow_again()]
        for client in allowed:
            self.log_change(request, client, "Allowed the program again.")
        self.message_user(request, f"Allowed again: {len(allowed)}.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: OAuthClient, form: Any, change: bool) -> None:  # Any: as above
        obj.identifier = str(obj.pk)
        super().save_model(request, obj, form, change)
