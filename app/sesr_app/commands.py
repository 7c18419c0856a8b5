"""The commands of `sesr` by name."""

from __future__ import annotations

from importlib import import_module

import click

from sesr import __version__

COMMANDS = {
    "upscale": "sesr_app.upscale.command",
    "manifest": "sesr_app.manifest.command",
    "models": "sesr_app.models",
    "evaluate": "sesr_app.evaluate.command",
    "bench": "sesr_app.bench.command",
    "train": "sesr_app.train.command",
    "classify": "sesr_app.classify.command",
    "export": "sesr_app.export.command",
    "robustness": "sesr_app.robustness.command",
    "web": "sesr_app.web.command",
}
"""Modules of the commands by name; each holds a function of the command's name."""


class LazyGroup(click.Group):
    """Imports a command when it is asked for, so that none pays for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their order in the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one."""
        if cmd_name not in COMMANDS:
            from sesr.errors import did_you_mean

            near = did_you_mean(cmd_name, COMMANDS, 0.6).rstrip()
            hint = near or f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no such command {cmd_name!r}; {hint}")
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        if command.epilog is None:
            from sesr_app.examples import epilog

            command.epilog = epilog(cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="sesr %(version)s", help="Print the version and exit.")
def app() -> None:
    """Upscale photographs with super-efficient super resolution."""
