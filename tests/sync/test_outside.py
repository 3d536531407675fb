"""Which paths of a share may be named from outside."""

import pytest

from custom_components.smb_ddns_sync.sync.outside import PathRefused, reachable


@pytest.mark.parametrize("path", ["", "a", "Camera/2026-11-25/clip 1.mp4", "照片/é.jpg", "..a/b.."])
def test_a_path_of_the_share_is_taken(path: str) -> None:
    assert reachable(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "..",
        "a/../b",
        "./a",
        "a//b",
        "a/",
        "a\\..\\b",
        "a\0.jpg",
        "film.mp4:stream",
        "film.mp4::$DATA",
        "a\nb.jpg",
        "*.jpg",
        "\ud800.jpg",
    ],
)
def test_what_may_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(PathRefused):
        reachable(path)


@pytest.mark.parametrize(
    "path",
    [
        ".smb_ddns_sync/trash/20261122T120000Z-0123456789ab/one.jpg",
        "photos/.smb_ddns_sync/root.json",
        ".SMB_DDNS_Sync/one.jpg",
        ".smb_ddns_sync./one.jpg",
        ".smb_ddns_sync /one.jpg",
        "photos/.smb_ddns_sync-0123456789ab-00000000-00000000.tmp",
        "SMB_DD~1/one.jpg",
        "photos/sm1a2b~1.tmp",
    ],
)
def test_what_is_ours_is_refused_under_every_name_that_a_server_takes(path: str) -> None:
    with pytest.raises(PathRefused):
        reachable(path)
