/* The list of conversations: opened over the page, closed by Escape. */

export class List {
  #before = null;

  constructor({ api, lines }, chosen) {
    this.api = api;
    this.lines = lines;
    this.chosen = chosen;
    this.dialog = document.querySelector("#list");
    this.entries = document.querySelector("#conversations");
    this.none = document.querySelector("#no-conversations");
    this.older = document.querySelector("#older");
    document.querySelector("#open-list").addEventListener("click", () => this.open());
    this.older.addEventListener("click", () => this.#more());
    this.dialog.addEventListener("click", (event) => this.#clicked(event));
  }

  async open() {
    this.entries.replaceChildren();
    this.#before = null;
    this.none.hidden = this.older.hidden = true;
    this.dialog.showModal();
    await this.#more();
    this.entries.querySelector("button")?.focus();
  }

  async #more() {
    const before = this.#before === null ? "" : `&before=${this.#before}`;
    const { conversations, next } = await this.api.get(`v1/conversations?limit=30${before}`).catch((problem) => this.#failed(problem));
    this.entries.append(...conversations.map(entry));
    this.none.hidden = this.entries.childElementCount > 0;
    this.#before = next;
    this.older.hidden = next === null || next === undefined;
  }

  /** Behind the list nobody would read why. */
  #failed(problem) {
    this.dialog.close();
    this.lines.notice(problem.message);
    return { conversations: [], next: null };
  }

  #clicked(event) {
    const one = event.target.closest("[data-conversation]");
    if (one) this.chosen(one.dataset.conversation);
    if (one || event.target === this.dialog || event.target.closest("[data-close]")) this.dialog.close();
  }
}

function entry({ conversation_id: id, title, last_at: at }) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const when = document.createElement("time");
  button.type = "button";
  button.dataset.conversation = id;
  if (id === new URLSearchParams(location.search).get("conversation")) button.setAttribute("aria-current", "true");
  button.append(firstLine(title));
  when.dateTime = at;
  when.textContent = new Date(at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
  button.append(when);
  item.append(button);
  return item;
}

function firstLine(title) {
  const line = document.createElement("span");
  line.textContent = title.trim().split("\n", 1)[0];
  return line;
}
