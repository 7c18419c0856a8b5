"""What holds for every transform."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest

from defense import Compose, Jpeg, Rescale, Resize, SuperResolve, Transform, WaveletDenoise
from defense.batch import ImageBatch
from defense.transforms import Mirrored
from sesr.errors import UsageError

TRANSFORMS: list[Transform] = [
    Jpeg(quality=30),
    WaveletDenoise(sigma=0.05),
    WaveletDenoise(sigma=0.05, method="VisuShrink"),
    Resize(size=(31, 90)),
    Resize(size=20, method="nearest"),
    Rescale(scale=2),
    Rescale(scale=2, method="bicubic"),
    SuperResolve("M5", scale=2, channels=1),
    Mirrored(),
    Compose([Jpeg(quality=75), WaveletDenoise(sigma=0.02), Resize(size=32)]),
]
each_transform = pytest.mark.parametrize("transform", TRANSFORMS, ids=repr)


@each_transform
def test_output_is_a_batch_in_range(transform: Transform, photos: ImageBatch) -> None:
    photos[:, ::2] = np.round(photos[:, ::2])  # hard edges, which bicubic overshoots
    before = photos.copy()
    out = transform(photos)
    assert out.dtype == np.float32
    assert out.ndim == 4
    assert len(out) == len(photos)
    assert out.flags.c_contiguous
    assert 0 <= out.min() < out.max() <= 1
    np.testing.assert_array_equal(photos, before, err_msg="the input was changed")


@each_transform
def test_images_do_not_depend_on_their_neighbours(transform: Transform, photos: ImageBatch) -> None:
    singly = np.concatenate([transform(photos[i : i + 1]) for i in range(len(photos))])
    np.testing.assert_array_equal(transform(photos), singly)


@each_transform
def test_layout_in_memory_does_not_matter(transform: Transform, photos: ImageBatch) -> None:
    channels_first = np.ascontiguousarray(photos.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(transform(channels_first), transform(photos), atol=1e-6)


@pytest.mark.parametrize(
    "transform", [t for t in TRANSFORMS if not isinstance(t, SuperResolve)], ids=repr
)
@pytest.mark.parametrize("color", [(0, 0, 0), (1, 1, 1), (51, 102, 204)])
def test_constant_image_stays_constant(
    transform: Transform, color: tuple[int, int, int], photos: ImageBatch
) -> None:
    value = np.array(color, np.float32) / (255 if max(color) > 1 else 1)
    out = transform(np.broadcast_to(value, photos.shape).astype(np.float32))
    assert np.ptp(out, axis=(0, 1, 2)).max() < 1e-6
    # JPEG rounds YCbCr to whole numbers, which moves a colour by a step or two of 255.
    np.testing.assert_allclose(out[0, 0, 0], value, atol=2.1 / 255)


@each_transform
def test_equal_parameters_make_equal_immutable_values(transform: Transform) -> None:
    namespace = {c.__name__: c for c in map(type, TRANSFORMS)}
    twin = eval(repr(transform), namespace)  # noqa: S307 - the repr shows every parameter
    assert twin == transform
    assert hash(twin) == hash(transform)
    for parameter in fields(twin):
        with pytest.raises(FrozenInstanceError):
            setattr(twin, parameter.name, 1)


@each_transform
def test_rounding_past_the_range_is_forgiven(transform: Transform, photos: ImageBatch) -> None:
    beyond = np.where(photos > 0.5, np.float32(1 + 5e-7), np.float32(-5e-7))
    np.testing.assert_array_equal(transform(beyond), transform(beyond.clip(0, 1)))


GOOD = np.zeros((2, 8, 8, 3), np.float32)


@each_transform
@pytest.mark.parametrize(
    ("images", "received"),
    [
        ([[0.5]], "received list"),
        (GOOD.astype(np.float64), "received float64"),
        (GOOD.astype(np.uint8), "received uint8"),
        (GOOD[0], r"received \(8, 8, 3\)"),
        (GOOD[..., :1], r"received \(2, 8, 8, 1\)"),
        (GOOD[:0], r"received \(0, 8, 8, 3\)"),
        (GOOD + 255, r"received \[255, 255\]"),
        (GOOD - np.float32(0.01), r"received \[-0\.01, -0\.01\]"),
        (GOOD + np.float32(np.nan), r"received \[nan, nan\]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_input_is_refused(transform: Transform, images: Any, received: str) -> None:
    name = type(transform).__name__
    with pytest.raises(UsageError, match=f"^{name} needs .*{received}: "):
        transform(images)


@pytest.mark.parametrize(
    ("transform", "arguments", "message"),
    [
        (Jpeg, {"quality": 0}, "quality of Jpeg .* from 1 to 100; received 0"),
        (Jpeg, {"quality": 101}, "received 101"),
        (Jpeg, {"quality": 75.5}, r"received 75\.5"),
        (WaveletDenoise, {"sigma": 0}, "sigma of WaveletDenoise .*received 0:"),
        (WaveletDenoise, {"sigma": 5}, "received 5: .*fraction of full scale"),
        (WaveletDenoise, {"sigma": float("nan")}, "received nan"),
        (WaveletDenoise, {"sigma": "a"}, "received 'a'"),
        (WaveletDenoise, {"method": "Bayes"}, "'Bayes': .* BayesShrink, VisuShrink"),
        (Resize, {"size": 0}, "size of Resize .*received 0"),
        (Resize, {"size": 2.5}, r"received 2\.5"),
        (Resize, {"size": (3, 4, 5)}, r"received \(3, 4, 5\)"),
        (Resize, {"size": (3, -4)}, r"received \(3, -4\)"),
        (Resize, {"method": "linear"}, "method of Resize 'linear': .* bicubic, nearest"),
        (Rescale, {"scale": 0}, "scale of Rescale .*received 0"),
        (Rescale, {"scale": 1.5}, r"received 1\.5"),
        (Rescale, {"method": "linear"}, "method of Rescale 'linear'"),
    ],
)
def test_wrong_parameters_are_refused(
    transform: Any, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        transform(**arguments)
    assert "\n" not in str(caught.value)
