"""**Pure.** What the sentences of the bot mean, and what an operator does about them; `sentences.py` writes them down.

Each key is where the words stand: `module.NAME`, or `module.NAME:case` for one of several under a name.
"""

from __future__ import annotations

from collections.abc import Mapping

NOTHING = "Nothing."

WAITING: Mapping[str, tuple[str, str]] = {
    "wording.queued": (
        "Earlier turns of the same thread come first.",
        "Nothing; look at `orchestrator_oldest_waiting_seconds` if it lasts.",
    ),
    "wording.working": ("The stage that runs, of how many, and how long the turn has been known.", NOTHING),
    "wording.WAITING": (
        "All slots for CustomGPT are taken, or it asked us to wait.",
        "If it is often seen: raise `CUSTOMGPT_CONCURRENCY` as far as the plan allows.",
    ),
    "wording.stage_line": ("A stage that is done: what it left, and how long its agent took.", NOTHING),
}

ANSWERS: Mapping[str, tuple[str, str]] = {
    "wording.reviewed": (
        "The footer under an answer: score, the reviewer's edits, and the time since it was asked.",
        NOTHING,
    ),
    "wording.NOTICE": ("Called by a reply, as it took longer than `ORCHESTRATOR_NOTIFY_AFTER`.", NOTHING),
    "wording.continued": ("The answer is longer than one message.", NOTHING),
    "wording.not_read": (
        "An attachment could not be read; the question was answered without it.",
        "As its reason says.",
    ),
    "wording.NEEDS_LOGIN": (
        "The source is a file in CustomGPT: its link opens only for who has an account there.",
        NOTHING,
    ),
    "wording.unknown_citation": (
        "The draft cited a number that no source has.",
        "Nothing; if it is often seen, look at the builder agent's persona.",
    ),
    "wording.UNREVIEWED": (
        "Three agents answered, and the reviewer did not; why follows.",
        "Retry from Review; see the reason below.",
    ),
    "wording.UNREADABLE_REVIEW": (
        "The reviewer wrote prose instead of JSON.",
        "If it is often seen: the review agent's persona must not forbid JSON.",
    ),
    "wording.UNCLEAR_VERDICT": ("The review has a verdict that is none of approve, revise, reject.", "As above."),
    "wording.WITHHELD_UNREVIEWED": (
        "With `ORCHESTRATOR_ON_REJECT=withhold` no draft is shown without a verdict.",
        "Retry from Review.",
    ),
    "wording.headline:rejected": ("The reviewer's verdict was reject, and `warn` is set: the answer follows.", NOTHING),
    "wording.headline:withheld": ("The same, and `withhold` is set.", "An admin sees the draft in Details."),
    "wording.headline:failed": (
        "An agent gave no answer, after all retries; the reason is one of those below.",
        "As the reason says; then Retry from that stage.",
    ),
    "wording.headline:stopped": ("Somebody pressed Stop, or deleted the question.", "Go on takes it up where it was."),
}

TROUBLES: Mapping[str, tuple[str, str]] = {
    "wording.trouble:bad_key": ("401.", "Make a new key in CustomGPT, set `CUSTOMGPT_API_KEY`, restart."),
    "wording.trouble:plan": ("402.", "The account's plan lacks the feature: change it."),
    "wording.trouble:forbidden": ("403.", "Open the agent in CustomGPT: is it active, and of this key's account?"),
    "wording.trouble:no_agent": ("404 for an agent.", "Correct the number in `…_AGENT_PROJECT_ID`."),
    "wording.trouble:no_conversation": (
        "404 for a conversation that had just been opened.",
        "Retry; if it goes on, CustomGPT's status page.",
    ),
    "wording.trouble:rejected": (
        "400 or 422.",
        "The log has CustomGPT's own words; often `CUSTOMGPT_PROMPT_LIMIT` is above the plan's.",
    ),
    "wording.trouble:no_credits": (
        "429, the quota.",
        "Buy queries, or wait; alert on `orchestrator_customgpt_queries_left`.",
    ),
    "wording.trouble:busy": (
        "429, the rate, for two minutes.",
        "Lower `CUSTOMGPT_CONCURRENCY`, or ask CustomGPT for more.",
    ),
    "wording.trouble:unreachable": (
        "No connection came about for two minutes.",
        "`orchestrator check`; DNS, proxy, firewall.",
    ),
    "wording.trouble:broken": ("5xx, or a body that is not the API's.", "Retry later; CustomGPT's status page."),
    "wording.trouble:timeout": (
        "Nothing for 60 s, or not done in 180 s, twice.",
        "Retry; a smaller agent, or fewer sources.",
    ),
    "wording.trouble:cut": (
        "The stream broke off, twice, and the answer was not kept there.",
        "Retry; a proxy that cuts long answers?",
    ),
    "wording.trouble:agent_error": (
        "An error event in the stream; the log has its text.",
        "Retry; then the agent's own page in CustomGPT.",
    ),
    "wording.trouble:empty": ("An answer of nothing.", "Wait until the agent has read its sources."),
    "wording.trouble:crashed": (
        "Five processes in a row died under this turn.",
        "The log around `has died`; memory (`MemoryMax`), then report it.",
    ),
    "wording.trouble:redirected": ("3xx.", "Leave `CUSTOMGPT_BASE_URL` out, or correct it."),
}

NOT_TAKEN: Mapping[str, tuple[str, str]] = {
    "wording.NO_PROMPT": ("An empty question.", NOTHING),
    "wording.a_nul": ("A character that no database keeps.", NOTHING),
    "wording.half_a_character": ("Half of a pair of surrogates; only programs send it.", NOTHING),
    "wording.prompt_too_long": (
        "Prompt and context are longer than fits beside instructions.",
        "Raise `CUSTOMGPT_PROMPT_LIMIT` if the plan allows it.",
    ),
    "replies.NO_QUESTION": ("`ask` without words.", NOTHING),
    "replies.FILES_WITHOUT_WORDS": ("An attachment without a question.", NOTHING),
    "replies.too_many": ("`ORCHESTRATOR_TURNS_PER_USER_HOUR` is used up by this person.", "Raise it."),
    "replies.NOT_TAKEN": (
        "The database cannot be used, so nothing durable could be promised.",
        "The log; `orchestrator check`; the database server.",
    ),
    "replies.denied:place": (
        "The channel is not in the list of allowed ones.",
        "Add it to `…_ALLOWED_CHANNELS`, or the team or guild to its list.",
    ),
    "replies.denied:person": (
        "There is a list of people, and this one is not on it.",
        "Add them to `…_ALLOWED_USERS` or `_ROLES`.",
    ),
    "replies.denied:guest": ("A guest of the workspace.", "Add them by name to `SLACK_ALLOWED_USERS`."),
    "replies.denied:stranger": (
        "Somebody of another workspace, in a shared channel.",
        "Add them, or their workspace to `SLACK_ALLOWED_TEAMS`.",
    ),
    "replies.denied:unknown": (
        "The platform does not say who this is.",
        "`orchestrator check`: a scope may be missing.",
    ),
    "replies.denied:not_asker": ("Stop, Go on and Retry are for who asked, and for admins.", NOTHING),
    "replies.denied:not_admin": ("For admins only.", "Add them to `SLACK_ADMINS` or `DISCORD_ADMINS`."),
    "replies.INVITE": ("The bot is not a member of the channel.", "Invite it."),
}

PLACES: Mapping[str, tuple[str, str]] = {
    "replies.asked": ("What a command asked, said in the channel so that all can read it.", NOTHING),
    "replies.MENTION_TO_GO_ON": (
        "Discord's Message Content Intent is off.",
        "Switch it on in the developer portal, restart.",
    ),
    "replies.NO_THREADS_HERE": (
        "The bot may not open threads in this channel.",
        "Give it *Create Public Threads*, if it should.",
    ),
    "replies.THREAD_GONE": ("The thread was deleted while the turn ran.", NOTHING),
    "replies.THREAD_LOCKED": ("A moderator locked it.", "Unlock it; the answer is tried for an hour."),
    "replies.MAY_NOT_WRITE": (
        "The bot lacks a permission in this channel.",
        "`orchestrator check` prints the link with all of them.",
    ),
}

COMMANDS: Mapping[str, tuple[str, str]] = {
    "replies.NOT_KEPT": ("Older than `ORCHESTRATOR_RETENTION_DAYS`, or from before a restored backup.", NOTHING),
    "replies.NOT_RUNNING": ("Stop was pressed after the end.", NOTHING),
    "replies.STOPPING_ALREADY": ("Stop was pressed twice.", NOTHING),
    "replies.NOT_ENDED": ("Retry was pressed while it runs.", NOTHING),
    "replies.CHANGED": ("The message that was pressed shows an earlier generation.", NOTHING),
    "replies.NOTHING_TO_STOP": ("No open turn here.", NOTHING),
    "replies.NOTHING_OPEN": ("No open turn here.", NOTHING),
    "replies.stopping": ("The turn ends with what it has.", NOTHING),
    "replies.open_turn": ("A line of `status`.", NOTHING),
    "replies.more_turns": ("More are open than are listed.", "If they wait for long: see the alerts."),
    "replies.NEW": ("A new chapter of the thread.", NOTHING),
    "replies.NOTHING_SAID": ("There is nothing to forget.", NOTHING),
    "replies.NEW_ELSEWHERE": ("`new` outside a thread.", NOTHING),
    "replies.CHECKING": ("The check has begun; what it finds follows, for the admin alone.", NOTHING),
    "replies.checked": ("The head of what the check found.", "Each finding has its remedy."),
    "replies.BROKEN": ("Something was not done for a reason of ours or of the platform.", "The log has it."),
    "replies.unknown_command": ("A word that is no command.", NOTHING),
    "replies.EXPORTED": ("The file is in the thread.", NOTHING),
    "replies.NO_SETTINGS": ("The channel has no preferences.", NOTHING),
    "replies.how_to_set": ("How preferences are set.", NOTHING),
    "replies.OPINIONS:liked": ("Remembered, and told to CustomGPT.", NOTHING),
    "replies.OPINIONS:disliked": ("The same.", NOTHING),
    "replies.OPINIONS:neutral": ("The same.", NOTHING),
    "replies.HELP": ("Help in Slack.", NOTHING),
    "replies.DISCORD_HELP": ("Help in Discord.", NOTHING),
}

HTTP: Mapping[str, tuple[str, str]] = {
    "replies.WHO_ARE_YOU": ("401: no token, or one that is none of ours.", "`ORCHESTRATOR_API_TOKENS` lists them."),
    "replies.NO_JSON": ("422: the body, or the first message of a WebSocket, cannot be read.", NOTHING),
    "replies.NO_FIRST_MESSAGE": ("408: a WebSocket was opened, and nothing was asked for ten seconds.", NOTHING),
    "replies.TOO_LARGE": ("413.", NOTHING),
    "replies.TOO_MANY_STREAMS": (
        "429: one token follows very many turns at once.",
        "Mend the client: it does not hang up.",
    ),
    "replies.OTHER_QUESTION": (
        "422: the client uses one `Idempotency-Key` for different questions.",
        "Mend the client.",
    ),
    "replies.NO_SUCH_TURN": ("404; of another token's turn nothing else is said.", NOTHING),
    "replies.NO_SUCH_CONVERSATION": ("404; the same of conversations.", NOTHING),
    "replies.RETRIED": ("503: somebody retried the turn while another waited for its answer.", NOTHING),
    "replies.CLOSING": ("503: the process is told to end.", "Another process, or the next start, takes requests."),
    "replies.GOES_ON_LATER": ("503: the same, to who waits for an answer.", NOTHING),
    "replies.STORE_LOST": (
        "503: the database is away, locked or full.",
        "The log says which.",
    ),
    "replies.BROKEN_HERE": (
        "500: an error that nobody has thought of.",
        "The log has its traceback.",
    ),
    "replies.NOTED:liked": ("An opinion was remembered; it is told to CustomGPT.", NOTHING),
    "replies.NOTED:disliked": ("The same.", NOTHING),
    "replies.NOTED:neutral": ("The same.", NOTHING),
}

GROUPS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "While it waits and works": WAITING,
    "With an answer, or in its place": ANSWERS,
    "Why an agent gave no answer": TROUBLES,
    "Why a question was not taken": NOT_TAKEN,
    "About the place": PLACES,
    "Answers to commands and buttons": COMMANDS,
    "Problems over HTTP": HTTP,
}

PARTS_OF_SENTENCES = frozenset(
    {
        *("wording.MARKS", "wording.KEPT", "wording.SOURCES", "wording.QUESTION", "wording.PREVIEW_LINES"),
        *("wording.PREVIEW_CHARACTERS", "wording.plural", "wording.ordinal", "wording.duration", "wording.clock"),
        *("wording.source_label", "wording.preview", "replies.part_of", "replies.LABELS", "replies.SPOKEN"),
        *("replies.RETRY_FROM", "replies.retry_from", "replies.refused", "replies.invite", "replies.settings"),
        *("replies.found", "replies.CHECK_MARKS", "wording.YOU", "wording.AN_ADMIN", "wording.SOMEBODY"),
        "wording.for_others",
    }
)
"""Labels, numbers and pieces: they explain themselves, or stand in a sentence that is explained."""
