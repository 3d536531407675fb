"""What can be played, and as what: by the end of a name, the same on every machine.

Python's own table grows with what is installed, and takes a film (`.ts`) for a translation.
Nothing that a browser executes is here: an SVG or HTML file would run with the rights of whoever
looks at it (WHATWG HTML § 7.1.1, origin).
"""

from typing import Final

_TYPES: Final = {
    "audio/aac": "aac",
    "audio/aiff": "aif aiff",
    "audio/amr": "amr",
    "audio/flac": "flac",
    "audio/midi": "mid midi",
    "audio/mp4": "m4a m4b",
    "audio/mpeg": "mp3 mp2",
    "audio/ogg": "oga ogg opus",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "audio/x-ms-wma": "wma",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg jpeg jpe jfif",
    "image/jxl": "jxl",
    "image/png": "png apng",
    "image/tiff": "tif tiff",
    "image/vnd.microsoft.icon": "ico",
    "image/webp": "webp",
    "video/3gpp": "3gp",
    "video/3gpp2": "3g2",
    "video/mp2t": "ts m2ts mts",
    "video/mp4": "mp4 m4v",
    "video/mpeg": "mpg mpeg mpe vob",
    "video/ogg": "ogv",
    "video/quicktime": "mov qt",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/x-matroska": "mkv",
    "video/x-ms-wmv": "wmv",
    "video/x-msvideo": "avi",
}

_BY_ENDING: Final = {
    ending: content_type for content_type, endings in _TYPES.items() for ending in endings.split()
}


def content_type(name: str) -> str | None:
    """Return the media type of a file by its name; None where it cannot be played."""
    _, dot, ending = name.rpartition(".")
    return _BY_ENDING.get(ending.lower()) if dot else None


def main_type(content: str) -> str:
    """Return audio, image or video."""
    return content.partition("/")[0]
