"""Who speaks: passwords, what a request shows of its sender, and how often it may try."""

from base64 import b64decode, b64encode
import binascii
from collections import OrderedDict
from dataclasses import dataclass
import hashlib
import hmac
import secrets

#: scrypt (RFC 7914): some 15 ms and 8 MiB on a small computer.
_COST, _BLOCK, _LANES, _LENGTH = 2**13, 8, 1, 32
#: OCPP-J: an AuthorizationKey of 1.6 is 16 to 20 octets, told as twice as many hex digits.
_HEX_DIGITS = range(32, 41)


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """What an Authorization header says. The password is octets: 1.6 sends them raw."""

    user: str
    password: bytes


def parse_basic(header: str | None) -> BasicAuth | None:
    """Return the header's user and password, divided at the first colon; None for what is none."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(encoded.strip(), validate=True).partition(b":")
        return BasicAuth(user=user.decode(), password=password) if colon else None
    except binascii.Error, UnicodeDecodeError, ValueError:
        return None


def hash_password(password: str | bytes) -> str:
    """Return a password's salted hash, as it is stored; blocks for some milliseconds."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(_octets(password), salt)
    return f"scrypt${b64encode(salt).decode()}${b64encode(digest).decode()}"


def verify_password(password: bytes, hashes: tuple[str, ...]) -> bool:
    """Tell whether a password is one of those that were hashed; blocks, and takes as long for a wrong one.

    Some stations send the hex digits of the key that they were given, not the octets: the same
    secret, so it is taken.
    """
    candidates = [password]
    if len(password) in _HEX_DIGITS:
        try:
            candidates.append(bytes.fromhex(password.decode("ascii")))
        except ValueError:
            candidates.append(password)
    found = False
    for stored in hashes:
        scheme, _, rest = stored.partition("$")
        salt, _, digest = rest.partition("$")
        if scheme != "scrypt":
            continue
        for candidate in candidates:
            found |= hmac.compare_digest(_scrypt(candidate, b64decode(salt)), b64decode(digest))
    return found


def _octets(password: str | bytes) -> bytes:
    return password.encode() if isinstance(password, str) else password


def _scrypt(password: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=_LENGTH)


class Allowance[Key]:
    """So many at once, so many a second after that, for each key; the keys are bounded too."""

    def __init__(self, *, burst: float, per_s: float, keys: int = 1024) -> None:
        self._burst = burst
        self._per_s = per_s
        self._keys = keys
        #: What is left, and when (monotonic) that was.
        self._left: OrderedDict[Key, tuple[float, float]] = OrderedDict()

    def has(self, key: Key, now_s: float) -> bool:
        """Tell whether one more would be allowed."""
        return self._now(key, now_s) >= 1

    def take(self, key: Key, now_s: float) -> bool:
        """Use one up; False where none is left."""
        left = self._now(key, now_s)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now_s)
        self._left.move_to_end(key)
        while len(self._left) > self._keys:
            self._left.popitem(last=False)
        return allowed

    def wait_s(self, key: Key, now_s: float) -> float:
        """Return after how many seconds the next one is allowed."""
        return max(0.0, (1 - self._now(key, now_s)) / self._per_s)

    def _now(self, key: Key, now_s: float) -> float:
        left, at_s = self._left.get(key, (self._burst, now_s))
        return min(self._burst, left + (now_s - at_s) * self._per_s)
