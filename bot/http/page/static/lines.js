/* The page. What is said below: that the connection is lost, why something did not work; and to ears, what happens. */

import { filled } from "./words.js";

export class Lines {
  #lost = new Set();
  #countdown = null;

  constructor(words) {
    this.words = words;
    this.connection = document.querySelector("#connection");
    this.noticed = document.querySelector("#notice");
    this.spoken = document.querySelector("#spoken");
  }

  /** A turn has lost its connection, and tries again in so many seconds. */
  lost(turnId, seconds) {
    this.#lost.add(turnId);
    clearInterval(this.#countdown);
    let left = seconds;
    this.#say(left);
    this.#countdown = setInterval(() => this.#say(--left), 1000);
  }

  back(turnId) {
    this.#lost.delete(turnId);
    if (this.#lost.size) return;
    clearInterval(this.#countdown);
    this.connection.hidden = true;
  }

  #say(left) {
    this.connection.hidden = false;
    const wait = this.words.duration(Math.max(0, left));
    this.connection.textContent = left > 0 ? filled(this.words.offline, { seconds: wait }) : this.words.trying;
  }

  notice(said) {
    this.noticed.textContent = said;
    this.noticed.hidden = !said;
  }

  speak(said) {
    this.spoken.textContent = said;
  }
}
