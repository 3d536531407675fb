"""From a valid sample to a nearly valid one: what decoders branch on is hit most."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

_WIDTHS: Final = (1, 2, 4, 8)
_TOLD: Final = (0, 1, 2, 3, 4, 7, 8, 16, 64, 65, 255, 256, 4096, 65535, 65536)
_MOST: Final = 1 << 16
"""Bytes that a case may grow to."""

_WORDS: Final = 0.6
"""How many changes of a text are of its words."""

_TEXT: Final = (
    b"[", b"]", b"{", b"}", b'"', b":", b",", b"<", b">", b"</a>", b"<!DOCTYPE a>", b"&#0;", b"=",
    b"\0", b"\r\n", b"\\u0000", b"\\ud800", b"null", b"true", b"-1", b"1e999", b"NaN", b"9" * 40,
    b"9" * 5000, b"[" * 3000, b'{"a":' * 800, b"<a>" * 800, b"../", b"\xff\xfe", b"\xc0\xaf",
    b"0x7f.1", b"::ffff:127.0.0.1", b"%00", b"a" * 300,
)  # fmt: skip


def mutated(random: Random, samples: Sequence[bytes], *, text: bool = False) -> bytes:
    """Return a case made from one of the samples by one to eight changes."""
    data = bytearray(random.choice(samples))
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        changes = _OF_TEXT if text and random.random() < _WORDS else _CHANGES
        random.choice(changes)(random, data, samples)
    return bytes(data[:_MOST])


def _flip(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _byte(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    if data:
        data[random.randrange(len(data))] = random.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))


def _number(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    """Write a length, offset or count that is nearly right, or as wrong as can be."""
    width = random.choice(_WIDTHS)
    if len(data) < width:
        return
    step = random.choice((1, width))
    at = random.randrange(0, len(data) - width + 1, step)
    size = len(data)
    order: Final = random.choice(("little", "big"))
    here = int.from_bytes(data[at : at + width], order)
    value = random.choice(
        (
            *_TOLD, size, size - at, size + 1, here + 1, here - 1, here * 2, here // 2, -1,
            1 << (8 * width - 1), (1 << (8 * width - 1)) - 1,
        )
    )  # fmt: skip
    data[at : at + width] = (value % (1 << (8 * width))).to_bytes(width, order)


def _cut(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    del data[random.randrange(len(data) + 1) :]


def _remove(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    del data[at : at + random.choice((1, 2, 4, 8, 40))]


def _repeat(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    part = bytes(data[at : at + random.choice((1, 4, 16, 104, 400))])
    data[at:at] = part * random.choice((1, 1, 2, 30))


def _fill(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    data[at : at + random.randrange(16)] = random.randbytes(random.randrange(16))


def _splice(random: Random, data: bytearray, samples: Sequence[bytes]) -> None:
    other = random.choice(samples)
    at, start = random.randrange(len(data) + 1), random.randrange(len(other) + 1)
    data[at:] = other[start:]


def _word(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    data[at : at + random.choice((0, 0, 1, 4))] = random.choice(_TEXT)


def _value(random: Random, data: bytearray, _samples: Sequence[bytes]) -> None:
    """Put something of another kind in the place of a quoted word or a number."""
    starts = [at for at, byte in enumerate(data[:4000]) if byte in b'":= >']
    if starts:
        at = random.choice(starts) + 1
        end = at
        while end < len(data) and data[end] not in b'",:=<}]\n':
            end += 1
        data[at:end] = random.choice(_TEXT)


_CHANGES: Final = (_flip, _byte, _number, _number, _number, _cut, _remove, _repeat, _fill, _splice)
_OF_TEXT: Final = (_word, _value, _value, _cut, _repeat)
