"""**I/O edge.** The command line: the commands of `bot/commands.py`, Ctrl-C, and errors in words.

Nothing that takes time is imported before Ctrl-C has been taken: it may come while we are still starting.
"""

from __future__ import annotations

import sys

from bot.terminal.interrupt import EXIT_STOPPED, take_ctrl_c


def main() -> int:
    """The console script. Our own errors become a sentence and exit code 1."""
    take_ctrl_c()
    from bot.commands import cli
    from bot.terminal.console import discard_output, speak_plainly
    from core.errors import OrchestratorError

    speak_plainly()
    try:
        try:
            cli()
        finally:
            sys.stdout.flush()
    except OrchestratorError as error:
        from bot.terminal.troubles import in_words

        print(in_words(error), file=sys.stderr)
    except KeyboardInterrupt:
        return EXIT_STOPPED
    except BrokenPipeError:
        discard_output()  # nobody reads on; say nothing more
    return 1


if __name__ == "__main__":
    sys.exit(main())
