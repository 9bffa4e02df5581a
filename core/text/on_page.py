"""**Pure.** Every word that only the page says. Plain sentences; `{…}` is filled in by its scripts."""

from __future__ import annotations

NAME = "Orchestrator"
GREETING = "What shall the four agents work on?"
GREETING_MORE = "One researches, one plans, one writes, one reviews. You see each of them at work."
PROMPT = "Your question"
PLACEHOLDER = "Ask, or go on …"
ASK = "Ask"
HINT = "Enter sends, Shift+Enter begins a new line."
TONE = "Tone"
LENGTH = "Length"
AS_THEY_SEE_FIT = "as they see fit"
TONES = ("friendly", "formal", "informative", "persuasive", "plain", "playful")
LENGTHS = ("100 words", "200 words", "400 words", "800 words", "1,500 words")
CONVERSATIONS = "Conversations"
NEW = "New"
NEW_CONVERSATION = "New conversation"
OLDER = "Older ones"
EARLIER = "What was asked before"
NO_CONVERSATIONS = "Nothing has been asked yet."
CLOSE = "Close"
SKIP = "Skip to the question"
COPY = "Copy"
COPIED = "Copied"
TABLE = "Table"
STEPS = "The four agents"
NO_EDITS = "The reviewer asked for no changes."
WORK = "What each agent wrote"
WAITING_TO_BEGIN = "Begins in a moment"
LOADING = "Loading …"
ANSWERED = "Answered"

TOKEN = "Access token"  # noqa: S105 - it names the field
TOKEN_TITLE = "Who is asking?"  # noqa: S105
TOKEN_WHY = (
    "This server answers those who have one of its tokens. It is kept until you close this tab, and nowhere else."  # noqa: S105
)
TOKEN_WRONG = "This server does not know that token. Whoever runs it can give you one."  # noqa: S105
TOKEN_GO = "Continue"  # noqa: S105

OFFLINE = "The connection is lost. Your answer goes on being written; trying again in {seconds}."
TRYING = "Connecting again …"
NO_SERVER = "The server cannot be reached. Please look at your connection, and try again."
ODD = "Something went wrong on this page. Please load it again; nothing is lost."
NEEDS_SCRIPTS = "This page needs JavaScript."
NOT_HERE_TITLE = "Not here"
NOT_HERE = (
    "There is nothing at this address. It may have been copied in part, or the answer was deleted after its time."
)
NOT_NOW_TITLE = "Not now"
STILL_AT_WORK = "The answer is still being written. Load this page again in a while."
READ_ONLY = "Whoever has this address can read this answer. Nobody can change it here."
ON_ITS_PAGE = "Open as a page"

AT_WORK = "{title} is at work."
DONE = "{title} is done. {note}"
ENDED = "The answer is there."
NO_ANSWER = "There is no answer. {why}"
