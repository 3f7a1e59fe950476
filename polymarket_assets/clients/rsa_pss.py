"""RSA-PSS signatures with SHA-256, in the standard library alone.

Belongs here: reading an RSA private key from PEM and signing with it. It signs reads of public
data, a few a second, for a higher rate limit; money never depends on it. Not here: what is signed
(kalshi_auth.py).

Source: RFC 8017 (PKCS #1 v2.2), §8.1 RSASSA-PSS, §9.1.1 EMSA-PSS-ENCODE, §B.2.1 MGF1, §A.1.2
RSAPrivateKey; RFC 5208 for the PKCS #8 wrapping.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import secrets
from dataclasses import dataclass, field

LEAST_BITS = 2048
_HASH_BYTES = 32
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_LONG_FORM = 0x80
_MOST_LENGTH_BYTES = 4
_PEM = re.compile(
    r"-----BEGIN (RSA PRIVATE KEY|PRIVATE KEY)-----([A-Za-z0-9+/=\s]+)-----END \1-----"
)


class KeyFormatError(ValueError):
    """The text is no RSA private key we can use; the message never repeats any of it."""


@dataclass(frozen=True)
class RsaKey:
    """An RSA private key; its representation shows nothing of it."""

    modulus: int = field(repr=False)
    public_exponent: int = field(repr=False)
    private_exponent: int = field(repr=False)

    @classmethod
    def from_pem(cls, text: str) -> RsaKey:
        """The key of a PEM text, PKCS #1 or unencrypted PKCS #8.

        Raises:
            KeyFormatError: it is none, or too short to be safe.
        """
        if "ENCRYPTED" in text:
            raise KeyFormatError("the key is encrypted; store it without a passphrase, mode 0600")
        found = _PEM.search(text)
        if found is None:
            raise KeyFormatError("expected PEM: -----BEGIN RSA PRIVATE KEY----- or PRIVATE KEY")
        try:
            der = base64.b64decode("".join(found[2].split()), validate=True)
            if found[1] == "PRIVATE KEY":
                der = _inner_key(der)
            _, modulus, public, private, *_ = _integers(_content(der, _SEQUENCE)[0])
        except (ValueError, IndexError):
            raise KeyFormatError("the PEM text holds no RSA private key") from None
        key = cls(modulus, public, private)
        if modulus.bit_length() < LEAST_BITS:
            raise KeyFormatError(f"a key of {modulus.bit_length()} bits; at least {LEAST_BITS}")
        if pow(pow(3, public, modulus), private, modulus) != 3:  # noqa: PLR2004 - any number does
            raise KeyFormatError("the key's parts do not belong together")
        return key

    def sign(self, message: bytes) -> bytes:
        """The PSS signature of `message`: SHA-256, MGF1 with SHA-256, salt as long as the hash."""
        bits = self.modulus.bit_length() - 1
        encoded = int.from_bytes(_encode(message, bits), "big")
        # Blinded, so that the time this takes says nothing about the key.
        while math.gcd(blind := secrets.randbelow(self.modulus - 2) + 2, self.modulus) != 1:
            continue
        blinded = encoded * pow(blind, self.public_exponent, self.modulus) % self.modulus
        signature = pow(blinded, self.private_exponent, self.modulus)
        signature = signature * pow(blind, -1, self.modulus) % self.modulus
        return signature.to_bytes((self.modulus.bit_length() + 7) // 8, "big")

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is one of `message` by this key."""
        bits = self.modulus.bit_length() - 1
        length = (bits + 7) // 8
        opened = pow(int.from_bytes(signature, "big"), self.public_exponent, self.modulus)
        if opened.bit_length() > bits:
            return False
        encoded = opened.to_bytes(length, "big")
        masked, digest = encoded[: -_HASH_BYTES - 1], encoded[-_HASH_BYTES - 1 : -1]
        unmasked = _masked(masked, digest, bits)
        salt = unmasked[-_HASH_BYTES:]
        padding = bytes(len(unmasked) - _HASH_BYTES - 1) + b"\x01"
        return (
            encoded[-1:] == b"\xbc"
            and unmasked[:-_HASH_BYTES] == padding
            and _digest(message, salt) == digest
        )


def _encode(message: bytes, bits: int) -> bytes:
    """EMSA-PSS-ENCODE: the number that is signed, as bytes."""
    length = (bits + 7) // 8
    salt = secrets.token_bytes(_HASH_BYTES)
    digest = _digest(message, salt)
    padding = bytes(length - 2 * _HASH_BYTES - 2)
    return _masked(padding + b"\x01" + salt, digest, bits) + digest + b"\xbc"


def _digest(message: bytes, salt: bytes) -> bytes:
    return hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()


def _masked(block: bytes, seed: bytes, bits: int) -> bytes:
    """`block` under MGF1's mask, with the bits above `bits` cleared; twice it is itself again."""
    mask = b"".join(
        hashlib.sha256(seed + counter.to_bytes(4, "big")).digest()
        for counter in range(-(-len(block) // _HASH_BYTES))
    )
    mixed = bytes(a ^ b for a, b in zip(block, mask, strict=False))
    spare = 8 * ((bits + 7) // 8) - bits
    return bytes([mixed[0] & (0xFF >> spare)]) + mixed[1:]


def _content(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the element `der` begins with, and what follows it."""
    if der[0] != tag:
        raise ValueError(f"expected tag {tag}")
    length, start = der[1], 2
    if length & _LONG_FORM:
        count = length & ~_LONG_FORM
        if not 1 <= count <= _MOST_LENGTH_BYTES:
            raise ValueError("a length out of range")
        length, start = int.from_bytes(der[2 : 2 + count], "big"), 2 + count
    if len(der) < start + length:
        raise ValueError("cut short")
    return der[start : start + length], der[start + length :]


def _integers(content: bytes) -> list[int]:
    numbers = []
    while content:
        number, content = _content(content, _INTEGER)
        numbers.append(int.from_bytes(number, "big"))
    return numbers


def _inner_key(der: bytes) -> bytes:
    """The PKCS #1 key inside a PKCS #8 one."""
    _, rest = _content(_content(der, _SEQUENCE)[0], _INTEGER)
    _, rest = _content(rest, _SEQUENCE)
    return _content(rest, _OCTETS)[0]
