"""The ways to get tokens (RFC 6749, section 1.3, and RFC 8628)."""

CODE, REFRESH = "authorization_code", "refresh_token"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (CODE, REFRESH, DEVICE_CODE)
