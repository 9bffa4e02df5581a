"""What a client of the event log shows a person: the events, folded, one state after the other."""

from __future__ import annotations

from typing import Any

from core.stages import STAGES
from core.text import wording
from core.turn import StageStatus

ENDS = ("complete", "error")
_HEADS = {"rejected": "⚠ ", "withheld": "⚠ ", "failed": "✗ ", "stopped": "■ "}


class Reading:
    """Of one turn, by who asked it. `seq`: the last number that was read."""

    def __init__(self, who: str) -> None:
        self.who = who
        self.states: list[str] = []
        self.seq = 0
        self.ended = ""
        self.wrong: list[str] = []
        self._head = ""
        self._marks = {stage.name: StageStatus.PENDING for stage in STAGES}
        self._text = ""

    def read(self, event: dict[str, Any]) -> None:
        if event["type"] != "stage.delta" and event["seq"] != self.seq + 1:
            self.wrong.append(f"{event['type']} is number {event['seq']} after {self.seq}")
        self.seq = event["seq"]
        self._fold(event)
        self.states.append(self._end(event["payload"]) if event["type"] in ENDS else self._now())

    def _fold(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "turn.queued":
                self._head = f"◌ {wording.queued(event['position'])}"
            case "turn.started":
                self._head = "● Working"
            case "stage.started":
                self._marks[event["stage"]], self._text = StageStatus.RUNNING, ""
            case "stage.delta":
                self._text += event["text"]
            case "stage.completed":
                self._marks[event["stage"]], self._text = StageStatus.DONE, ""
                self._head = "● Working" if StageStatus.PENDING in self._marks.values() else "● Merging"
            case "stage.failed":
                self._marks[event["stage"]] = StageStatus.FAILED

    def _now(self) -> str:
        return "\n".join([self._head, *self._lines(), self._text])

    def _lines(self) -> list[str]:
        return [f"{wording.MARKS[self._marks[stage.name]]} {stage.title}" for stage in STAGES]

    def _end(self, payload: dict[str, Any]) -> str:
        """All that a client has of an answer is its payload."""
        self.ended = payload["status"]
        self._marks |= {stage["name"]: StageStatus(stage["status"]) for stage in payload["stages"]}
        said = payload["reply"]["content"].replace("Stopped by you", f"Stopped by {self.who}")
        review = payload["review"]
        below = [f"Reviewed {review['score']}/100"] if review else []
        match self.ended:
            case "rejected":
                said = f"The reviewer advises against using this: {review['summary']}\n{said}"
            case "unreviewed":
                below = [wording.UNREVIEWED]
            case "failed" | "stopped":
                below = self._lines()
        return "\n".join([_HEADS.get(self.ended, "") + said, *below])
