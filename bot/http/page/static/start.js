/* Begins: puts the parts together, opens the conversation of the address, and hears of the other tabs. */

import { Acting } from "./acting.js";
import { Api } from "./api.js";
import { Composer } from "./composer.js";
import { Conversation, freshName } from "./conversation.js";
import { Lines } from "./lines.js";
import { List } from "./list.js";
import { Token } from "./token.js";
import { Words } from "./words.js";

const words = new Words(await (await fetch("page/words.json")).json());
const lines = new Lines(words);
const token = new Token(document.querySelector("#who"));
const api = new Api(token, words);
const tabs = new BroadcastChannel("orchestrator");
const about = { api, token, words, lines };
const conversation = new Conversation(about, (id) => tabs.postMessage(id));

new Acting(conversation, about);
new Composer(conversation, about);
new List(about, goTo);
document.querySelector("#new").addEventListener("click", async () => {
  await goTo(freshName());
  document.querySelector("#prompt").focus();
});
addEventListener("popstate", shown);
addEventListener("online", renewed);
document.addEventListener("visibilitychange", () => document.hidden || renewed());
tabs.addEventListener("message", ({ data }) => data === conversation.id && renewed());

await shown();
document.querySelector("#prompt").focus({ preventScroll: true });
document.documentElement.dataset.ready = "yes";

function goTo(id) {
  history.pushState(null, "", `?${new URLSearchParams({ conversation: id })}`);
  return shown();
}

/** The conversation that the address names; a new one where it names none. */
async function shown() {
  const id = new URLSearchParams(location.search).get("conversation");
  if (id && id === conversation.id) return undefined;
  lines.notice("");
  if (id) return conversation.open(id).catch((problem) => lines.notice(problem.message));
  const fresh = freshName();
  history.replaceState(null, "", `?${new URLSearchParams({ conversation: fresh })}`);
  await token.known();
  return conversation.begin(fresh);
}

async function renewed() {
  if (conversation.id) await conversation.refresh().catch(() => {});
}
