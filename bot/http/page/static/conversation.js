/* The conversation that is shown: its turns in their order. The address names it, so that a reload opens it. */

import { Turn } from "./turn.js";

export class Conversation {
  /** `changed(id)`: tells the other tabs, and the list. */
  constructor(about, changed) {
    this.about = about;
    this.changed = changed;
    this.place = document.querySelector("#turns");
    this.greeting = document.querySelector("#greeting");
    this.earlier = document.querySelector("#earlier");
    this.earlier.addEventListener("click", () => this.#before().catch((problem) => about.lines.notice(problem.message)));
    this.turns = new Map();
    this.id = null;
  }

  async open(id) {
    this.#clear();
    this.id = id;
    const earlier = await this.refresh();
    if (id !== this.id) return;
    this.earlier.hidden = !earlier;
    this.greeting.hidden = this.turns.size > 0;
    this.last()?.article.scrollIntoView({ block: "start" });
  }

  begin(id) {
    this.#clear();
    this.id = id;
    this.greeting.hidden = false;
  }

  /** What has been asked or has ended elsewhere. Returns what the server says of turns before those, if anything. */
  async refresh() {
    const id = this.id;
    const { turns, earlier } = await this.#turns(id);
    if (id === this.id) for (const shown of turns) this.#take(shown);
    return earlier;
  }

  /** Ask. `key` makes it the same question again, where nobody knows whether it has arrived. */
  async ask(prompt, context, key) {
    const id = this.id;
    const body = { conversation_id: id, messages: [{ role: "user", content: prompt }], context };
    const headers = { Prefer: "respond-async", "Idempotency-Key": key };
    const { turn_id: turnId } = await this.about.api.post("v1/chat", body, headers);
    const shown = await this.about.api.get(`page/turns/${turnId}`);
    this.changed(id);
    if (id !== this.id) return;
    this.#take(shown);
    this.turns.get(turnId).article.scrollIntoView({ block: "start" });
  }

  last() {
    return [...this.turns.values()].at(-1);
  }

  #turns(id, before = "") {
    return this.about.api.get(`page/conversations/${encodeURIComponent(id)}${before}`);
  }

  /** What stands before the first; what is being read stays where it is. */
  async #before() {
    const id = this.id;
    const [first] = this.turns.values();
    const { turns, earlier } = await this.#turns(id, `?before=${first.id}`);
    if (id !== this.id) return;
    const stood = first.article.getBoundingClientRect().top;
    const above = turns.filter((shown) => !this.turns.has(shown.turn_id)).map((shown) => new Turn(shown, this.about));
    this.turns = new Map([...above.map((turn) => [turn.id, turn]), ...this.turns]);
    this.place.prepend(...above.map((turn) => turn.article));
    this.earlier.hidden = !earlier;
    if (this.earlier.hidden) heard(above.at(-1)?.article);
    scrollBy({ top: first.article.getBoundingClientRect().top - stood, behavior: "instant" });
    this.#entitle();
  }

  #take(shown) {
    const there = this.turns.get(shown.turn_id);
    if (there) return there.update(shown);
    const turn = new Turn(shown, this.about);
    this.turns.set(shown.turn_id, turn);
    this.place.append(turn.article);
    this.greeting.hidden = true;
    this.#entitle();
    return undefined;
  }

  #clear() {
    for (const turn of this.turns.values()) turn.leave();
    this.turns.clear();
    this.earlier.hidden = true;
    this.place.replaceChildren();
    this.#entitle();
  }

  /** So that tabs can be told apart. */
  #entitle() {
    const first = this.place.querySelector(".question")?.textContent.trim().split("\n", 1)[0];
    const { name } = this.about.words;
    document.title = first ? `${first.slice(0, 60)} · ${name}` : name;
  }
}

/** Who goes by keyboard, or listens, is there; a button that is gone would send them to the top. */
function heard(article) {
  article?.setAttribute("tabindex", "-1");
  article?.focus({ preventScroll: true });
}

/** A name for a new conversation, that nobody else has. */
export function freshName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `page-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
