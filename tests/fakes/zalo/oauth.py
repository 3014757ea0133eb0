"""OAuth v4 of an Official Account: codes with PKCE, access tokens, refresh tokens that serve once (zalo.md, A2)."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.zalo.errors import Refused

CODE_LIVES = timedelta(minutes=10)
ACCESS_LIVES = timedelta(hours=25)
REFRESH_LIVES = timedelta(days=90)


@dataclass(frozen=True)
class Console:
    """What the developer's console holds of the app and its Official Account; ids are over 2**53."""

    app_id: str = "1900000000000000007"
    app_secret: str = "AppSecretMauMauMauMau"
    oa_id: str = "4900000000000000009"
    oa_secret_key: str = "KhoaBiMatOAMauMauMau"


@dataclass(frozen=True)
class Pair:
    """An access token and the refresh token that came with it."""

    access: str
    refresh: str
    access_until: datetime
    refresh_until: datetime


@dataclass(frozen=True)
class Exchange:
    """One request for a pair: what was shown (a code or a refresh token), and whether a pair was given."""

    kind: str
    shown: str
    given: bool


@dataclass
class _Code:
    challenge: str
    until: datetime
    used: bool = False


@dataclass
class OAuth:
    """The authorisation server.

    pair       the pair that is valid now; the one before it died with the exchange
    callback   the only redirect_uri the console allows; empty = any
    challenge  the challenge saved in the console, if it must be that one; empty = each consent brings its own
    grace      for so long a refresh token that was used gives the same new pair again (the real server: unknown)
    exchanges  all requests for pairs, in order
    """

    console: Console
    clock: Callable[[], datetime]
    callback: str = ""
    challenge: str = ""
    grace: timedelta = timedelta()
    pair: Pair | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    _codes: dict[str, _Code] = field(default_factory=dict)
    _former: tuple[str, datetime] | None = None
    _dead: set[str] = field(default_factory=set)
    _made: int = 0

    def consent(self, asked: Mapping[str, str]) -> str:
        """Let the administrator agree; return the code. Raises Refused for a wrong link."""
        if asked.get("app_id") != self.console.app_id:
            raise Refused(-14002, "App id is invalid")
        if not asked.get("redirect_uri") or (self.callback and asked["redirect_uri"] != self.callback):
            raise Refused(-14003, "Redirect uri is invalid")
        challenge = asked.get("code_challenge", "")
        if not challenge or (self.challenge and challenge != self.challenge):
            raise Refused(-14005, "Code challenge is invalid")
        code = f"code-{len(self._codes) + 1:04d}-mau"
        self._codes[code] = _Code(challenge, self.clock() + CODE_LIVES)
        return code

    def token(self, secret: str, form: Mapping[str, str]) -> Pair:
        """Give a pair for a code or a refresh token. Raises Refused."""
        if not hmac.compare_digest(secret.encode(), self.console.app_secret.encode()):
            raise Refused(-14004, "Secret key is invalid")
        if form.get("app_id") != self.console.app_id:
            raise Refused(-14002, "App id is invalid")
        kind = form.get("grant_type", "")
        takes = {"authorization_code": self._by_code, "refresh_token": self._by_refresh}.get(kind)
        if takes is None:
            raise Refused(-14001, "Grant type is invalid")
        shown = form.get("code" if kind == "authorization_code" else "refresh_token", "")
        try:
            pair = takes(shown, form)
        except Refused:
            self.exchanges.append(Exchange(kind, shown, given=False))
            raise
        self.exchanges.append(Exchange(kind, shown, given=True))
        return pair

    def issue(self) -> Pair:
        """Give a pair as the console's API Explorer does; every earlier token dies."""
        if self.pair is not None:
            self._dead.update((self.pair.access, self.pair.refresh))
        self._made += 1
        now = self.clock()
        self.pair = Pair(
            f"access-{self._made:04d}-{'a' * 40}", f"refresh-{self._made:04d}-{'r' * 40}",
            now + ACCESS_LIVES, now + REFRESH_LIVES,
        )  # fmt: skip
        return self.pair

    def revoke(self) -> None:
        """Take the authorisation away: no token is valid any more."""
        if self.pair is not None:
            self._dead.update((self.pair.access, self.pair.refresh))
        self.pair = None

    def check_access(self, token: str | None) -> None:
        """Raise Refused unless the access token is the one of now: -220 expired or replaced, -216 anything else."""
        if self.pair is not None and token == self.pair.access:
            if self.clock() >= self.pair.access_until:
                raise Refused(-220, "Access token is expired or removed")
            return
        if token in self._dead:
            raise Refused(-220, "Access token is expired or removed")
        raise Refused(-216, "Access token is invalid")

    def _by_code(self, code: str, form: Mapping[str, str]) -> Pair:
        known = self._codes.get(code)
        if known is None or known.used or self.clock() >= known.until:
            raise Refused(-14010, "Authorization code is invalid or expired")
        known.used = True
        if challenge_of(form.get("code_verifier", "")) != known.challenge:
            raise Refused(-14011, "Code verifier is invalid")
        return self.issue()

    def _by_refresh(self, refresh: str, _form: Mapping[str, str]) -> Pair:
        now = self.clock()
        if self.pair is not None and self._former is not None and refresh == self._former[0] and now < self._former[1]:
            return self.pair
        if self.pair is None or refresh != self.pair.refresh or now >= self.pair.refresh_until:
            raise Refused(-14014, "Refresh token is invalid or expired")
        if self.grace:
            self._former = (refresh, now + self.grace)
        return self.issue()


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier: base64url without padding of the SHA-256 digest."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
