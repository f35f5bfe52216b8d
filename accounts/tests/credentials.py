"""API tokens, and requests with a token."""

# Where programs learn how to get a token (RFC 9728).
METADATA = 'resource_metadata="http://testserver/.well-known/oauth-protected-resource"'
INVALID_TOKEN_CHALLENGE = f'Bearer error="invalid_token", {METADATA}'
CHALLENGE = f"Bearer {METADATA}"
NIGHT_WATCH = {"name": "Night watch", "scopes": ["notes:read"]}


def is_accepted(client):
    """Whether the token of the client is valid."""
    response = client.get("/users/me")
    assert response.status_code in (200, 401)
    return response.status_code == 200


def read_me(client, credentials):
    return client.get("/users/me", headers={"Authorization": f"Bearer {credentials}"})
