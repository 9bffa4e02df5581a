/* One turn on the page: followed while it is under way, then shown as the server renders it, in the same place. */

import { Follower } from "./follow.js";
import { begin, fold } from "./fold.js";
import { Live } from "./live.js";
import { filled } from "./words.js";

const AGAIN = 2000; // milliseconds until what could not be fetched is tried for again

export class Turn {
  #follower = null;
  #live = null;
  #left = false;

  /** `about`: {api, token, words, lines}; `shown`: as the server shows it, {turn_id, generation, ended, html, markdown}. */
  constructor(shown, about) {
    this.about = about;
    this.id = shown.turn_id;
    this.state = begin(about.words.order);
    this.#show(shown);
    if (!shown.ended) this.follow();
  }

  /** The newest of it; what is the same stays as it is. */
  update(shown) {
    if (this.#follower || (shown.ended === this.ended && shown.generation === this.generation)) return;
    this.#show(shown);
    if (!shown.ended) this.follow();
  }

  /** Draw what happens from now on, and what was missed. */
  follow() {
    if (this.#left) return;
    this.stop();
    const now = () => this.about.api.now();
    this.#live = new Live(this.article, this.about.words, now, this.generation > 1 ? now() : undefined);
    this.#follower = new Follower(this.id, this.about.token, () => this.state.seq, {
      event: (event) => this.#happened(event),
      over: () => this.#ended(),
      refused: (status, token) => this.#refused(status, token),
      lost: (seconds) => this.about.lines.lost(this.id, seconds),
      back: () => this.about.lines.back(this.id),
    });
  }

  /** It is not shown any more. */
  leave() {
    this.#left = true;
    this.stop();
  }

  stop() {
    this.#follower?.stop();
    this.#live?.stop();
    this.#follower = this.#live = null;
    this.about.lines.back(this.id);
  }

  async refresh() {
    this.update(await this.about.api.get(`page/turns/${this.id}`));
  }

  #happened(event) {
    const before = this.state;
    this.state = fold(before, event);
    this.#live?.draw(this.state);
    this.#speak(event, before);
  }

  /** To ears: what was begun and what was done, but not each word. */
  #speak(event, before) {
    const { words, lines } = this.about;
    if (event.type === "stage.delta" || event.seq <= before.seq) return;
    const title = words.titles[event.stage];
    if (event.type === "stage.started") lines.speak(filled(words.at_work, { title }));
    if (event.type === "stage.completed") lines.speak(filled(words.done, { title, note: event.note }));
  }

  /** All was said: what has become of it is the server's to say. It may have been begun again meanwhile. */
  async #ended() {
    this.stop();
    const shown = await this.about.api.get(`page/turns/${this.id}`).catch(() => null);
    if (!shown) return setTimeout(() => this.follow(), AGAIN);
    this.#show(shown);
    return shown.ended ? this.#speakEnd(shown) : this.follow();
  }

  #speakEnd(shown) {
    const { words, lines } = this.about;
    const why = this.article.querySelector(".state .words").textContent;
    lines.speak(shown.markdown ? words.ended : filled(words.no_answer, { why }));
  }

  async #refused(status, token) {
    this.stop();
    if (status === 401) {
      await this.about.token.refused(token);
      this.follow();
    } else {
      await this.refresh().catch((problem) => this.about.lines.notice(problem.message));
    }
  }

  /** In the place of what was there; who was in it with the keyboard stays in it. */
  #show(shown) {
    Object.assign(this, { generation: shown.generation, ended: shown.ended, markdown: shown.markdown });
    const article = parsed(shown.html);
    const focused = this.article?.contains(document.activeElement);
    this.article?.replaceWith(article);
    this.article = article;
    if (focused) focus(article);
  }
}

/** The server's HTML: sanitised there, and powerless under this page's policy. */
function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function focus(article) {
  article.tabIndex = -1;
  article.focus({ preventScroll: true });
}
