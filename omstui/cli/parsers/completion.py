"""The options of `omstui completion`."""

import argparse

from omstui.cli.parsers.parser import AddParser, new_parser
from omstui.cli.surroundings import CliContext

SHELLS = ("bash", "zsh", "fish")


def add_completion(add_parser: AddParser) -> None:
    """Define `omstui completion`."""
    parser = new_parser(
        add_parser,
        "completion",
        help="print what makes a shell complete omstui's words",
        description="Print a script that makes the tab key complete commands, options, and the ids, labels, profiles, "
        "regions, themes and months that fit.",
        epilog="""\
examples:
  eval "$(omstui completion bash)"          in ~/.bashrc
  eval "$(omstui completion zsh)"           in ~/.zshrc, after compinit
  omstui completion fish > ~/.config/fish/completions/omstui.fish""",
    )
    parser.set_defaults(run=_completion)
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")


def _completion(args: argparse.Namespace, around: CliContext) -> int:
    from argcomplete.shell_integration import shellcode  # slow to import

    around.put(shellcode(["omstui"], use_defaults=False, shell=args.shell).strip())
    return 0
