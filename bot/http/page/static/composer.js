/* Where a question is typed: Enter sends it, Shift+Enter begins a new line. What was not taken stays there. */

import { freshName } from "./conversation.js";

export class Composer {
  #key = null;
  #place = null;
  #sending = false;

  constructor(conversation, about) {
    this.conversation = conversation;
    this.about = about;
    this.form = document.querySelector("#ask");
    this.prompt = document.querySelector("#prompt");
    this.send = document.querySelector("#send");
    this.form.addEventListener("submit", (event) => this.#submitted(event));
    this.prompt.addEventListener("keydown", (event) => this.#keyed(event));
    this.form.addEventListener("input", () => this.#typed());
  }

  /** What is typed anew is another question. */
  #typed() {
    this.#key = null;
    this.about.lines.notice("");
    if (!CSS.supports("field-sizing", "content")) this.#grow();
  }

  #grow() {
    this.prompt.style.height = "auto";
    this.prompt.style.height = `${this.prompt.scrollHeight}px`;
  }

  #keyed(event) {
    if (event.key === "Escape") this.prompt.blur();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  async #submitted(event) {
    event.preventDefault();
    const prompt = this.prompt.value.trim();
    if (!prompt || this.#sending) return;
    if (this.#place !== this.conversation.id) this.#key = null; // elsewhere it is another question
    this.#place = this.conversation.id;
    this.#key ??= freshName();
    this.#sending = this.send.disabled = true;
    try {
      await this.conversation.ask(prompt, this.#context(), this.#key);
      if (this.prompt.value.trim() === prompt) this.prompt.value = ""; // else the next one is being typed already
      this.#typed();
    } catch (problem) {
      this.about.lines.notice(problem.message);
    } finally {
      this.#sending = this.send.disabled = false;
    }
  }

  #context() {
    const fields = new FormData(this.form);
    const given = ["tone", "length"].map((name) => [name, String(fields.get(name) ?? "").trim()]);
    return Object.fromEntries(given.filter(([, value]) => value));
  }
}
