"""The tab that attacks a classifier, alone and behind a defense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from defense.attacks import ATTACKS
from defense.presets import PRESETS
from sesr.errors import SesrError, UsageError
from sesr_app.web.framework import log
from sesr_app.web.limits import Limits
from sesr_app.web.sessions import Sent, Session, Sessions
from sesr_app.web.tabs.messages import bar, said
from sesr_app.web.uploads import file_field
from sesr_app.web.work.attacking import Attacked, AttackWish, attack_photograph, best
from sesr_app.web.work.child import Child
from sesr_app.web.work.interim import CancelledError, Interim

_OWN, _USUAL = "own", "mobilenet_v2"

_HINT = "Drop a photograph, choose who attacks, and see what the classifier makes of it."

_ATTACKERS = [
    ("knows both (adaptive)", "adaptive"),
    ("only sees the answers", "black-box"),
    ("knows the classifier, not the defence", "gray-box"),
    ("nobody: random noise", "noise"),
]

_RANGES = {"0 to 1": (0.0, 1.0), "-1 to 1": (-1.0, 1.0), "0 to 255": (0.0, 255.0)}

_SUFFIXES = (".keras", ".tflite")


class DefendTab:
    """The tab and what happens on it.

    Args:
        sessions: of the visitors.
        limits: of the page.
        child: does the work.
        weights: files of the known classifiers that are there.
    """

    def __init__(
        self, sessions: Sessions, limits: Limits, child: Child, weights: Mapping[str, Path]
    ) -> None:
        self._sessions = sessions
        self._limits = limits
        self._child = child
        self._weights = dict(weights)
        with gr.Row():
            with gr.Column(scale=1, min_width=280):
                self._choices()
            with gr.Column(scale=2, min_width=320):
                self._results()
        self._connect()

    def _choices(self) -> None:
        self._photograph = file_field(
            label="A photograph", file_count="single", height=120, elem_id="defend-photograph"
        )
        names = list(self._weights)
        self._classifier = gr.Dropdown(
            [*((name, name) for name in names), ("my own file", _OWN)],
            value=_USUAL if _USUAL in names else (names or [_OWN])[0],
            label="Classifier",
        )
        with gr.Column(visible=not names) as self._own:
            self._model = file_field(
                label="A .keras or .tflite file that returns logits",
                file_count="single",
                height=120,
                elem_id="defend-model",
            )
            self._range = gr.Radio(
                list(_RANGES), value="0 to 1", label="Its values for black and white"
            )
        self._defense = gr.Dropdown(
            [(f"{name}: {preset.text}", name) for name, preset in PRESETS.items()],
            value="strong",
            allow_custom_value=True,
            label="Defence: a known one, or stages with commas",
        )
        self._attacker = gr.Radio(_ATTACKERS, value="gray-box", label="The attacker ...")
        self._attack = gr.Dropdown(
            [
                (kind.title, name)
                for name, kind in ATTACKS.items()
                if kind.gradients and "linf" in kind.norms
            ],
            value="pgd",
            label="Attack of those who know the classifier",
        )
        self._epsilon = gr.Slider(1, 16, 2, step=1, label="Largest change of a value, of 255")
        with gr.Row():
            self._start = gr.Button("Attack", variant="primary", elem_id="defend-start")
            self._cancel = gr.Button("Cancel", elem_id="defend-cancel")

    def _results(self) -> None:
        self._status = gr.HTML(said(_HINT), elem_id="defend-status")
        self._pictures: list[Any] = []
        self._bars: list[Any] = []
        with gr.Row():
            for title in ("Clean", "Attacked", "Behind the defence"):
                with gr.Column(min_width=160):
                    self._pictures.append(_picture(title))
                    self._bars.append(
                        gr.Label(label="The classifier says", visible=False, show_heading=False)
                    )
            with gr.Column(min_width=160):
                self._pictures.append(_picture("The attack, enlarged"))

    def _connect(self) -> None:
        self._classifier.change(
            lambda name: gr.Column(visible=name == _OWN),
            self._classifier,
            self._own,
            queue=False,
            api_visibility="private",
        )
        job = self._start.click(
            self._run,
            [
                self._photograph,
                self._classifier,
                self._model,
                self._range,
                self._defense,
                self._attacker,
                self._attack,
                self._epsilon,
            ],
            [self._status, *self._pictures, *self._bars],
            concurrency_id="child",
            concurrency_limit=1,
            show_progress="minimal",
            show_progress_on=[self._status],
            api_visibility="private",
        )
        self._cancel.click(
            self._stop, None, self._status, cancels=[job], queue=False, api_visibility="private"
        )

    def _run(
        self,
        photograph: list[Sent],
        classifier: str,
        model: list[Sent],
        values: str,
        defense: str,
        attacker: str,
        attack: str,
        epsilon: float,
        request: gr.Request,
    ) -> Iterator[tuple[Any, ...]]:
        """Attack, and show what came of it."""
        session = self._sessions.of(request.session_hash, "defend")
        others = [gr.skip()] * (len(self._pictures) + len(self._bars))
        try:
            stop = session.begin()
            path = self._taken(session, photograph)
            known = self._known(session, classifier, model, values)
            most = self._limits.max_file_megabytes
            wish = AttackWish(path, *known, defense, attacker, attack, float(epsilon), most)
            folder = session.new_folder("attack")
            seconds = self._limits.max_minutes * 60
            for told in self._child.run(attack_photograph, (wish, folder), stop, seconds):
                session.touch()
                if isinstance(told, Interim):
                    yield bar(told), *others
                else:
                    yield _shown(told)
        except CancelledError:
            return
        except SesrError as error:
            line = session.without_folders(str(error))
            log(line)
            yield said(line, "bad"), *others

    def _taken(self, session: Session, photograph: Sequence[Sent]) -> Path:
        if not photograph:
            raise UsageError("drop a photograph first")
        (path,) = session.take(photograph)
        self._limits.check_photograph(path, 1)
        return path

    def _known(
        self, session: Session, classifier: str, model: Sequence[Sent], values: str
    ) -> tuple[str, Path | None, tuple[float, float] | None]:
        """Name or path of the classifier, its weights, and what it takes black and white for."""
        if classifier != _OWN:
            if classifier not in self._weights:
                raise UsageError("choose a classifier of the list, or your own file")
            return classifier, self._weights[classifier], None
        if not model:
            raise UsageError("drop the file of your classifier first, .keras or .tflite")
        (path,) = session.take(model)
        if path.suffix not in _SUFFIXES:
            raise UsageError(f"{path.name}: a classifier is a .keras or a .tflite file")
        return str(path), None, _RANGES.get(values, (0.0, 1.0))

    def _stop(self, request: gr.Request) -> str:
        self._sessions.of(request.session_hash, "defend").stop.set()
        return said("Cancelled. Nothing of it was kept.")


def _picture(label: str) -> Any:
    return gr.Image(
        label=label,
        type="filepath",
        interactive=False,
        visible=False,
        buttons=["fullscreen"],
    )


def _shown(found: Attacked) -> tuple[Any, ...]:
    pictures = (found.clean, found.attacked, found.defended, found.difference)
    answers = (found.clean_answers, found.attacked_answers, found.defended_answers)
    return (
        said(verdict(found), "bad" if found.beaten else "good"),
        *(gr.Image(str(path), visible=True) for path in pictures),
        *(gr.Label(one, visible=True) for one in answers),
    )


def verdict(found: Attacked) -> str:
    """What happened, in plain words, and what the attacker knew."""
    clean, last = best(found.clean_answers), best(found.defended_answers)
    alone = (
        f"alone, the classifier now says {best(found.attacked_answers)} in place of {clean}"
        if found.fooled
        else f"alone, the classifier still says {clean}"
    )
    says = f"a vote of {found.votes} draws" if found.votes else "it"
    if found.spoiled:
        behind = (
            f"behind the defence {says} says {best(found.kept_answers)} even of the clean "
            "photograph, so there is nothing to win"
        )
    elif found.beaten:
        behind = f"behind the defence {says} says {last}: the defence is beaten"
    else:
        behind = f"behind the defence {says} says {last}: the defence holds"
    return f"{found.attack}: {found.meaning}. Here, {alone}; {behind}."
