"""What every input transform looks like."""

from __future__ import annotations

from typing import Protocol

from defense.batch import Batch


class Transform(Protocol):
    """An image transform that stands before a classifier.

    Parameters go into the constructor, images into the call. A transform is an immutable value:
    equal parameters make equal objects, the same images always give the same result, and no
    image depends on its neighbours in the batch.
    """

    def __call__(self, images: Batch) -> Batch:
        """Transform a batch.

        Args:
            images: (N, H, W, 3), float32 RGB in [0, 1].

        Returns:
            (N, H', W', 3), float32 RGB in [0, 1].

        Raises:
            UsageError: the images have another form.
        """
