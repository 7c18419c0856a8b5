"""What a process of a cluster has to be to stand in for the command that asks."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sesr import __version__
from sesr.errors import UsageError

_KERNELS = "TF_ENABLE_ONEDNN_OPTS"


class Caller(NamedTuple):
    """The command that asks.

    Attributes:
        folder: where it runs: paths of the command line are meant to be seen from there.
        version: of this project.
        backend: of Keras.
        kernels: whether TensorFlow takes oneDNN's, which compute a little otherwise; as its
            variable has it, empty where it is left to TensorFlow.
    """

    folder: str
    version: str
    backend: str
    kernels: str = ""

    @classmethod
    def here(cls) -> Caller:
        """This process."""
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        return cls(str(Path.cwd()), __version__, backend, os.environ.get(_KERNELS, ""))

    def stand_in(self) -> None:
        """Make this process like that one, before it imports Keras.

        A process of Ray has the variables of its node, not those of the command.

        Raises:
            UsageError: this node has another version.
        """
        check_version(self.version)
        os.environ["KERAS_BACKEND"] = self.backend
        if self.kernels:
            os.environ[_KERNELS] = self.kernels
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
