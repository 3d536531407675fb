"""A real Home Assistant as a program of its own: loopback only, everything it keeps in one folder.

It is the Home Assistant of an environment that `scripts/setup` makes, with a short list of its
integrations, so that it starts within seconds and asks nobody on the internet for anything.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
INTEGRATION = ROOT / "custom_components" / "smb_ddns_sync"
_TETHER = Path(__file__).with_name("tether.py")
_GRACE = 45.0  # seconds that Home Assistant gets to stop its integrations and write its files

# Steps of the welcome tour. The end of `core_config` would add integrations that look for the
# weather and for radio stations; what is left of the tour is the first user.
_TOUR_STEPS_DONE = ("core_config", "analytics", "integration")


class HomeAssistantEndedError(Exception):
    """Home Assistant did not start, or ended; the message holds its last lines."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What its configuration file says beyond the common lines."""

    allowed_folders: Sequence[Path] = ()
    media_folders: Sequence[Path] = ()
    libraries_logged: bool = False
    """Whether the libraries of the integration log as much as itself, which is all there is."""
    name: str = "Demo"
    debug: bool = True
    """Whether the integration logs all it can."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables that the program gets besides ours."""
    linked: bool = True
    """Whether the integration is a link to this repository's; else it is there already."""
    components: Sequence[Path] = ()
    """Further integrations, which the configuration file names."""


class HomeAssistantProgram:
    """One Home Assistant under one state folder; an async context manager.

    The state survives `stop` and a new start. The program ends with the one that started it,
    however that ends.
    """

    def __init__(self, state: Path, port: int, python: Path, setting: Setting) -> None:
        self.state = state.absolute()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = self.state / "home-assistant.log"
        self._python = python
        self._setting = setting
        self._tether: subprocess.Popen[str] | None = None
        self.pid = 0  # of Home Assistant itself, while it runs

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def running(self) -> bool:
        """Whether the program lives; this says nothing of whether it answers."""
        return self._tether is not None and self._tether.poll() is None

    async def start(self) -> None:
        """Write the configuration and start the program, if it is not running. It answers later."""
        if not self.running:
            await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """Ask it to end, and return when it and all its children are gone."""
        tether, self._tether = self._tether, None
        if tether is not None:
            await asyncio.shield(asyncio.to_thread(_end, tether))

    async def kill(self) -> None:
        """Kill it at once, as a crash does, and return when it and its children are gone."""
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        await self.stop()

    def last_lines(self, count: int = 15) -> str:
        """Return the end of its log, for an error message."""
        texts = [
            file.read_text(errors="replace").strip()
            for file in (self.log, self.state / "output.log")
            if file.exists()
        ]
        lines = "\n".join(text for text in texts if text).splitlines()
        return "\n".join(lines[-count:]) or "it said nothing"

    def _start(self) -> None:
        if not self._python.exists():
            raise HomeAssistantEndedError(
                f"There is no Home Assistant at {self._python}. Get it with: scripts/setup develop"
            )
        self._write_configuration()
        environment = self._setting.environment
        with (self.state / "output.log").open("w") as output:
            self._tether = subprocess.Popen(
                [
                    sys.executable,
                    *("-I", "-S", str(_TETHER), "--grace", str(_GRACE)),
                    *("env", *(f"{key}={value}" for key, value in environment.items())),
                    *(str(self._python.absolute()), "-m", "homeassistant", "--skip-pip"),
                    *("-c", str(self.state), "--log-file", str(self.log)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                # Where it starts, Python looks first: it has to load what lies in its own state.
                cwd=self.state,
                # Ctrl-C is for whoever started us; they end us in order.
                start_new_session=True,
            )
        assert self._tether.stdout is not None
        self.pid = int(self._tether.stdout.readline() or 0)

    def _write_configuration(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        (self.state / "configuration.yaml").write_text(self._configuration())
        automations = self.state / "automations.yaml"
        if not automations.exists():
            automations.write_text("[]\n")  # what is built in the interface goes there
        if self._setting.linked:
            self._link_integrations()
        storage = self.state / ".storage"
        storage.mkdir(mode=0o700, exist_ok=True)
        # It listens on every interface unless its storage says otherwise; `http:` in the
        # configuration file is only a proposal that lapses after five minutes.
        _store(
            storage / "http",
            3,
            {
                "stable": {
                    "server_host": ["127.0.0.1"],
                    "server_port": self.port,
                    "cors_allowed_origins": [],
                    "login_attempts_threshold": -1,
                    "ip_ban_enabled": False,
                    "ssl_profile": "intermediate_v6",
                    "use_x_frame_options": True,
                },
                "pending": None,
                "yaml_migration_done": True,
            },
        )
        if not (storage / "onboarding").exists():
            _store(storage / "onboarding", 4, {"done": list(_TOUR_STEPS_DONE)})

    def _link_integrations(self) -> None:
        components = self.state / "custom_components"
        components.mkdir(exist_ok=True)
        for integration in (INTEGRATION, *self._setting.components):
            link = components / integration.name
            if link.is_symlink():
                link.unlink()
            link.symlink_to(integration, target_is_directory=True)

    def _loggers(self) -> list[str]:
        """Return what *Enable debug logging* in the interface switches on, or only our part."""
        manifest = json.loads((INTEGRATION / "manifest.json").read_text())
        if not self._setting.debug:
            return []
        libraries = manifest["loggers"] if self._setting.libraries_logged else []
        return [f"custom_components.{INTEGRATION.name}", *libraries]

    def _configuration(self) -> str:
        # JSON is YAML; so no path and no name can break out of its place.
        about = {
            "name": self._setting.name,
            "country": "DE",
            "currency": "EUR",
            "language": "en",
            "time_zone": "Europe/Berlin",
            "unit_system": "metric",
            "latitude": 0,
            "longitude": 0,
            "elevation": 0,
            "allowlist_external_dirs": [str(path) for path in self._setting.allowed_folders],
        }
        media = {path.name: str(path) for path in self._setting.media_folders}
        if media:
            about["media_dirs"] = media
        logger = {
            "default": "warning",
            "logs": dict.fromkeys(self._loggers(), "debug"),
        }
        return (
            f"homeassistant: {json.dumps(about)}\n"
            f"logger: {json.dumps(logger)}\n"
            "automation: !include automations.yaml\n"
            "config:\nhistory:\nlogbook:\nmedia_source:\n"
            + "".join(f"{path.name}:\n" for path in self._setting.components)
        )


def _end(tether: subprocess.Popen[str]) -> None:
    assert tether.stdin is not None
    assert tether.stdout is not None
    tether.stdin.close()
    tether.stdout.close()
    tether.wait()


def _store(path: Path, version: int, data: dict[str, object]) -> None:
    content = {"version": version, "minor_version": 1, "key": path.name, "data": data}
    path.write_text(json.dumps(content, indent=2))
    path.chmod(0o600)
