"""A person plays a film that is on a share, in a browser."""

import asyncio
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from demo.browser import log_in, open_page
from demo.site import USER

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from demo.site import Site

# The servers on loopback live in the loop of the session, and answer only while it runs.
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("secrets")]

# The browser makes the film itself: two seconds of a canvas on which a square moves.
_FILM = """async () => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const context = canvas.getContext("2d");
  const parts = [];
  const recorder = new MediaRecorder(canvas.captureStream(20), {mimeType: "video/webm"});
  recorder.ondataavailable = (event) => parts.push(event.data);
  const ended = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  for (let at = 0; at < 40; at++) {
    context.fillStyle = `hsl(${at * 9} 80% 50%)`;
    context.fillRect(0, 0, 64, 64);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  recorder.stop();
  await ended;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


async def made_film(page: Page) -> bytes:
    return b64decode(await page.evaluate(_FILM))


def shown(page: Page, title: str) -> Locator:
    """Return what the media browser shows under a title, as a card or in a list."""
    return page.locator(".child, ha-list-item").filter(has_text=title).first


async def test_a_film_on_the_share_is_played_from_the_media_browser(site: Site) -> None:
    async with open_page(site.program.url) as page:
        await log_in(page, USER)
        film = await made_film(page)
        film_file = site.share_folder / "Films" / "A film 100 % #1.webm"
        await asyncio.to_thread(film_file.parent.mkdir)
        await asyncio.to_thread(film_file.write_bytes, film)

        await page.goto("/media-browser/browser")
        for title in ("SMB DDNS Sync", "Films", film_file.name):
            await shown(page, title).click()
        video = page.locator("video")
        await video.wait_for()
        await video.evaluate(
            """video => new Promise((resolve, reject) => {
              video.onerror = () => reject(new Error(video.error?.message));
              if (video.ended) resolve();
              video.onended = resolve;
              video.muted = true;
              video.play().catch(reject);
            })"""
        )

        assert await video.evaluate("video => video.videoWidth") == 64
        assert await video.evaluate("video => video.currentTime") > 0
