"""The trained networks that come with the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sesr.card import ModelCard
from sesr.errors import ModelError, UsageError
from sesr.variants import check_scale, get_variant

MODELS_FOLDER = Path(__file__).parent / "models"


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained network on disk: three files of one stem.

    Attributes:
        card: what the network is.
        stem: path of the files without suffix.
    """

    card: ModelCard
    stem: Path

    @property
    def litert(self) -> Path:
        """The collapsed network as a LiteRT file, float32, any image size."""
        return self.stem.with_suffix(".tflite")

    @property
    def keras(self) -> Path:
        """The expanded network as a Keras file, to train on."""
        return self.stem.with_suffix(".keras")

    @property
    def card_file(self) -> Path:
        """The card as JSON."""
        return self.stem.with_suffix(".json")

    @classmethod
    def open(cls, path: Path) -> TrainedModel:
        """Open a model by any of its three files.

        Raises:
            ModelError: no model card stands beside the file.
        """
        stem = path.with_suffix("")
        return cls(ModelCard.load(stem.with_suffix(".json")), stem)


def shipped_models() -> list[TrainedModel]:
    """All networks of the package, ordered by scale, channels and size."""
    models = [TrainedModel.open(path) for path in MODELS_FOLDER.glob("*.json")]
    return sorted(models, key=lambda m: (m.card.scale, m.card.channels, m.card.parameters))


def find_model(name: str, scale: int, channels: int = 1) -> TrainedModel:
    """Find a network by the name of its variant, or open the one at a path.

    Args:
        name: "M5", or a path that ends in .tflite, .keras or .json.
        scale: 2 or 4.
        channels: 1 (Y) or 3 (RGB), for a name.

    Raises:
        UsageError: no such variant, scale or shipped network, or a path of another scale.
        ModelError: the path leads to no model.
    """
    check_scale(scale)
    if Path(name).suffix in {".tflite", ".keras", ".json"}:
        return _open_for_scale(Path(name), scale)
    variant = get_variant(name).name
    models = shipped_models()
    for model in models:
        if (model.card.variant, model.card.scale, model.card.channels) == (
            variant,
            scale,
            channels,
        ):
            return model
    listed = ", ".join(f"{m.card.variant} x{m.card.scale}" for m in models)
    raise UsageError(
        f"no trained {variant} x{scale} is in the package, which has {listed or 'none'}; "
        "choose one of these or train it with: sesr train"
    )


def _open_for_scale(path: Path, scale: int) -> TrainedModel:
    model = TrainedModel.open(path)
    if model.card.scale != scale:
        raise UsageError(f"{path}: this model is for x{model.card.scale}; received scale {scale}")
    if not model.litert.exists():
        raise ModelError(f"{model.litert}: no such file beside its model card")
    return model
