"""**Pure.** The page itself, before any turn is in it; and a turn's own page. No script and no style inside."""

from __future__ import annotations

from collections.abc import Iterable

from bot.http.page.article import article
from bot.http.page.markup import Html, joined, tag, void
from bot.http.page.told import Told
from core.text import on_page, replies

STATIC = "page/static/"
SCRIPTS = (
    *("start", "acting", "api", "composer", "conversation", "draft", "fold"),
    *("follow", "lines", "list", "live", "token", "turn", "words"),
)
"""All of them, the first that which begins: told at once, so that none waits for another to name it."""

HERE, BELOW_T = "", "../../"
"""From a page to the root, whatever stands before that: a proxy may have put it somewhere."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
POLICY_OF_SHARED = POLICY.replace("script-src 'self'; ", "").replace("connect-src 'self'; ", "")
"""Nothing acts there."""


def page() -> str:
    """`GET /`."""
    body = (
        tag("a", on_page.SKIP, href="#prompt", class_="skip"),
        _top(),
        tag("main", _greeting(), _earlier(), tag("div", id="turns"), id="main", tabindex="-1"),
        tag("footer", _lines(), _composer(), class_="bottom"),
        _conversations(),
        _token(),
        tag("noscript", tag("p", on_page.NEEDS_SCRIPTS, class_="alone")),
    )
    preloaded = [void("link", rel="modulepreload", href=f"{STATIC}{name}.js") for name in SCRIPTS]
    script = tag("script", type="module", src=f"{STATIC}{SCRIPTS[0]}.js")
    return _document(on_page.NAME, HERE, body, [*preloaded, script])


def shared_page(told: Told) -> str:
    """A turn's own page, for whoever has its address."""
    open_still = told.view.outcome is None
    body = (
        tag("header", tag("h1", on_page.NAME), class_="top alone"),
        tag("main", article(told, acting=False), id="main"),
        tag("footer", tag("p", on_page.STILL_AT_WORK if open_still else on_page.READ_ONLY), class_="last"),
    )
    return _document(_title(told.prompt), BELOW_T, body, [void("meta", name="robots", content="noindex")])


def nothing_here() -> str:
    """In place of a turn's own page, whatever the reason is."""
    return _alone(on_page.NOT_HERE_TITLE, on_page.NOT_HERE)


def not_now() -> str:
    """In place of it, where nobody can say whether it is there."""
    return _alone(on_page.NOT_NOW_TITLE, replies.STORE_LOST)


def _alone(title: str, said: str) -> str:
    body = tag("main", tag("h1", title), tag("p", said), id="main", class_="alone")
    return _document(title, BELOW_T, [body], [void("meta", name="robots", content="noindex")])


def _document(title: str, root: str, body: Iterable[Html], more: Iterable[Html]) -> str:
    head = tag(
        "head",
        void("meta", charset="utf-8"),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        void("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        void("link", rel="icon", href=f"{root}{STATIC}icon.svg"),
        *(void("link", rel="stylesheet", href=f"{root}{STATIC}{name}") for name in ("page.css", "turn.css")),
        *more,
    )
    return "<!doctype html>\n" + tag("html", head, tag("body", *body), lang="en")


def _title(prompt: str) -> str:
    first = prompt.strip().partition("\n")[0]
    return f"{first[:60].rstrip()}… · {on_page.NAME}" if len(first) > 60 else f"{first} · {on_page.NAME}"


def _top() -> Html:
    return tag(
        "header",
        tag("button", on_page.CONVERSATIONS, type="button", id="open-list", aria_haspopup="dialog"),
        tag("h1", on_page.NAME),
        tag("button", on_page.NEW, type="button", id="new", aria_label=on_page.NEW_CONVERSATION),
        class_="top",
    )


def _greeting() -> Html:
    said = (tag("p", on_page.GREETING, class_="large"), tag("p", on_page.GREETING_MORE))
    return tag("div", *said, id="greeting", hidden=True)


def _earlier() -> Html:
    return tag("button", on_page.EARLIER, type="button", id="earlier", class_="more", hidden=True)


def _lines() -> Html:
    """What is said by and by: to eyes that the connection is lost, or why something did not work; to ears the rest."""
    return joined(
        tag("p", id="connection", class_="line", role="status", hidden=True),
        tag("p", id="notice", class_="line", role="alert", hidden=True),
        tag("p", id="spoken", class_="unseen", role="status", aria_live="polite"),
    )


def _composer() -> Html:
    prompt = tag(
        "textarea",
        id="prompt",
        name="prompt",
        rows="1",
        placeholder=on_page.PLACEHOLDER,
        aria_label=on_page.PROMPT,
        aria_describedby="hint",
        maxlength="200000",
        autocomplete="off",
    )
    how = tag(
        "div",
        _choice("tone", on_page.TONE, on_page.TONES),
        _choice("length", on_page.LENGTH, on_page.LENGTHS),
        tag("span", on_page.HINT, id="hint", class_="hint"),
        tag("button", on_page.ASK, type="submit", id="send", class_="main"),
        class_="how-to",
    )
    return tag("form", prompt, how, id="ask", class_="composer", autocomplete="off")


def _choice(name: str, label: str, offered: Iterable[str]) -> Html:
    """What may be typed; some of it is offered."""
    field = void("input", id=name, name=name, list=f"{name}s", placeholder=on_page.AS_THEY_SEE_FIT, maxlength="200")
    listed = tag("datalist", *(tag("option", value=one) for one in offered), id=f"{name}s")
    return tag("label", tag("span", label), field, listed, class_="choice")


def _conversations() -> Html:
    close = tag("button", on_page.CLOSE, type="button", class_="close", data_close=True)
    head = tag("div", tag("h2", on_page.CONVERSATIONS, id="list-title"), close, class_="head")
    older = tag("button", on_page.OLDER, type="button", id="older", class_="more", hidden=True)
    none = tag("p", on_page.NO_CONVERSATIONS, id="no-conversations", hidden=True)
    return tag("dialog", head, tag("ol", id="conversations"), none, older, id="list", aria_labelledby="list-title")


def _token() -> Html:
    field = void("input", type="password", id="token", required=True, autocomplete="off", aria_describedby="token-why")
    form = tag(
        "form",
        tag("h2", on_page.TOKEN_TITLE, id="token-title"),
        tag("p", on_page.TOKEN_WHY, id="token-why"),
        tag("p", on_page.TOKEN_WRONG, id="token-wrong", role="alert", hidden=True),
        tag("label", tag("span", on_page.TOKEN), field),
        tag("button", on_page.TOKEN_GO, type="submit", class_="main"),
        method="dialog",
    )
    return tag("dialog", form, id="who", aria_labelledby="token-title")
