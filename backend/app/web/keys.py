"""Whose key is whose, and the cookie that stands for a key: an expiry and a proof, from which no key can be had."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

Role = Literal["speaker", "operator"]
COOKIE = "kaiwa"
COOKIE_S = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the installation; None is off. The operator's opens what the speakers' opens."""

    speaker: str | None = None
    operator: str | None = None

    def for_role(self, role: Role) -> tuple[str, ...]:
        """Return the keys that open what `role` may see; without any it is open.

        Where only the speakers have a key, it guards the operator's part as well.
        """
        own = self.operator or self.speaker
        keys = (own,) if role == "operator" else (self.speaker, self.speaker and self.operator)
        return tuple(key for key in keys if key)

    def knows(self, given: str, role: Role) -> bool:
        """Say whether `given` opens what `role` may see."""
        return any(hmac.compare_digest(given.encode(), key.encode()) for key in self.for_role(role))

    def make_token(self, key: str, now: float) -> str:
        """Return what the cookie holds for somebody who showed `key`; `now` in Unix seconds."""
        expires_at = str(round(now) + COOKIE_S)
        return f"{expires_at}.{_proof(key, expires_at)}"

    def knows_token(self, token: str, role: Role, now: float) -> bool:
        """Say whether a cookie opens what `role` may see."""
        expires_at, _, proof = token.partition(".")
        if not (expires_at.isascii() and expires_at.isdecimal() and len(expires_at) <= len(str(2**63))):
            return False
        proofs = [_proof(key, expires_at) for key in self.for_role(role)]
        is_proved = any(hmac.compare_digest(proof.encode(), good.encode()) for good in proofs)
        return is_proved and now < int(expires_at)


def _proof(key: str, expires_at: str) -> str:
    return hmac.new(key.encode(), f"kaiwa cookie until {expires_at}".encode(), hashlib.sha256).hexdigest()
