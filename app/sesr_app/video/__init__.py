"""Videos that people bring: decoded, enlarged, encoded and put together with their sound."""

from typing import TYPE_CHECKING

from sesr.lazy import lazy
from sesr_app.video.containers import (
    CONTAINERS,
    DEINTERLACERS,
    VIDEO_SUFFIXES,
    Container,
    container_named,
    container_of,
    is_video,
    video_suffix,
)

if TYPE_CHECKING:
    from sesr_app.video.codecs import CODECS, VideoOptions
    from sesr_app.video.frames.enlarge import Enlargement, Network
    from sesr_app.video.job import VideoTask, enlarge_video

__all__ = [
    "CODECS",
    "CONTAINERS",
    "DEINTERLACERS",
    "VIDEO_SUFFIXES",
    "Container",
    "Enlargement",
    "Network",
    "VideoOptions",
    "VideoTask",
    "container_named",
    "container_of",
    "enlarge_video",
    "is_video",
    "video_suffix",
]

# These need PyAV, or modules that no photograph needs.
__getattr__ = lazy(
    __name__,
    {
        "CODECS": "codecs",
        "Enlargement": "frames.enlarge",
        "Network": "frames.enlarge",
        "VideoOptions": "codecs",
        "VideoTask": "job",
        "enlarge_video": "job",
    },
)
