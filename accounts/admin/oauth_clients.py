"""The programs that may ask users for access, in the admin. They have no secrets."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from accounts.admin.lists import ReadOnlyAdmin
from accounts.admin.site import staff_user
from accounts.flows.oauth.client_metadata import InvalidMetadata, clean_name, read_redirect_uris
from accounts.flows.revocation import remove_client
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
    """Staff can look programs up, add them and delete them.

    A deletion also ends the access that users gave them. Users still see this access, so the row stays until the purge.
    """

    list_display = ["name", "identifier", "created_at", "last_used_at"]
    search_fields = ["name", "identifier"]
    search_help_text = "Part of a program's name or of its client_id"
    fields = ["name", "identifier", "redirect_uris", "created_at", "last_used_at", "fetch_again_at"]
    form = OAuthClientForm

    def get_fields(self, request: HttpRequest, obj: OAuthClient | None = None) -> Any:  # Any: Django's signature
        return self.fields if obj else OAuthClientForm.Meta.fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return staff_user(request).has_perm("accounts.add_oauthclient")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return staff_user(request).has_perm("accounts.delete_oauthclient")

    def get_deleted_objects(  # type: ignore[override]  # the stubs say a plain QuerySet
        self, objs: OAuthClientQuerySet, request: HttpRequest
    ) -> Any:  # Any: Django's signature
        """Count the grants. Django would list them with their users, and require the right to delete each."""
        names = [str(each) for each in objs]
        return names, {"programs": len(names), "grants": Grant.objects.of_clients(objs).not_ended().count()}, set(), []

    def get_queryset(self, request: HttpRequest) -> OAuthClientQuerySet:
        return OAuthClient.objects.present()

    def delete_model(self, request: HttpRequest, obj: OAuthClient) -> None:
        remove_client(obj)

    def delete_queryset(  # type: ignore[override]  # as above
        self, request: HttpRequest, queryset: OAuthClientQuerySet
    ) -> None:
        for client in queryset:
            remove_client(client)

    def save_model(self, request: HttpRequest, obj: OAuthClient, form: Any, change: bool) -> None:  # Any: as above
        obj.identifier = str(obj.pk)
        super().save_model(request, obj, form, change)
