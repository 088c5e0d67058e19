"""Credentials other than a login: API keys, OAuth clients and their tokens, as their owners get them."""

from dataclasses import dataclass, field


@dataclass
class Bearer:
    """Anything that goes into `Authorization: Bearer`."""

    token: str = field(repr=False)
    identifier: str = ""

    @property
    def bearer(self):
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class OAuthClient:
    """A confidential OAuth client."""

    client_id: str
    secret: str = field(repr=False)

    @property
    def basic(self):
        return (self.client_id, self.secret)


def make_api_key(client, user, scopes, name="a test's key"):
    answer = client.post("auth", "auth/api-keys", user, json={"name": name, "scopes": scopes})
    assert answer.status_code == 201, answer.text
    made = answer.json()["apiKey"]
    return Bearer(made["token"], made["apiKeyId"])


def make_client(client, admin, scopes, name="a test's client"):
    answer = client.post("auth", "auth/clients", admin, json={"name": name, "scopes": scopes})
    assert answer.status_code == 201, answer.text
    made = answer.json()["client"]
    return OAuthClient(made["clientId"], made["clientSecret"])


def client_token(client, of, scope=None):
    """An access token of the client's own (RFC 6749 section 4.4)."""
    form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
    answer = client.post("auth", "/oauth2/token", data=form, auth=of.basic)
    assert answer.status_code == 200, answer.text
    return Bearer(answer.json()["access_token"], of.client_id)


def introspect(client, by, token):
    answer = client.post("auth", "/oauth2/introspect", data={"token": token}, auth=by.basic)
    assert answer.status_code == 200, answer.text
    return answer.json()
