"""A server without the authorisation server."""

from accounts.tests.programs import register


def test_without_the_authorisation_server_nothing_of_it_exists(client, settings):
    settings.OAUTH = "off"

    statuses = [client.get("/authorize").status_code, client.post("/token").status_code, register(client).status_code,
                client.get("/.well-known/oauth-protected-resource").status_code]  # fmt: skip
    assert statuses == [404] * 4
    assert client.get("/notes").headers["WWW-Authenticate"] == "Bearer"


def test_without_the_authorisation_server_the_document_does_not_offer_it(client, settings):
    settings.OAUTH = "off"

    document = client.get("/openapi.json").json()
    assert list(document["components"]["securitySchemes"]) == ["login", "token"]
    assert document["paths"]["/notes"]["get"]["security"] == [{"login": []}, {"token": []}]
