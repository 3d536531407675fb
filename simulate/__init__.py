"""What happens in years, in minutes: `scripts/simulate ddns`.

The cores run on a virtual clock against sources, providers and name servers that lie, fail and
crash by a seed, so that what is found can be played again. They are used without Home Assistant:
the package above them, whose own module is Home Assistant's, is stood in for by an empty one that
only says where its parts lie.
"""

from pathlib import Path
import sys
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent

_NAME = "custom_components.smb_ddns_sync"
if _NAME not in sys.modules:
    _package = ModuleType(_NAME)
    _package.__path__ = [str(ROOT / "custom_components" / "smb_ddns_sync")]
    sys.modules[_NAME] = _package
