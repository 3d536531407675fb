"""What a program sees of the world outside it: the time of day, and where names lead."""

from pathlib import Path
import struct
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCE: Final = Path(__file__).with_name("clock.c")
_NAME_WRAPPER: Final = "libnss_wrapper.so"  # of Debian's package libnss-wrapper


class WallClock:
    """A clock that can be set while a program runs that was started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.library = folder / "clock.so"
        self.off = 0  # seconds
        self._file.write_bytes(struct.pack("=q", 0))
        build = ["c++", "-x", "c", "-shared", "-fPIC", "-O2", "-o", str(self.library)]
        subprocess.run([*build, str(_SOURCE), "-ldl"], check=True)

    def set_by(self, seconds: int) -> None:
        """Set the clock forward, or back."""
        self.off += seconds
        with self._file.open("r+b") as file:
            file.write(struct.pack("=q", self.off))

    @property
    def environment(self) -> Mapping[str, str]:
        """What the program has to be started with."""
        return {"SOAK_CLOCK": str(self._file)}


class Names:
    """Where names lead; a change is seen by the next question."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "hosts"
        self._hosts: dict[str, str] = {}

    def lead(self, name: str, address: str) -> None:
        """Let a name lead to an address."""
        self._hosts[name] = address
        fresh = self._file.with_suffix(".new")
        fresh.write_text("".join(f"{to} {each}\n" for each, to in self._hosts.items()))
        fresh.replace(self._file)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the program has to be started with."""
        return {"NSS_WRAPPER_HOSTS": str(self._file)}


def environment(clock: WallClock, names: Names) -> dict[str, str]:
    """Return what a program has to be started with to see both."""
    preloaded = f"{_NAME_WRAPPER}:{clock.library}"
    return {"LD_PRELOAD": preloaded, **clock.environment, **names.environment}
