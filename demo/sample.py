"""The folder that the demo keeps in sync: a few files of the kinds that people have."""

from pathlib import Path
import random
import shutil

_BRAND = Path(__file__).resolve().parent.parent / "custom_components" / "smb_ddns_sync" / "brand"

_TEXTS = {
    "Read me first.txt": "Change, add, rename or delete files here and watch the share follow.\n",
    "Documents/Offers/2026/Offer 17.txt": "Seventeen chairs, oiled oak.\n",
    "Documents/Straßenkarte für Jürgen.txt": "Erst links, dann rechts, dann wieder links.\n",
    "Photos/桜/2026年4月.txt": "満開でした。\n",
    "Photos/Été à la mer 📷.txt": "Il faisait beau.\n",
    "Music/empty.m3u": "",
}
_RECORDING = "Recordings/Front door.bin"
_RECORDING_BYTES = 3 * 1024 * 1024


def make_sample(folder: Path) -> None:
    """Fill the folder, unless it exists: what a person did to it stays."""
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for name, text in _TEXTS.items():
        path = unfinished / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copyfile(_BRAND / "icon@2x.png", unfinished / "Photos" / "Folder with a loop.png")
    recording = unfinished / _RECORDING
    recording.parent.mkdir()
    recording.write_bytes(random.Random(17).randbytes(_RECORDING_BYTES))
    unfinished.rename(folder)
