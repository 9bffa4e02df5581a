/* The page. Draws a turn that is under way into its article, no more often than the screen is: nothing moves but what grows. */

import { blocks } from "./draft.js";
import { numberOf, textOf } from "./fold.js";

/** As the server does: a heading of an answer stands two levels lower. */
const TAGS = { h1: "h3", h2: "h4", h3: "h5", h4: "h6", h5: "h6", h6: "h6", item: "p", paragraph: "p", code: "pre" };

export class Live {
  #frame = 0;
  #state = null;
  #drawn = [];

  /** `now`: the server's seconds; `since`: when it was begun again, if it was, for the turn itself only knows its first begin. */
  constructor(article, words, now, since) {
    this.article = article;
    this.words = words;
    this.now = now;
    this.since = since;
    this.mark = article.querySelector(".state .mark");
    this.said = article.querySelector(".state .words");
    this.answer = article.querySelector(".answer");
    this.clock = setInterval(() => this.#state && this.#drawState(), 1000);
  }

  /** Soon; of several states in one frame the last. */
  draw(state) {
    this.#state = state;
    this.#frame ||= requestAnimationFrame(() => this.#drawAll());
  }

  stop() {
    clearInterval(this.clock);
    cancelAnimationFrame(this.#frame);
    this.#state = null;
  }

  #drawAll() {
    this.#frame = 0;
    if (!this.#state) return;
    this.#drawState();
    for (const [name, stage] of Object.entries(this.#state.stages)) this.#drawStage(name, stage);
    this.#drawDraft(this.#draftText());
  }

  #drawState() {
    const { status, position, startedAt } = this.#state;
    const running = status === "running";
    this.article.dataset.status = status;
    write(this.mark, running ? "●" : "◌");
    const waiting = position > 1 ? this.words.queuedAt(position) : this.words.waiting_to_begin;
    write(this.said, running ? this.words.workingAt(numberOf(this.#state), this.now() - (this.since ?? startedAt)) : waiting);
  }

  #drawStage(name, stage) {
    const step = this.article.querySelector(`.step[data-stage="${CSS.escape(name)}"]`);
    if (!step) return;
    step.dataset.status = stage.status;
    write(step.querySelector(".mark"), this.words.marks[stage.status]);
    write(step.querySelector(".said"), this.words.ofStage(this.#drafts(name) ? stage : { ...stage, words: 0 }));
  }

  #drafts(name) {
    return this.words.drafts.includes(name);
  }

  #draftText() {
    return this.words.drafts.map((name) => textOf(this.#state.stages[name])).filter(Boolean).join("\n\n");
  }

  /** Only what has changed: as a rule the last block. */
  #drawDraft(text) {
    const found = blocks(text);
    this.answer.classList.toggle("draft", found.length > 0);
    while (this.answer.childElementCount > found.length) this.answer.lastElementChild.remove();
    found.forEach((block, n) => {
      const key = `${block.kind}\n${block.text}`;
      if (this.#drawn[n] !== key) this.#drawBlock(block, this.answer.children[n]);
      this.#drawn[n] = key;
    });
    this.#drawn.length = found.length;
  }

  #drawBlock({ kind, text }, there) {
    const made = there?.dataset.kind === kind ? there : document.createElement(TAGS[kind]);
    made.dataset.kind = kind;
    made.textContent = text;
    if (made === there) return;
    if (there) there.replaceWith(made);
    else this.answer.append(made);
  }
}

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
