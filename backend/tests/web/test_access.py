from pathlib import Path

import httpx
import pytest

from app.web.access import Failures
from app.web.client_secrets import ClientSecrets, SecretRequest
from app.web.errors import Refused
from app.web.keys import COOKIE_S, Keys
from tests.web.serving import ADMIN_KEY, API_KEY, ELSEWHERE, build_page, calling, make_backend

# Stock clients give up for good over these.
NEVER = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "invalid_api_key",
    "account_deactivated",
    "billing_hard_limit_reached",
}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def code_of(response: httpx.Response) -> str:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert not NEVER & {error["code"], error["type"]}
    return str(error["code"])


async def test_on_loopback_everything_is_open_and_any_key_is_as_good_as_none() -> None:
    async with calling(make_backend()) as client:
        for path in ("/v1/voices", "/v1/models", "/metrics", "/health", "/"):
            assert (await client.get(path)).status_code == 200, path
        assert (await client.get("/v1/voices", headers=bearer("sk-whatever"))).status_code == 200


async def test_a_key_that_was_set_holds_on_loopback_too() -> None:
    async with calling(make_backend(api_key=API_KEY)) as client:
        assert (await client.get("/v1/voices")).status_code == 401
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/v1/voices", headers=bearer(API_KEY))).status_code == 200
        assert (await client.get("/metrics", headers=bearer(API_KEY))).status_code == 200


async def test_elsewhere_only_the_page_the_probes_and_the_sign_in_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.main.PAGE", tmp_path / "dist")
    build_page(tmp_path / "dist")
    async with calling(make_backend(**ELSEWHERE)) as client:
        for path in ("/", "/assets/index-abc.js", "/health", "/ready"):
            assert (await client.get(path)).status_code == 200, path
        for path in ("/v1/voices", "/v1/models", "/v1/nothing", "/metrics"):
            refused = await client.get(path)
            assert (refused.status_code, code_of(refused)) == (401, "key_needed"), path
            assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/v1/voices", API_KEY, 200),
        ("/v1/voices", ADMIN_KEY, 200),
        ("/v1/voices", API_KEY + "x", 401),
        ("/metrics", ADMIN_KEY, 200),
        ("/metrics", API_KEY, 401),
    ],
)
async def test_the_operator_sees_what_speakers_see_and_not_the_other_way(path: str, key: str, status: int) -> None:
    async with calling(make_backend(**ELSEWHERE)) as client:
        assert (await client.get(path, headers=bearer(key))).status_code == status


async def test_wrong_keys_become_slow() -> None:
    async with calling(make_backend(**ELSEWHERE)) as client:
        for _ in range(10):
            refused = await client.get("/v1/voices", headers=bearer("wrong"))
            assert (refused.status_code, code_of(refused)) == (401, "wrong_key")
        slowed = await client.get("/v1/voices", headers=bearer(API_KEY))
        assert (slowed.status_code, code_of(slowed)) == (429, "too_many_wrong_keys")


def test_an_address_may_try_again_after_a_while_and_others_at_any_time() -> None:
    now = 0.0
    failures = Failures(lambda: now)
    for _ in range(10):
        failures.check("a")
        failures.add("a")
    with pytest.raises(Refused):
        failures.check("a")
    failures.check("b")
    now = 11.0
    failures.check("a")


def test_only_so_many_addresses_are_remembered() -> None:
    failures = Failures(lambda: 0.0)
    for number in range(5000):
        failures.add(str(number))
    assert len(failures._by_address) == 1000


async def test_a_key_is_traded_for_a_cookie_that_is_not_the_key() -> None:
    async with calling(make_backend(**ELSEWHERE)) as client:
        signed_in = await client.post("/v1/sign-in", json={"key": API_KEY})
        assert signed_in.status_code == 204
        cookie = signed_in.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert API_KEY not in cookie
        assert (await client.get("/v1/voices")).status_code == 200
        assert (await client.get("/metrics")).status_code == 401


async def test_the_cookie_is_for_https_where_there_is_https() -> None:
    async with calling(make_backend(**ELSEWHERE), base_url="https://kaiwa.example") as client:
        signed_in = await client.post("/v1/sign-in", json={"key": API_KEY})
    assert "Secure" in signed_in.headers["set-cookie"]


@pytest.mark.parametrize("body", [b'{"key": "wrong"}', b'{"key": 1}', b"{}", b"[", b"\xff", b"[" * 100_000])
async def test_a_bad_sign_in_is_refused_without_a_cookie(body: bytes) -> None:
    async with calling(make_backend(**ELSEWHERE)) as client:
        refused = await client.post("/v1/sign-in", content=body)
    assert refused.status_code in {400, 401}
    assert code_of(refused)
    assert "set-cookie" not in refused.headers


def test_a_cookie_ends_with_its_time_its_key_or_a_changed_character() -> None:
    keys = Keys(speaker=API_KEY, operator=ADMIN_KEY)
    token = keys.make_token(API_KEY, now=1000.0)
    assert keys.knows_token(token, "speaker", 1000.0)
    assert not keys.knows_token(token, "operator", 1000.0)
    assert not keys.knows_token(token, "speaker", 1000.0 + COOKIE_S)
    assert not Keys(speaker="another-key-entirely").knows_token(token, "speaker", 1000.0)
    expires_at, _, proof = token.partition(".")
    for forged in (f"{int(expires_at) + 1}.{proof}", f"{expires_at}.", "", ".", "²." + proof, "9" * 5000 + "." + proof):
        assert not keys.knows_token(forged, "speaker", 1000.0)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:9999", "http://localhost.evil.example:8000", "https://["],
)
async def test_another_page_may_not_post(origin: str) -> None:
    async with calling(make_backend()) as client:
        refused = await client.post("/v1/realtime/client_secrets", json={}, headers={"Origin": origin})
    assert (refused.status_code, code_of(refused)) == (403, "origin_not_allowed")


async def test_our_own_page_and_allowed_ones_may() -> None:
    async with calling(make_backend(allowed_origins="https://kaiwa.example")) as client:
        for origin in ("http://localhost:8000", "https://kaiwa.example"):
            answer = await client.post("/v1/realtime/client_secrets", json={}, headers={"Origin": origin})
            assert answer.status_code == 200, origin
        assert answer.headers["access-control-allow-origin"] == "https://kaiwa.example"


async def test_a_page_behind_a_proxy_that_speaks_tls_is_our_own() -> None:
    async with calling(make_backend(**ELSEWHERE), base_url="http://kaiwa.example") as client:
        headers = bearer(API_KEY) | {"Origin": "https://kaiwa.example"}
        answer = await client.post("/v1/realtime/client_secrets", json={}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "localhost.evil.example", "", "["])
async def test_on_loopback_nobody_calls_us_by_another_name(host: str) -> None:
    async with calling(make_backend()) as client:
        refused = await client.get("/v1/voices", headers={"Host": host})
    assert (refused.status_code, code_of(refused)) == (421, "unknown_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "kaiwa.example"])
async def test_on_loopback_these_are_our_names(host: str) -> None:
    async with calling(make_backend(allowed_origins="https://kaiwa.example")) as client:
        assert (await client.get("/v1/voices", headers={"Host": host})).status_code == 200


async def test_elsewhere_any_name_will_do_because_keys_are_needed() -> None:
    async with calling(make_backend(**ELSEWHERE), base_url="http://some.name") as client:
        assert (await client.get("/v1/voices", headers=bearer(API_KEY))).status_code == 200


async def test_a_client_secret_shows_the_session_it_begins() -> None:
    async with calling(make_backend(**ELSEWHERE), headers=bearer(API_KEY)) as client:
        asked = {"expires_after": {"anchor": "created_at", "seconds": 30}, "session": {"instructions": "Sing."}}
        answer = (await client.post("/v1/realtime/client_secrets", json=asked)).json()
        assert answer["value"].startswith("ek_")
        assert answer["session"]["instructions"] == "Sing."
        other = await client.get("/v1/voices", headers=bearer(answer["value"]))
        assert (other.status_code, code_of(other)) == (403, "client_secret_not_allowed")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"expires_after": {"seconds": 9}}, "expires_after.seconds"),
        ({"expires_after": {"seconds": 7201}}, "expires_after.seconds"),
        ({"session": {"type": "transcription"}}, "session.type"),
        ({"session": {"max_output_tokens": 0}}, "session.max_output_tokens"),
    ],
)
async def test_a_secret_for_what_we_cannot_serve_is_refused(body: dict[str, object], param: str) -> None:
    async with calling(make_backend()) as client:
        refused = await client.post("/v1/realtime/client_secrets", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == param


def test_secrets_expire_and_there_are_only_so_many() -> None:
    now = 0.0
    secrets = ClientSecrets(lambda: now)
    value, _ = secrets.make(SecretRequest())
    assert secrets.find(value) is not None
    assert secrets.find(value + "x") is None
    for _ in range(999):
        secrets.make(SecretRequest())
    with pytest.raises(Refused):
        secrets.make(SecretRequest())
    now = 600.0
    assert secrets.find(value) is None
    secrets.make(SecretRequest())
    assert len(secrets._by_hash) == 1
