"""How to look into a network while it is computed."""

from __future__ import annotations

from typing import Any, Protocol


class Hooks(Protocol):
    """Sees, and may change, what flows through a lowered network."""

    def activation(self, name: str, value: Any) -> Any:
        """Called with every feature map, (1, H, W, C)."""

    def kernel(self, name: str, value: Any) -> Any:
        """Called with the kernel of every convolution, (h, w, inputs, outputs)."""


class Untouched:
    """Hooks that do nothing: the network in float32."""

    def activation(self, name: str, value: Any) -> Any:
        """Return the feature map."""
        return value

    def kernel(self, name: str, value: Any) -> Any:
        """Return the kernel."""
        return value
