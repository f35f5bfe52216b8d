from django.apps import AppConfig
from django.contrib.admin import apps


class AccountsConfig(AppConfig):
    name = "accounts"
    default = True


class AdminConfig(apps.AdminConfig):
    """Django's admin with our own front door."""

    default = False
    default_site = "accounts.admin_site.StaffSite"
