"""Batch normalisation folded into the convolutions before it."""

import keras
import numpy as np
import pytest
from keras import layers

from sesr.classifiers import fold_batch_norms


@pytest.mark.parametrize("multiplier", [1, 2])
def test_batch_norms_are_folded(multiplier: int) -> None:
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(6, 3, use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, depth_multiplier=multiplier)(x)
    x = layers.BatchNormalization(scale=False)(x)
    kept = layers.BatchNormalization(name="kept")(layers.ReLU()(x))
    both = layers.Conv2D(4, 1)(kept)
    x = layers.Add()([layers.BatchNormalization(name="kept_too")(both), both])
    model = keras.Model(inputs, layers.Flatten()(x))
    rng = np.random.default_rng(0)
    images = rng.random((3, 32, 32, 3), dtype=np.float32)
    model.set_weights([rng.uniform(0.2, 1, w.shape) for w in model.get_weights()])
    folded = fold_batch_norms(model)
    left = [n.name for n in folded.layers if isinstance(n, layers.BatchNormalization)]
    assert left == ["kept", "kept_too"]
    np.testing.assert_allclose(folded(images), model(images), rtol=1e-4)


def test_norms_in_a_row_are_folded_together() -> None:
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(6, 3, use_bias=False)(inputs)
    x = layers.BatchNormalization()(layers.BatchNormalization()(x))
    model = keras.Model(inputs, layers.ReLU()(x))
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.2, 1, w.shape) for w in model.get_weights()])
    folded = fold_batch_norms(model)
    assert [type(layer) for layer in folded.layers[1:]] == [layers.Conv2D, layers.ReLU]
    images = rng.random((3, 8, 8, 3), dtype=np.float32)
    np.testing.assert_allclose(folded(images), model(images), rtol=1e-4)
