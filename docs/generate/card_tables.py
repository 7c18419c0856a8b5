"""Tables of the site whose figures come from the model cards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sesr.catalog.card import ModelCard
from sesr.catalog.shipped import (
    TRAINED_FORMS,
    TrainedModel,
    find_form,
    find_model,
    shipped_models,
)
from sesr_app.upscale.plan.artefacts import CLEAN_FROM, FAINT_FROM, LIGHT_FROM

_SETS = ("Set5", "Set14", "BSD100")

_FORM_TITLES = {
    "int8": "int8: 8-bit images, a third of the network's time",
    "faint": f"faint: for JPEGs of quality {FAINT_FROM} to {CLEAN_FROM - 1}",
    "light": f"light: for JPEGs of quality {LIGHT_FROM} to {FAINT_FROM - 1}",
    "heavy": f"heavy: for JPEGs below quality {LIGHT_FROM}",
}

_PAPER = {
    # PSNR on Set14 in the paper (Bhardwaj et al. 2022), for networks on Y.
    ("M3", 2): 32.70,
    ("M5", 2): 32.84,
    ("M7", 2): 32.91,
    ("M11", 2): 33.03,
    ("XL", 2): 33.24,
    ("FSRCNN", 2): 32.62,
    ("M3", 4): 27.62,
    ("M5", 4): 27.81,
    ("M7", 4): 27.88,
    ("M11", 4): 27.94,
    ("XL", 4): 28.12,
}


def quality_table() -> str:
    """Every network of the package beside bicubic: PSNR and SSIM on Y."""
    cards = [model.card for model in shipped_models()]
    lines = ["| network | parameters | " + " | ".join(_SETS) + " | the paper, Set14 |"]
    lines.append("|---" * (3 + len(_SETS)) + "|")
    for scale in sorted({card.scale for card in cards}):
        family = [card for card in cards if card.scale == scale]
        lines.append(_line(f"bicubic x{scale}", "", _scores(family[0], "bicubic_"), ""))
        lines += [_network(card) for card in family]
    return "\n".join(lines)


def forms_table() -> str:
    """What the other forms of the networks are for, and their clean quality."""
    lines = ["| network | form | " + " | ".join(_SETS) + " |", "|---" * (2 + len(_SETS)) + "|"]
    for model in shipped_models():
        lines += [
            f"| {' | '.join((model.card.full_title, title, *_scores(card, '')))} |"
            for title, card in _forms(model)
        ]
    return "\n".join(lines)


def _forms(model: TrainedModel) -> Iterator[tuple[str, ModelCard]]:
    for form in TRAINED_FORMS:
        found = find_form(model, form)
        if found is None:
            continue
        yield _FORM_TITLES[form], found.card
        rounded = find_form(found, "int8")
        if rounded is not None:
            yield f"{_FORM_TITLES[form]}, in int8", rounded.card


def chosen_table() -> str:
    """What one looks at first: M5 and XL beside bicubic."""
    names = ("M5", "M11", "XL")
    cards = [find_model(name, 2).card for name in names]
    lines = ["| x2 | parameters | " + " | ".join(_SETS) + " |", "|---" * (2 + len(_SETS)) + "|"]
    lines.append(f"| bicubic | | {' | '.join(_scores(cards[0], 'bicubic_'))} |")
    lines += [
        f"| {card.spec.full_name} | {card.parameters:,} | {' | '.join(_scores(card, ''))} |"
        for card in cards
    ]
    return "\n".join(lines)


def training_table() -> str:
    """What every network of the package was trained on, and for how long."""
    lines = [
        "| network | images, with smaller copies | steps | with all runs before | crops in a step "
        "| loss |",
        "|---|---|---|---|---|---|",
    ]
    for model in shipped_models():
        training = model.card.training
        cells = (
            model.card.full_title,
            *(str(training.get(name, "")) for name in ("images", "steps")),
            str(_all_steps(training)),
            *(str(training.get(name, "")) for name in ("batch_size", "loss")),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _all_steps(training: Mapping[str, Any] | None) -> int:
    """Of a run and of those whose networks it went on from."""
    steps = 0
    while training:
        steps += int(training.get("stopped_at", training.get("steps", 0)))
        before = training.get("started_from")
        nested = before.get("training", before) if isinstance(before, Mapping) else None
        training = nested if nested is not training else None
    return steps


def _network(card: ModelCard) -> str:
    paper = _PAPER.get((card.variant, card.scale)) if card.channels == 1 else None
    told = "" if paper is None else f"{paper:.2f}"
    return _line(card.full_title, f"{card.parameters:,}", _scores(card, ""), told)


def _line(name: str, parameters: str, scores: Iterator[str], paper: str) -> str:
    return f"| {' | '.join([name, parameters, *scores, paper])} |"


def _scores(card: ModelCard, prefix: str) -> Iterator[str]:
    for name in _SETS:
        found = card.benchmarks.get(name)
        yield (
            "" if found is None else f"{found[prefix + 'psnr']:.2f} / {found[prefix + 'ssim']:.4f}"
        )


TABLES: dict[str, Callable[[], str]] = {
    "chosen": chosen_table,
    "forms": forms_table,
    "quality": quality_table,
    "training": training_table,
}
"""By the name that a page calls them: `<!-- generated: quality -->`."""
