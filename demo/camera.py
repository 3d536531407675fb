"""Takes pictures of Home Assistant's pages, small enough to be kept with the code."""

import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import FloatRect, Page

    from .console import Console

_COLOURS = 128  # of a palette: enough for an interface, and a third of the bytes
_MARGIN = 8  # pixels around a dialog
DIALOG = "dialog[open]"


class Camera:
    """Takes pictures of one page: those that are shown somewhere, and others to be looked at."""

    def __init__(self, page: Page, console: Console, folder: Path, aside: Path | None) -> None:
        """Keep pictures in `folder`, and those that no page shows in `aside`, or nowhere."""
        self._page = page
        self._console = console
        self._folder = folder
        self._aside = aside

    @property
    def looks_aside(self) -> bool:
        """Tell whether anybody wants the pictures that no page shows."""
        return self._aside is not None

    async def window(self, name: str, *, dark: bool = False, aside: bool = False) -> None:
        """Take the whole window, in dark colours too if asked."""
        await self._settle()
        self._keep(name, await self._page.screenshot(), aside=aside)
        if dark:
            await self._page.emulate_media(color_scheme="dark")
            await self.window(f"{name}-dark", aside=aside)
            await self._page.emulate_media(color_scheme="light")

    async def dialog(self, name: str, *, dark: bool = False, aside: bool = False) -> None:
        """Take the open dialog with a little of what is around it, in dark colours too if asked."""
        await self._settle()
        box = await self._page.locator(DIALOG).last.bounding_box()
        assert box is not None
        clip: FloatRect = {
            "x": max(0, box["x"] - _MARGIN),
            "y": max(0, box["y"] - _MARGIN),
            "width": box["width"] + 2 * _MARGIN,
            "height": box["height"] + 2 * _MARGIN,
        }
        self._keep(name, await self._page.screenshot(clip=clip), aside=aside)
        if dark:
            await self._page.emulate_media(color_scheme="dark")
            await self.dialog(f"{name}-dark", aside=aside)
            await self._page.emulate_media(color_scheme="light")

    async def _settle(self) -> None:
        await self._page.mouse.move(0, 0)  # what the pointer is on looks different
        # Nothing tells when the last picture or transition of a page is through.
        await self._page.wait_for_load_state("networkidle")
        await self._page.wait_for_timeout(1_000)

    def _keep(self, name: str, pixels: bytes, *, aside: bool) -> None:
        folder = self._aside if aside else self._folder
        if folder is None:
            return
        image = Image.open(io.BytesIO(pixels)).convert("RGB")
        path = folder / f"{name}.png"
        image.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        self._console.line(f"  {path.name}: {path.stat().st_size // 1000} KB")
