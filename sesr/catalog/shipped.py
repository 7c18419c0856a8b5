"""The trained networks that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sesr.catalog.card import ARTEFACTS, COLORS, ModelCard
from sesr.catalog.networks import NETWORKS, check_scale
from sesr.catalog.sesr import SCALES
from sesr.errors import ModelError, UsageError, did_you_mean

MODELS_FOLDER = Path(__file__).parents[1] / "models"

TRAINED_FORMS = ("int8", *ARTEFACTS[1:])
"""Folders of networks that were trained on, from one of the package: to compute in int8, and for
photographs that were compressed (see `sesr.catalog.card.ARTEFACTS`)."""

LARGEST_INT8_LOSS = 0.05
"""In dB: what most people gladly pay for three times the speed."""

_MODEL_SUFFIXES = frozenset({".tflite", ".keras", ".json"})


class TrainedModel(NamedTuple):
    """A trained network on disk: three files of one stem.

    Attributes:
        card: what the network is.
        stem: path of the files without suffix.
    """

    card: ModelCard
    stem: Path

    @property
    def litert(self) -> Path:
        """The collapsed network as a LiteRT file for any image size, float32 or int8."""
        return self.stem.with_suffix(".tflite")

    @property
    def keras(self) -> Path:
        """The expanded network as a Keras file, to train on."""
        return self.stem.with_suffix(".keras")

    @property
    def card_file(self) -> Path:
        """The card as JSON."""
        return self.card_path(self.stem)

    @staticmethod
    def card_path(path: Path) -> Path:
        """Where the card of the model with this file or stem lies."""
        return path.with_suffix(".json")

    @classmethod
    def open(cls, path: Path) -> TrainedModel:
        """Open a model by any of its three files.

        Raises:
            ModelError: no model card stands beside the file.
        """
        stem = path.with_suffix("")
        return cls(ModelCard.load(cls.card_path(stem)), stem)


def shipped_models() -> list[TrainedModel]:
    """All networks of the package, ordered by scale, channels and size."""
    models = [TrainedModel.open(path) for path in MODELS_FOLDER.glob("*.json")]
    return sorted(models, key=lambda m: (m.card.scale, m.card.channels, m.card.parameters))


def find_form(model: TrainedModel, form: str) -> TrainedModel | None:
    """A network of the package in another form, one of `TRAINED_FORMS`, if there is one."""
    stem = MODELS_FOLDER / form / f"{model.card.stem}_{form}"
    return TrainedModel.open(stem) if TrainedModel.card_path(stem).is_file() else None


def nearest_form(model: TrainedModel, artefacts: str) -> str:
    """Those artefacts, or the next weaker that a network of the package has a form for."""
    weaker = ARTEFACTS[ARTEFACTS.index(artefacts) : 0 : -1]
    return next((found for found in weaker if find_form(model, found)), "clean")


def find_int8(model: TrainedModel) -> TrainedModel | None:
    """The form of a network that computes in int8, if there is one: for one at a path, itself."""
    if model.card.quantization != "none":
        return model
    # A network of one's own is another than that of the package which has its name.
    return find_form(model, "int8") if MODELS_FOLDER in model.stem.parents else None


def require_int8(model: TrainedModel) -> TrainedModel:
    """The form of a network that computes in int8.

    Raises:
        UsageError: there is none.

    Example:
        >>> require_int8(find_model("M5", 2)).card.title
        'M5 x2 Y int8'
    """
    found = find_int8(model)
    if found is None:
        having = [other.card.title for other in shipped_models() if find_form(other, "int8")]
        raise UsageError(
            f"{model.card.title} has no network for int8; those of {', '.join(having)} are in the "
            "package: choose one of these, or --precision float32"
        )
    return found


def loses_little(model: TrainedModel, int8: TrainedModel) -> bool:
    """Whether int8 costs at most `LARGEST_INT8_LOSS` on average, by the cards of both forms."""
    exact, rounded = model.card.benchmarks, int8.card.benchmarks
    losses = [exact[name]["psnr"] - rounded[name]["psnr"] for name in exact if name in rounded]
    return bool(losses) and sum(losses) / len(losses) <= LARGEST_INT8_LOSS


def find_model(
    name: str, scale: int, channels: int | None = None, artefacts: str = "clean"
) -> TrainedModel:
    """Find a network by the name of its variant, or open the one at a path.

    Args:
        name: "M5", or a path that ends in .tflite, .keras or .json.
        scale: 2 or 4.
        channels: 1 (Y) or 3 (RGB); by default whichever there is, Y where there are both.
        artefacts: what compression left in the images, one of `sesr.catalog.card.ARTEFACTS`; a
            path stands for itself.

    Raises:
        UsageError: no such variant, scale or shipped network, or a path of another scale or
            other channels.
        ModelError: the path leads to no model.
    """
    check_scale(scale)
    if Path(name).suffix in _MODEL_SUFFIXES:
        check_enlarges(Path(name), TrainedModel.open(Path(name)).card)
        return open_model(Path(name), scale, channels)
    variant = name.upper()
    for model in _models_named(variant, scale):
        if channels in (None, model.card.channels):
            return model if artefacts == "clean" else _for_artefacts(model, artefacts)
    models = [model for model in shipped_models() if model.card.quantization == "none"]
    if variant not in NETWORKS:
        names = list(dict.fromkeys(model.card.variant for model in models))
        hint = did_you_mean(variant, names)
        raise UsageError(f"unknown model {name!r}: {hint}the models are {', '.join(names)}")
    wanted = f"{variant} x{scale}" + ("" if channels is None else f" for {COLORS[channels]}")
    listed = ", ".join(model.card.title for model in models if model.card.scale == scale)
    raise UsageError(
        f"no trained {wanted} is in the package, which has {listed or 'none'}; "
        "choose one of these or train it with: sesr train"
    )


def scales_of(name: str, channels: int | None = None) -> tuple[int, ...]:
    """The scales of all networks that a name or path stands for, the smallest first.

    Args:
        name, channels: as for `find_model`.

    Raises:
        UsageError: no such network is shipped.
        ModelError: the path leads to no model.

    Example:
        >>> scales_of("M5"), scales_of("N5")
        ((2, 4), (2,))
    """
    if Path(name).suffix in _MODEL_SUFFIXES:
        card = TrainedModel.open(Path(name)).card
        check_enlarges(Path(name), card)
        return (card.scale,)
    cards = [model.card for scale in SCALES for model in _models_named(name.upper(), scale)]
    scales = {card.scale for card in cards if channels in (None, card.channels)}
    # Where there is none, the search for one says which there are.
    return tuple(sorted(scales)) or (find_model(name, SCALES[0], channels).card.scale,)


def _models_named(variant: str, scale: int) -> list[TrainedModel]:
    """Those of the package with such a name, Y first; to read all cards takes much longer."""
    if variant not in NETWORKS:
        return []
    paths = MODELS_FOLDER.glob(f"{variant.lower()}_x{scale}_*.json")
    models = [TrainedModel.open(path) for path in paths]
    clean = [model for model in models if model.card.quantization == "none"]
    return sorted(clean, key=lambda model: model.card.channels)


def _for_artefacts(model: TrainedModel, artefacts: str) -> TrainedModel:
    """The form of a network that is for compressed images."""
    if artefacts not in ARTEFACTS:
        raise UsageError(
            f"unknown strength of artefacts {artefacts!r}: there are {', '.join(ARTEFACTS)}"
        )
    found = find_form(model, artefacts)
    if found is None:
        raise UsageError(
            f"no {model.card.title} for {artefacts} artefacts is in the package; "
            "choose M5, or clean"
        )
    return found


def open_model(path: Path, scale: int | None = None, channels: int | None = None) -> TrainedModel:
    """Open the model at a path, be it to enlarge or to clean.

    Args:
        path: of any of its files.
        scale, channels: that it must have; None takes any.

    Raises:
        UsageError: it has others.
        ModelError: the path leads to no model.
    """
    model = TrainedModel.open(path)
    check_fits(path, model.card.scale, model.card.channels, scale, channels)
    if not model.litert.exists():
        raise ModelError(f"{model.litert}: no such file beside its model card")
    return model


def check_enlarges(path: Path, card: ModelCard) -> None:
    """Make sure that the model at a path enlarges.

    Raises:
        UsageError: it keeps the size.
    """
    if card.scale not in SCALES:
        raise UsageError(
            f"{path}: {card.spec.full_name} takes noise away and enlarges nothing: it is for "
            f"defences, as in sesr robustness certify --defense noise:0.1,bicubic:192,sesr:{path}"
        )


def check_fits(
    path: Path, has_scale: int, has_channels: int, scale: int | None, channels: int | None
) -> None:
    """Make sure that the model at a path is of the scale and the channels asked for.

    Raises:
        UsageError: it is not.
    """
    if scale not in (None, has_scale):
        raise UsageError(f"{path}: this model is for x{has_scale}; received scale {scale}")
    if channels is not None and channels != has_channels:
        raise UsageError(
            f"{path}: this model is for {COLORS[has_channels]}; {COLORS[channels]} was asked for"
        )
