"""The runs of a sweep as trials of Ray Tune, on a cluster."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sesr import __version__
from sesr.errors import SesrError
from sesr_app.cluster import Caller, connected, limit_threads
from sesr_app.storage import Claim, Place
from sesr_app.terminal.progress import progress_bar
from sesr_app.train.job import TrainingJob
from sesr_app.train.standings import FAILED, FINISHED, STOPPED, Standings, failure_line
from sesr_app.train.trials import Trial

if TYPE_CHECKING:
    from sesr.training.run.log import LogRow

_PARTS = 9
"""Of all steps, after the first of which, and the third, weak runs are stopped."""

_KEPT = 3
"""Of so many runs that came as far, one goes on."""

_LOSSES = 3
"""Of the machine or process of a run, before it counts as failed."""


class Sweep(NamedTuple):
    """What is asked for.

    Attributes:
        trials: the runs.
        output: folder that holds theirs.
        cluster: "auto" or the address of its head.
        worker_cpus: processors of a run.
        early_stop: whether weak runs are stopped early.
    """

    trials: Sequence[Trial]
    output: Path
    cluster: str
    worker_cpus: int
    early_stop: bool

    def run(self) -> str:
        """Train all, or go on; the table, best first.

        Raises:
            SesrError: the cluster cannot be joined; some runs failed, but the others are done.
        """
        with connected(self.cluster), Claim(Place(str(self.output)), self._about()):
            standings = Standings(self.output, self.trials)
            standings.save()
            if not all(standings.is_done(number) for number in range(len(self.trials))):
                _tune(self, standings)
                standings.save()
        if failed := standings.failed:
            raise SesrError(
                f"{len(failed)} of {len(self.trials)} runs failed, the first is "
                f"{failed[0]['folder']}: {failed[0]['error']}; {self.output / 'sweep.json'} has "
                "the table, and the same command tries them again"
            )
        return f"{standings.table()}\n{self.output / 'sweep.json'}"

    def _about(self) -> dict[str, Any]:
        return {"version": __version__, "trials": [trial.command for trial in self.trials]}


class SweepTask(NamedTuple):
    """What all trials share.

    Attributes:
        jobs: the runs.
        done: which of them have ended; their logs are read only.
        caller: the command itself.
        cores: of a trial.
    """

    jobs: Sequence[TrainingJob]
    done: Sequence[bool]
    caller: Caller
    cores: int


def _tune(sweep: Sweep, standings: Standings) -> None:
    # Ctrl-C ends this command as it does every other.
    os.environ |= {"TUNE_DISABLE_SIGINT_HANDLER": "1", "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
                   "RAY_AIR_NEW_OUTPUT": "0"}  # fmt: skip
    import ray
    from ray import tune

    numbers = range(len(sweep.trials))
    task = SweepTask(
        [trial.job for trial in sweep.trials],
        [standings.is_done(number) for number in numbers],
        Caller.here(),
        sweep.worker_cpus,
    )
    share = {"cpu": sweep.worker_cpus, "gpu": min(1, int(ray.cluster_resources().get("GPU", 0)))}
    state = sweep.output.resolve() / ".sesr" / "tune"
    with progress_bar(lines=True) as advance:
        total = sum(trial.job.config.steps for trial in sweep.trials)
        listener = _listener(standings, lambda: advance("all runs", standings.steps, total))
        tuner = tune.Tuner(
            tune.with_resources(tune.with_parameters(run_trial, task=task), share),
            param_space={"number": tune.grid_search(list(numbers))},
            tune_config=tune.TuneConfig(
                metric="psnr", mode="max", scheduler=_scheduler(sweep) if sweep.early_stop else None
            ),
            run_config=tune.RunConfig(
                name="sweep",
                storage_path=str(state),
                verbose=0,
                callbacks=[listener],
                failure_config=tune.FailureConfig(max_failures=_LOSSES),
            ),
        )
        found = tuner.fit()
    for result in found:
        if result.error:
            number = (result.config or {})["number"]
            standings.ended(number, FAILED, failure_line(result.error))
    shutil.rmtree(state, ignore_errors=True)


def _scheduler(sweep: Sweep) -> Any:
    from ray.tune.schedulers import ASHAScheduler

    configs = [trial.job.config for trial in sweep.trials]
    last = max(config.steps for config in configs)
    first = max(last // _PARTS, *(config.validate_every for config in configs))
    return ASHAScheduler(
        time_attr="step", max_t=last, grace_period=first, reduction_factor=_KEPT,
        stop_last_trials=False,
    )  # fmt: skip


def _listener(standings: Standings, tell: Any) -> Any:
    """Keeps the table while trials run."""
    from ray.tune import Callback

    class _Listener(Callback):  # type: ignore[misc]
        def __reduce__(self) -> Any:
            # Tune writes itself down; it is made anew for every command.
            return Callback, ()

        def on_trial_result(
            self, iteration: int, trials: Any, trial: Any, result: dict[str, Any], **_: Any
        ) -> None:
            number = trial.config["number"]
            if "step" in result:
                standings.validated(number, result["step"], result["psnr"])
            if result.get("problem"):
                standings.ended(number, FAILED, result["problem"])
            elif result.get("whole"):
                standings.ended(number, FINISHED)
            standings.save()
            tell()

        def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **_: Any) -> None:
            if not trial.last_result.get("problem"):
                standings.ended(trial.config["number"], STOPPED)

    return _Listener()


def run_trial(config: dict[str, Any], task: SweepTask) -> None:
    """A trial: one run, to its end or until Tune ends the process.

    What it made before is told first, so that a run which goes on counts like the others.
    """
    from ray import tune

    from sesr.training.run.log import read_log
    from sesr.training.run.loop import LOG

    job, done = task.jobs[config["number"]], task.done[config["number"]]
    try:
        task.caller.stand_in()
        told = {}
        for row in read_log(job.output / LOG):
            told = {"step": int(row["step"]), "psnr": row["psnr"]}
            if told["step"] < job.config.steps:
                tune.report(told)
        if not done:
            limit_threads(task.cores)
            job.train(_Reporter(job))
            told = {"step": job.config.steps, "psnr": _last_psnr(job)}
        tune.report({**told, "whole": True})
    except SesrError as error:
        tune.report({"psnr": float("-inf"), "problem": f"{platform.node()}: {error}"})


def _last_psnr(job: TrainingJob) -> float:
    """As the log has it, so that a run which goes on tells the same digits."""
    from sesr.training.run.log import read_log
    from sesr.training.run.loop import LOG

    return read_log(job.output / LOG)[-1]["psnr"]


class _Reporter:
    """Tells Tune of every validation but the last, after which the run's files are still written.

    Args:
        job: the run.
    """

    def __init__(self, job: TrainingJob) -> None:
        self._job = job

    def start(self, step: int, taken_over: list[str]) -> None:
        """Nothing to tell."""

    def on_steps(self, step: int, loss: float) -> None:
        """Nothing to tell."""

    def on_validation(self, row: LogRow, text: str, best: bool) -> None:
        """The checkpoint is written by now, so that Tune may end this process."""
        from ray import tune

        if row.step < self._job.config.steps:
            tune.report({"step": row.step, "psnr": _last_psnr(self._job)})
