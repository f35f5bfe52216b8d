"""What the documentation shows."""

ALICE = {
    "id": "01939f5d-6c1e-7b0a-9d3f-5a1c2e4b6d80",
    "email": "alice@example.com",
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
