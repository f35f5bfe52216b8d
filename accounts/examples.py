"""What the documentation shows."""

ALICE = {
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
ENROLMENT = {
    "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    "otpauth_uri": "otpauth://totp/Cloud%20Notes:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    "&issuer=Cloud%20Notes&algorithm=SHA1&digits=6&period=30",
    "qr_svg": '<svg width="57mm" height="57mm" …></svg>',
    "expires_at": "2026-01-05T10:00:00Z",
}
RECOVERY_CODES = ["mzxw-6ytb-oi2t-kmzq", "k5ug-64tf-mrqw-c3tp"]
NEW_API_TOKEN = {"name": "Guest book", "scopes": ["notes:append"], "expires_at": "2027-01-01T00:00:00Z"}
API_TOKEN = {
    "id": "01939f5f-2b7e-7a90-8c4d-6e1f3a5b7c92",
    "name": "Guest book",
    "prefix": "cn_pat_3vQm81Zd",
    "scopes": ["notes:append"],
    "created_at": "2026-01-05T09:30:00Z",
    "last_used_at": None,
    "expires_at": "2027-01-01T00:00:00Z",
}
ISSUED = {**API_TOKEN, "token": "cn_pat_3vQm81Zd…"}
