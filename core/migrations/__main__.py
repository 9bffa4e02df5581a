"""**I/O edge.** `python -m core.migrations "what changes"` writes the next revision."""

from __future__ import annotations

import sys

from core.migrations import write_revision

if len(sys.argv) != 2:
    sys.exit('Say what changes: python -m core.migrations "keep the message of a turn"')
write_revision(sys.argv[1])
