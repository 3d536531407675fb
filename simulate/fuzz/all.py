"""All targets by their names."""

from typing import TYPE_CHECKING, Final

import homeassistant  # noqa: F401 - before anything that brings voluptuous, which it stands in for

from . import ddns, here, smb

if TYPE_CHECKING:
    from .target import Target

TARGETS: Final[dict[str, Target]] = {
    target.name: target for target in (*smb.TARGETS, *ddns.TARGETS, *here.TARGETS)
}
