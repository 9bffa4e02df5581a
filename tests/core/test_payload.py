from __future__ import annotations

import json

from core.errors import Trouble
from core.payload import Payload
from core.review import Edit, EditStatus, Finding, JudgedEdit, Review, Verdict
from core.turn import Failure, Outcome, Source, StageRecord, StageStatus, TurnStatus

REVIEW = Review(
    92,
    Verdict.APPROVE,
    "Sound.",
    (Finding("warning", "inconsistency", "Two numbers.", "15"),),
    (
        JudgedEdit(Edit("a", "b", "shorter"), EditStatus.APPLIED),
        JudgedEdit(Edit("x", "y", "clearer"), EditStatus.REJECTED, "not in the draft"),
    ),
)
OUTCOME = Outcome(
    turn_id="t",
    conversation_id="demo-123",
    status=TurnStatus.COMPLETE,
    answer="The answer.",
    sources=(Source(1, 73558806, "A page", "https://example.com/page"),),
    review=REVIEW,
    stages=(
        StageRecord("research", StageStatus.DONE, 3.20004, 10631255, 1, 1280, 472, ("last answer",)),
        StageRecord("plan", StageStatus.DONE, 1.0, 10631256, 2, 20, 10),
    ),
    context={"tone": "informative"},
)


def dumped(outcome: Outcome) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(Payload.of(outcome).model_dump_json())
    return loaded


def test_the_payload_is_the_unified_one() -> None:
    expected = {
        "turn_id": "t",
        "conversation_id": "demo-123",
        "status": "complete",
        "reply": {"role": "assistant", "content": "The answer."},
        "sources": [
            {
                "n": 1,
                "id": 73558806,
                "title": "A page",
                "url": "https://example.com/page",
                "needs_login": False,
            }
        ],
        "review": {
            "score": 92,
            "verdict": "approve",
            "summary": "Sound.",
            "findings": [{"severity": "warning", "kind": "inconsistency", "message": "Two numbers.", "quote": "15"}],
            "edits": [
                {"find": "a", "replace": "b", "reason": "shorter", "status": "applied"},
                {
                    "find": "x",
                    "replace": "y",
                    "reason": "clearer",
                    "status": "rejected",
                    "why": "not in the draft",
                },
            ],
        },
        "stages": [
            {
                "name": "research",
                "status": "done",
                "seconds": 3.2,
                "message_id": 10631255,
                "shortened": ["last answer"],
            },
            {"name": "plan", "status": "done", "seconds": 1.0, "message_id": 10631256, "shortened": []},
        ],
        "usage": {
            "queries": 3,
            "prompt_tokens": 1300,
            "completion_tokens": 482,
            "total_tokens": 1782,
            "estimated": True,
        },
        "context": {"tone": "informative"},
    }

    assert expected == dumped(OUTCOME)


def test_a_failed_turn_says_why_for_programs_and_for_people() -> None:
    failed = Outcome("t", "c", TurnStatus.FAILED, "", failure=Failure("build", Trouble.NO_CREDITS))

    payload = dumped(failed)

    error = payload["error"]
    assert isinstance(error, dict)
    assert ("build", "no_credits") == (error["stage"], error["code"])
    assert "no query credits" in json.dumps(payload["reply"])
    assert payload["review"] is None
