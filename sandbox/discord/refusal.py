"""**Pure.** What Discord says instead of doing it. <https://docs.discord.com/developers/topics/opcodes-and-status-codes>"""

from __future__ import annotations

from sandbox.discord.record import Json

WORDS = {
    0: "401: Unauthorized",
    10002: "Unknown Application",
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    10007: "Unknown Member",
    10008: "Unknown Message",
    10013: "Unknown User",
    10014: "Unknown Emoji",
    10015: "Unknown Webhook",
    10062: "Unknown interaction",
    30046: "Maximum number of edits to messages older than 1 hour reached. Try again later.",
    40060: "Interaction has already been acknowledged.",
    50001: "Missing Access",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50013: "Missing Permissions",
    50024: "Cannot execute action on this channel type",
    50027: "Invalid Webhook Token",
    50035: "Invalid Form Body",
    50083: "Thread is archived",
    160004: "A thread has already been created for this message",
    160005: "Thread is locked",
}
_STATUS = {0: 401, 10002: 404, 10003: 404, 10004: 404, 10007: 404, 10008: 404, 10013: 404, 10014: 404, 10015: 404}
_STATUS |= {10062: 404, 30046: 429, 50001: 403, 50013: 403, 50027: 401, 50005: 403, 160005: 403}


class Refusal(Exception):
    """One of Discord's codes. `errors` says what is wrong where: `{"components.0.content": "too long"}`."""

    def __init__(self, code: int, status: int | None = None, **errors: str) -> None:
        super().__init__(WORDS.get(code, str(code)))
        self.code = code
        self.status = status or _STATUS.get(code, 400)
        self.errors = errors

    def as_json(self) -> Json:
        body: Json = {"message": str(self), "code": self.code}
        if self.errors:
            body["errors"] = {
                at: {"_errors": [{"code": "INVALID", "message": said}]} for at, said in self.errors.items()
            }
        return body


def invalid(at: str, said: str) -> Refusal:
    """Something in the body is not as it should be."""
    return Refusal(50035, None, **{at: said})
