"""The examples in the OpenAPI document. For a list, each names one item, and drf-spectacular adds the page."""

from notes_api.rest.operation import request_example, response_example

PASSWORD = "correct horse battery"  # noqa: S105  # an example
NEW_PASSWORD = "a long quiet walk"  # noqa: S105  # an example
LINK_TOKEN = "Jq0v1mB0hKk1y8mS5kX3cXWn3WmH1sYb2mC9v7aJd4E"  # noqa: S105  # an example
ADDRESS = {"email": "alice@example.com"}
USER = {
    "id": "01939f5d-6c1e-7b0a-9d3f-5a1c2e4b6d80",
    "email": "alice@example.com",
    "email_verified": True,
    "created_at": "2026-01-05T09:00:00Z",
}
TOKENS = {
    "access_token": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjNmOWMiLCJ0eXAiOiJKV1QifQ.eyJ0b2tlbl90eXBlIjoiYWNjZXNzIn0.c2ln",
    "token_type": "bearer",
    "expires_in": 1800,
    "refresh_token": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjNmOWMiLCJ0eXAiOiJKV1QifQ.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2ln",
}
SESSION = {
    "id": "01939f5d-9a10-7e21-b4c6-2d8f0a1b3c5d",
    "user_agent": "Notes for Android/4.2",
    "ip_address": "192.0.2.7",
    "created_at": "2026-01-05T09:01:00Z",
    "last_used_at": "2026-01-06T18:02:11.480000Z",
    "expires_at": "2026-02-05T18:02:11.480000Z",
    "is_current": True,
}
ENROLMENT = {
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "otpauth_uri": "otpauth://totp/Cloud%20Notes:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    "&issuer=Cloud%20Notes&algorithm=SHA1&digits=6&period=30",
    "qr_svg": '<svg width="57mm" height="57mm" …></svg>',
    "expires_at": "2026-01-05T10:00:00Z",
}
RECOVERY_CODES = {"recovery_codes": ["mzxw-6ytb-oi2t-kmzq-k5ug-64tf", "mrqw-c3tp-nzzw-k5dl-mvzg-65dq"]}
NEW_API_TOKEN = {"name": "Guest book", "scopes": ["notes:append"], "expires_at": "2027-01-01T00:00:00Z"}
API_TOKEN = {
    "id": "01939f5f-2b7e-7a90-8c4d-6e1f3a5b7c92",
    "name": "Guest book",
    "prefix": "cn_pat_3vQm81Zd",
    "scopes": ["notes:append"],
    "tags": [],
    "created_at": "2026-01-05T09:30:00Z",
    "last_used_at": None,
    "expires_at": "2027-01-01T00:00:00Z",
}

REGISTER = [
    request_example("Alice", {**ADDRESS, "password": PASSWORD}),
    response_example(201, "Alice", {**USER, "email_verified": False}),
    response_example(202, "Alice", ADDRESS),
]
GET_USER = [response_example(200, "Alice", USER)]
UPDATE_ME = [
    request_example("New address", {"email": "alice@example.org", "current_password": PASSWORD}),
    response_example(200, "Changed", {**USER, "email": "alice@example.org", "email_verified": False}),
    response_example(202, "Waiting for confirmation", USER),
]
ERASE_ME = [request_example("Alice", {"current_password": PASSWORD})]
VERIFY_EMAIL = [request_example("Alice", {"token": LINK_TOKEN})]
SEND_LINK = [request_example("Alice", ADDRESS)]
CHANGE_PASSWORD = [
    request_example("A longer one", {"current_password": PASSWORD, "new_password": NEW_PASSWORD, "revoke_tokens": True})
]
CONFIRM_RESET = [request_example("Alice", {"token": LINK_TOKEN, "new_password": NEW_PASSWORD})]
LOGIN = [
    request_example("Alice", {"username": "alice@example.com", "password": PASSWORD}),
    response_example(200, "Tokens", TOKENS),
]
REFRESH = [
    request_example("Renew", {"refresh_token": "eyJhbGciOiJIUzI1NiIs…"}),
    response_example(200, "Tokens", TOKENS),
]
REVOKE = [request_example("Log out", {"token": "eyJhbGciOiJIUzI1NiIs…"})]
LIST_SESSIONS = [response_example(200, "This device", SESSION)]
OTP_STATUS = [response_example(200, "On", {"is_enabled": True, "recovery_codes_left": 10})]
ENROL_OTP = [request_example("Password", {"password": PASSWORD}), response_example(200, "Enrolment", ENROLMENT)]
CONFIRM_OTP = [
    request_example("Code", {"otp": "287 082"}),
    response_example(200, "Recovery codes", RECOVERY_CODES),
]
DISABLE_OTP = [request_example("Password and code", {"current_password": PASSWORD, "otp": "287 082"})]
LIST_TOKENS = [response_example(200, "A form", API_TOKEN)]
CREATE_TOKEN = [
    request_example("A form on a website", {**NEW_API_TOKEN, "current_password": PASSWORD}),
    response_example(201, "A form", {**API_TOKEN, "token": "cn_pat_3vQm81Zd…"}),
]
GET_TOKEN = [response_example(200, "A form", API_TOKEN)]

CLIENT_ID = "01939f5f-8c1d-7f02-a6b4-0e2d4f6a8c13"
GRANT_TOKENS = {
    "access_token": "cn_oat_8Zk4…",
    "token_type": "Bearer",
    "expires_in": 1800,
    "refresh_token": "cn_ort_2Lw9…",
    "scope": "notes:read notes:write",
}
CODE_EXCHANGE = {
    "grant_type": "authorization_code",
    "client_id": CLIENT_ID,
    "code": "SplxlOBeZQQYbYS6WxSbIA",
    "redirect_uri": "http://127.0.0.1:4711/callback",
    "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
}
CLIENT = {"client_name": "Writing assistant", "redirect_uris": ["http://127.0.0.1/callback"]}
REGISTERED_CLIENT = {
    "client_id": CLIENT_ID,
    "client_id_issued_at": 1767605400,
    **CLIENT,
    "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "scope": "notes:read notes:append notes:edit notes:trash",
}
DEVICE_CODES = {
    "device_code": "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS-8",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://notes.example.org/device",
    "verification_uri_complete": "https://notes.example.org/device?user_code=WDJB-MJHT",
    "expires_in": 600,
    "interval": 5,
}
GRANT = {
    "id": "01939f60-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    "name": "Writing assistant",
    "client_id": CLIENT_ID,
    "scopes": ["notes:read", "notes:write"],
    "tags": [],
    "resource": "",
    "created_at": "2026-01-05T09:31:00Z",
    "last_used_at": "2026-01-06T18:02:11.480000Z",
    "expires_at": "2026-02-05T18:02:11.480000Z",
    "ended_at": None,
}
EXCHANGE_TOKEN = [request_example("A code", CODE_EXCHANGE), response_example(200, "Tokens", GRANT_TOKENS)]
REGISTER_CLIENT = [request_example("A program", CLIENT), response_example(201, "Registered", REGISTERED_CLIENT)]
AUTHORIZE_DEVICE = [
    request_example("A device", {"client_id": CLIENT_ID, "scope": "notes:read"}),
    response_example(200, "Codes", DEVICE_CODES),
]
LIST_GRANTS = [response_example(200, "A program", GRANT)]
GET_GRANT = [response_example(200, "A program", GRANT)]
