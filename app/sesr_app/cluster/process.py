"""What a process of a cluster has to be to stand in for the command that asks."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sesr import __version__
from sesr.errors import UsageError


class Caller(NamedTuple):
    """The command that asks.

    Attributes:
        folder: where it runs: paths of the command line are meant to be seen from there.
        version: of this project.
        backend: of Keras.
    """

    folder: str
    version: str
    backend: str

    @classmethod
    def here(cls) -> Caller:
        """This process."""
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        return cls(str(Path.cwd()), __version__, backend)

    def stand_in(self) -> None:
        """Make this process like that one, before it imports Keras.

        Raises:
            UsageError: this node has another version.
        """
        check_version(self.version)
        os.environ["KERAS_BACKEND"] = self.backend
        # A node that has no such folder may still see all paths, if they are absolute.
        with suppress(OSError):
            os.chdir(self.folder)


def check_version(version: str) -> None:
    """Make sure that the command that asks has the version of this node.

    Raises:
        UsageError: it has another.
    """
    if version != __version__:
        raise UsageError(
            f"--cluster: {platform.node()} has sesr {__version__} and this machine {version}; "
            "install the same version on every node"
        )


def limit_threads(cores: int) -> None:
    """TensorFlow would take all processors of the node for each process."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(cores)
    tf.config.threading.set_inter_op_parallelism_threads(cores)
