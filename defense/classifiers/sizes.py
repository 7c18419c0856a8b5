"""A classifier built for one image size, rebuilt for any."""

from __future__ import annotations

from typing import Any

import keras

from defense.classifiers.parity_padding import ParityPadding
from sesr.errors import UsageError


def fixed_size(model: keras.Model) -> tuple[int, int] | None:
    """Height and width that a classifier was built for, or None where it takes any.

    Raises:
        UsageError: the model takes several inputs, or something else than RGB images.
    """
    inputs = getattr(model, "inputs", None)
    if not inputs:
        return None  # a subclassed model, which says nothing of its input
    shape = tuple(inputs[0].shape)
    if len(inputs) != 1 or len(shape) != 4 or shape[-1] != 3:
        raise UsageError(
            f"classifier {model.name!r} must take one batch of RGB images (N, H, W, 3); "
            f"its inputs have the shapes {[tuple(i.shape) for i in inputs]}"
        )
    return None if None in shape[1:3] else (shape[1], shape[2])


def any_size(model: keras.Model) -> keras.Model | None:
    """Rebuild a classifier of fixed size for images of any size, with copied weights.

    Nested models are rebuilt too. Where zero padding before strided convolutions follows the
    parity of the image, as in MobileNetV2 and EfficientNet, it does so at every size, as
    TensorFlow's "same" padding would: of these networks the result is the one that
    `keras.applications` builds for that size.

    Args:
        model: functional or sequential, with an input (N, H, W, 3).

    Returns:
        The same function of images (N, any, any, 3), or None where the layers do not allow it,
        such as a Flatten before a Dense.

    Example:
        >>> small = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3),
        ...     keras.layers.GlobalAveragePooling2D()])
        >>> tuple(any_size(small)(keras.ops.ones((1, 20, 30, 3))).shape)
        (1, 4)
    """
    try:
        rebuilt = _rebuild(model, keras.Input((None, None, 3)))
    except (TypeError, ValueError):
        # What Keras raises where a layer needs a size that it does not know.
        return None
    weights = model.get_weights()
    if [w.shape for w in weights] != [w.shape for w in rebuilt.get_weights()]:
        return None
    rebuilt.set_weights(weights)
    return rebuilt


def _rebuild(model: keras.Model, inputs: Any) -> keras.Model:
    """New layers, called on another input."""
    padded = _parity_padded(model)

    def renew(layer: Any) -> Any:
        if layer.name in padded:
            return ParityPadding(padded[layer.name], name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.Model):
            if len(args) != 1 or isinstance(args[0], list | tuple | dict):
                raise ValueError("a nested model of several inputs")
            layer = _rebuild(layer, keras.Input(tuple(args[0].shape[1:])))
        return layer(*args, **kwargs)

    if isinstance(model, keras.Sequential):
        x = inputs
        for layer in model.layers:
            x = call(renew(layer), x)
        return keras.Model(inputs, x, name=model.name)
    return keras.models.clone_model(
        model, input_tensors=inputs, clone_function=renew, call_function=call
    )


def _parity_padded(model: keras.Model) -> dict[str, int]:
    """Padding layers that follow the parity of their input, with the kernel that they serve.

    Padding by hand before strided convolutions is either the same at every size or follows the
    parity. The latter is taken for granted if all of it fits that rule and some of it is
    uneven, which fixed padding has no reason to be.
    """
    found: dict[str, int] = {}
    uneven = False
    for layer in getattr(model, "layers", []):
        kernel = _strided_kernel(layer)
        if kernel is None:
            continue
        sides = layer.input.shape[1:3]
        if None in sides or layer.padding != parity_padding(sides, kernel):
            return {}
        uneven = uneven or any(low != high for low, high in layer.padding)
        found[layer.name] = kernel
    return found if uneven else {}


def _strided_kernel(layer: Any) -> int | None:
    """Side of the kernel of the strided convolution that zero padding leads to."""
    if not isinstance(layer, keras.layers.ZeroPadding2D):
        return None
    followers = [node.operation for node in layer._outbound_nodes]
    kernels = {
        follower.kernel_size[0]
        for follower in followers
        if getattr(follower, "strides", (1, 1)) == (2, 2)
        and getattr(follower, "padding", "") == "valid"
        and hasattr(follower, "kernel_size")
    }
    return kernels.pop() if len(kernels) == 1 else None


def parity_padding(sides: tuple[int, int], kernel: int) -> tuple[tuple[int, int], ...]:
    """Zero padding before a convolution of stride 2: even sides get one less before them.

    Example:
        >>> parity_padding((224, 75), 3)
        ((0, 1), (1, 1))
    """
    return tuple((kernel // 2 - (1 - side % 2), kernel // 2) for side in sides)
