from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps


class AccountsConfig(AppConfig):
    name = "accounts"
    default = True

    def ready(self) -> None:
        # What the outbox does for accounts.
        import_module("accounts.flows.link_requests")


class AdminConfig(apps.AdminConfig):
    """Django's admin with the site and login of this project."""

    default = False
    default_site = "accounts.admin.site.StaffSite"

    def ready(self) -> None:
        super().ready()
        # Not in `accounts/admin/__init__.py`: creating the default site imports that package, and registering models
        # needs the site.
        import_module("accounts.admin.users")
        import_module("accounts.admin.outbox")
