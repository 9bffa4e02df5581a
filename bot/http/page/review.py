"""**Pure.** What the reviewer found, and what became of its edits, as HTML: an edit is shown as what goes and comes."""

from __future__ import annotations

from bot.http.page.markup import Html, joined, tag
from core.review import Finding, JudgedEdit, Review
from core.text import on_page, telling, wording
from core.text.diff import Change, Piece, diff
from core.turn import Outcome

_ELEMENTS = {Change.KEPT: "span", Change.REMOVED: "del", Change.ADDED: "ins"}


def review_html(outcome: Outcome) -> Html:
    """The footer; where there is a review it opens to the whole of that."""
    said = wording.reviewed(outcome)
    if outcome.review is None:
        return tag("p", said, class_="footer")
    return tag("details", tag("summary", said), _whole(outcome.review), class_="review")


def _whole(review: Review) -> Html:
    verdict = telling.verdict({"score": review.score, "verdict": review.verdict})
    said = " · ".join(filter(None, (verdict, review.summary)))
    summary = tag("p", said, class_="summary") if said else ""
    return tag("div", summary, _findings(review.findings), _edits(review.edits), class_="inside")


def _findings(findings: tuple[Finding, ...]) -> Html:
    if not findings:
        return Html()
    return joined(tag("h4", telling.FINDINGS), tag("ul", *map(_finding, findings), class_="findings"))


def _finding(finding: Finding) -> Html:
    kind = tag("span", telling.finding(finding.severity, finding.kind), class_="kind")
    quote = tag("blockquote", finding.quote) if finding.quote else ""
    return tag("li", kind, " ", finding.message, quote, class_=_severity(finding))


def _severity(finding: Finding) -> str:
    """The reviewer's own words are no class names."""
    return finding.severity if finding.severity in ("error", "warning") else "info"


def _edits(edits: tuple[JudgedEdit, ...]) -> Html:
    if not edits:
        return tag("p", on_page.NO_EDITS, class_="none")
    return joined(tag("h4", telling.EDITS), tag("ul", *map(_edit, edits), class_="edits"))


def _edit(judged: JudgedEdit) -> Html:
    fate = tag("p", telling.fate(judged.status, judged.why), class_="fate")
    changed = tag("p", *map(_piece, diff(judged.edit.find, judged.edit.replace)), class_="diff")
    reason = tag("p", judged.edit.reason, class_="reason") if judged.edit.reason else ""
    return tag("li", fate, changed, reason, class_=judged.status)


def _piece(piece: Piece) -> Html:
    return tag(_ELEMENTS[piece.change], piece.text)
