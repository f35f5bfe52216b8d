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
