/* Pure. Says what wording.py says elsewhere, with its words: they come from the server, once. */

export function filled(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** "0:19" */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class Words {
  #ordinal = new Intl.PluralRules("en", { type: "ordinal" });
  #plural = new Intl.PluralRules("en");

  constructor(words) {
    Object.assign(this, words);
    this.order = Object.keys(words.titles);
  }

  /** "1st", "2nd", "11th" */
  nth(n) {
    return `${n}${this.ordinals[this.#ordinal.select(n)]}`;
  }

  queuedAt(position) {
    return filled(this.queued, { place: this.nth(position) });
  }

  workingAt(number, seconds) {
    return filled(this.working, { number, of: this.order.length, clock: clock(seconds) });
  }

  wordsSoFar(count) {
    return filled(this.so_far[this.#plural.select(count)], { count: count.toLocaleString("en-US") });
  }

  /** "0.4 s", "12 s", "2 min 5 s" */
  duration(seconds) {
    if (seconds < 9.95) return filled(this.seconds, { seconds: seconds % 1 ? seconds.toFixed(1) : seconds });
    const whole = Math.round(seconds);
    if (whole < 60) return filled(this.seconds, { seconds: whole });
    return filled(this.minutes, { minutes: Math.floor(whole / 60), seconds: whole % 60 });
  }

  /** What is said of a stage behind its title. */
  ofStage(stage) {
    switch (stage.status) {
      case "done":
        return [stage.note, this.duration(stage.seconds ?? 0)].filter(Boolean).join(" · ");
      case "running":
        return stage.words ? this.wordsSoFar(stage.words) : "";
      case "failed":
        return this.failed;
      case "stopped":
        return this.stopped;
      default:
        return "";
    }
  }
}
