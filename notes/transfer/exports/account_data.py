"""`account.json`: what is held about an account besides its notes, without secrets and their digests."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps

from accounts.scopes import plain_scope
from notes_api.rest.json_types import JSONObject
from notes_api.rest.renderers import encode_json


@dataclass(frozen=True)
class Section:
    """The rows of a model that belong to an account: the lookup of the account, and the columns that are exported.

    `left_out` are those that are not. A test compares both with the model, so that a new column is not forgotten.
    """

    model: str
    account: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...] = ()


# What is left out: passwords, secrets and digests; ids that mean nothing elsewhere; and the outbox's payloads, which
# repeat the address, and stored responses, which repeat notes.
SECTIONS = {
    "account": Section(
        "accounts.User", "pk",
        ("id", "email", "email_verified_at", "created_at", "last_login", "is_active", "is_staff", "is_superuser"),
        ("password", "session_generation"),
    ),
    "clock": Section("accounts.Clock", "user", ("value", "sync_floor", "bytes_kept"), ("user_id",)),
    "groups": Section("accounts.User_groups", "user", ("group__name",), ("id", "user_id")),
    "permissions": Section("accounts.User_user_permissions", "user", ("permission__codename",), ("id", "user_id")),
    "sessions": Section(
        "accounts.Session", "user",
        ("id", "created_at", "last_used_at", "expires_at", "revoked_at", "user_agent", "ip_address", "is_page"),
        ("user_id", "generation", "rotated_at", "factor_confirmed_at"),
    ),
    "api_tokens": Section(
        "accounts.ApiToken", "user",
        ("id", "name", "scopes", "tag_limit", "prefix", "created_at", "last_used_at", "expires_at", "revoked_at"),
        ("user_id", "digest"),
    ),
    "grants": Section(
        "accounts.Grant", "user",
        ("id", "client_id", "client_name", "scopes", "tag_names", "resource", "created_at", "last_used_at",
         "expires_at", "revoked_at"),
        ("user_id", "code_digest", "code_challenge", "redirect_uri", "generation", "rotated_at", "access_digest",
         "access_expires_at", "access_scopes", "access_resource"),
    ),
    "device_requests": Section(
        "accounts.DeviceRequest", "grant__user",
        ("client_id", "scopes", "resource", "asked_at", "expires_at", "is_refused"),
        ("id", "device_digest", "user_code", "grant_id"),
    ),
    "second_factor": Section(
        "accounts.SecondFactor", "user",
        ("enrolled_at", "confirmed_at"), ("user_id", "sealed_secret", "last_step", "recovery_digests"),
    ),
    "mail_links": Section(
        "accounts.MailLink", "user", ("purpose", "address", "created_at", "expires_at"), ("id", "user_id", "digest")
    ),
    "work_to_do": Section(
        "outbox.Entry", "user",
        ("kind", "created_at", "due_at", "expires_at", "attempts", "failed_at", "last_error"),
        ("id", "user_id", "sealed_payload", "request_id", "claimed_at"),
    ),
    "idempotency_keys": Section(
        "notes.StoredAnswer", "user",
        ("key", "status", "created_at"), ("id", "user_id", "holder_id", "fingerprint", "headers", "body", "end_byte"),
    ),
    "event_streams": Section(
        "notes.StreamSlot", "user", ("number", "ends_at", "expires_at"), ("id", "user_id", "holder")
    ),
    "exports": Section(
        "notes.Export", "user", ("id", "status", "created_at", "finished_at", "notes", "size"),
        ("user_id", "file_id", "attempts", "problem", "clock"),
    ),
    "imports": Section(
        "notes.Import", "user",
        ("id", "name", "format", "dry_run", "status", "created_at", "finished_at", "created", "unchanged", "skipped",
         "failed"),
        ("user_id", "written_by", "changed_by", "hashtags", "position", "stalls", "file_id", "problem",
         "problem_detail"),
    ),
    "admin_log": Section(
        "admin.LogEntry", "user", ("action_time", "action_flag", "change_message", "object_id"),
        ("id", "user_id", "content_type_id", "object_repr"),
    ),
}  # fmt: skip
# Models that have no section: `notes.ndjson` has the notes and their earlier texts, the others follow from these,
# or are temporary.
WITHOUT_SECTION = frozenset(
    {
        "notes.Note",
        "notes.Revision",
        "notes.TagCount",
        "notes.StoredAnswer_notes",
        "notes.StoredFile",
        "notes.Chunk",
        "notes.ReportPage",
    }
)


def account_as_json(user_id: UUID) -> bytes:
    sections: JSONObject = {name: read_section(section, user_id) for name, section in SECTIONS.items()}
    [sections["account"]] = sections["account"]
    return encode_json(sections) + b"\n"


def read_section(section: Section, user_id: UUID) -> list[dict[str, Any]]:  # Any: each column has its own type
    rows = apps.get_model(section.model)._base_manager.filter(**{section.account: user_id})
    return [dict(map(as_in_api, row, row.values())) for row in rows.order_by("pk").values(*section.columns)]


def as_in_api(column: str, value: Any) -> tuple[str, Any]:  # Any: as above
    """Return the name and the value of a column. Scopes and tags are those that the API shows."""
    if column == "scopes":
        return column, list(map(plain_scope, value))
    return ("tags", value or []) if column in ("tag_limit", "tag_names") else (column, value)
