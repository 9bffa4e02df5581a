/* Pure. A draft as it grows, in blocks that look much like what the server will make of it at the end.

   It is never HTML: each block is plain text that the page shows as such. */

const FENCE = /^\s*(```|~~~)/;
const HEADING = /^\s{0,3}(#{1,6})\s+/;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+/;

/** Markdown → [{kind: "h1" … "h6" | "item" | "code" | "paragraph", text}]; the last of them is still being written. */
export function blocks(markdown) {
  const found = [];
  let code = null;
  for (const line of markdown.split("\n")) {
    if (FENCE.test(line)) {
      code = code ? null : add(found, "code", "");
    } else if (code) {
      code.text += (code.text ? "\n" : "") + line;
    } else {
      readLine(found, line);
    }
  }
  return found.filter((block) => block.text.trim()).map(({ kind, text }) => ({ kind, text: text.trimEnd() }));
}

function readLine(found, line) {
  const last = found.at(-1);
  if (!line.trim()) add(found, "blank", "");
  else if (HEADING.test(line)) add(found, `h${HEADING.exec(line)[1].length}`, bare(line.replace(HEADING, "")));
  else if (ITEM.test(line)) add(found, "item", bare(line.replace(ITEM, "$1$2 ").replace(/^(\s*)[-*+] /, "$1• ")));
  else if (last && (last.kind === "paragraph" || last.kind === "item")) last.text += ` ${bare(line.trim())}`;
  else add(found, "paragraph", bare(line));
}

function add(found, kind, text) {
  const block = { kind, text };
  found.push(block);
  return block;
}

/** Without the marks of emphasis. */
function bare(text) {
  return text.replace(/\*\*|__|`/g, "").replace(/(^|\W)[*_](?=\S)|(\S)[*_](?=\W|$)/g, "$1$2");
}
