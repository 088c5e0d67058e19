"""Tokens: what is signed, what is refused, how sessions go on and end."""

import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from support import forged
from support.client import OWN_SCOPES
from support.contract import assert_fits, assert_problem, operation

REFRESH = operation("auth", "POST", "auth/refresh")
LOGOUT = operation("auth", "POST", "auth/logout")
CLAIMS = {"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "sid", "scope", "roles"}


def jwks(system):
    return jwt.PyJWKClient(system.url("auth") + "/.well-known/jwks.json", cache_keys=False)


def verified(system, token):
    """The claims, checked by a JWT library that shares nothing with ours."""
    key = jwks(system).get_signing_key_from_jwt(token)
    options = {"require": list(CLAIMS - {"roles", "scope", "client_id", "sid"})}
    return jwt.decode(
        token, key, ["ES256"], audience=forged.AUDIENCE, issuer=forged.ISSUER, options=options
    )


def test_an_access_token_is_an_rfc_9068_token(visitor):
    token = visitor.user.access_token
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt") and header["kid"]
    claims = verified(visitor.system, token)
    assert set(claims) >= CLAIMS
    assert claims["sub"] == str(visitor.user.user_id)
    assert claims["exp"] - claims["iat"] == 600 and abs(claims["iat"] - time.time()) < 30
    assert set(claims["scope"].split()) == OWN_SCOPES
    assert claims["roles"] == ["user"]
    assert visitor.user.password not in str(claims) and visitor.user.email not in str(claims)


def test_each_token_is_its_own(client):
    user = client.register()
    first, second = (
        jwt.decode(client.log_in(user).access_token, options={"verify_signature": False}) for _ in "12"
    )
    assert first["jti"] != second["jti"] and first["sid"] != second["sid"]


def test_every_replica_serves_the_same_public_keys(system, client):
    served = [client.get("auth", "/.well-known/jwks.json") for _ in system.replicas["auth"]]
    for answer in served:
        assert_fits(answer, operation("auth", "GET", "/.well-known/jwks.json"))
        assert answer.headers["cache-control"] == "max-age=300"
        assert all("d" not in key for key in answer.json()["keys"])
    assert len({answer.text for answer in served}) == 1


def test_refreshing_gives_new_tokens_and_the_old_answer_again(client, system):
    user = client.new_user()
    first = client.post("auth", "auth/refresh", json={"refreshToken": user.refresh_token})
    assert first.status_code == 200
    assert_fits(first, REFRESH)
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["refreshToken"] != user.refresh_token
    before, after = verified(system, user.access_token), verified(system, first.json()["accessToken"])
    assert before["sid"] == after["sid"] and before["jti"] != after["jti"]
    again = client.post("auth", "auth/refresh", json={"refreshToken": user.refresh_token})
    assert again.json()["refreshToken"] == first.json()["refreshToken"]


def test_racing_refreshes_give_one_successor(client):
    user = client.new_user()
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(
                lambda _: client.post("auth", "auth/refresh", json={"refreshToken": user.refresh_token}),
                range(20),
            )
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refreshToken"] for answer in answers}) == 1


def test_a_chain_of_refreshes_holds(client):
    user = client.new_user()
    seen = {user.refresh_token}
    for _ in range(5):
        answer = client.post("auth", "auth/refresh", json={"refreshToken": user.refresh_token})
        user.refresh_token, user.access_token = answer.json()["refreshToken"], answer.json()["accessToken"]
        assert user.refresh_token not in seen
        seen.add(user.refresh_token)
    assert client.get("users", "users/me", user).status_code == 200


@pytest.mark.parametrize("token", ["esm_rt_" + "A" * 43, "x", "esm_rt_", "' OR 1=1 --", "ü" * 30])
def test_an_unknown_refresh_token_is_refused(client, token):
    answer = client.post("auth", "auth/refresh", json={"refreshToken": token})
    assert_problem(answer, 401, "invalid_token")
    assert_fits(answer, REFRESH)
    gone = client.post("auth", "auth/logout", json={"refreshToken": token})
    assert gone.status_code == 204
    assert_fits(gone, LOGOUT)


def test_logging_out_ends_the_session_everywhere_within_a_second(client, system, events):
    user = client.new_user()
    sid = verified(system, user.access_token)["sid"]
    answer = client.post("auth", "auth/logout", json={"refreshToken": user.refresh_token})
    assert answer.status_code == 204
    assert_fits(answer, LOGOUT)
    refused = client.post("auth", "auth/refresh", json={"refreshToken": user.refresh_token})
    assert_problem(refused, 401, "invalid_token")
    event = events.wait_for(lambda each: each.type == "auth.session_revoked.v1" and each.key == sid)
    assert event.data["reason"] == "logout" and event.data["userId"] == user.user_id


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(client):
    user = client.new_user()
    answer = client.post("auth", "auth/refresh", json={"refreshToken": user.access_token[:256]})
    assert_problem(answer, 401, "invalid_token")
    user.access_token = user.refresh_token
    assert_problem(client.get("tasks", "tasks", user), 401, "invalid_token")
