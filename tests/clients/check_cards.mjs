// Renders Adaptive Cards with Microsoft's own JavaScript renderer and says what it finds wrong with them.
//
//   node check_cards.mjs < cards.json     where cards.json is an array of {name, card}
//
// Needs the npm packages adaptivecards, markdown-it and jsdom, found through NODE_PATH. Prints one
// line of JSON for each card: {name, problems, text, links, emphasis}; exits 1 where there is any problem.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { JSDOM } = require("jsdom");
const page = new JSDOM("<!doctype html><body></body>").window;
globalThis.window = page;
globalThis.self = page;
for (const name of Object.getOwnPropertyNames(page)) {
  if (/^(document|HTML.*|Node|Element|Event|KeyboardEvent|MouseEvent|DOMParser)$/.test(name)) globalThis[name] ??= page[name];
}
// jsdom does not lay text out and so has no innerText, which the renderer writes labels with.
Object.defineProperty(page.HTMLElement.prototype, "innerText", {
  get() { return this.textContent; },
  set(value) { this.textContent = value; },
});

const AC = require("adaptivecards/dist/adaptivecards.js");
const markdown = require("markdown-it")();
AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};

const LARGEST = 28 * 1024;
const target = new AC.Version(1, 5);

function check({ name, card }) {
  const problems = [];
  const context = new AC.SerializationContext(target);
  const parsed = new AC.AdaptiveCard();
  parsed.parse(card, context);
  for (let number = 0; number < context.eventCount; number += 1) problems.push(context.getEventAt(number).message);
  for (const event of parsed.validateProperties().validationEvents) problems.push(event.message);
  if (parsed.version.compareTo(target) > 0) problems.push(`version ${parsed.version} is over 1.5`);
  const bytes = Buffer.byteLength(JSON.stringify(card));
  if (bytes > LARGEST) problems.push(`${bytes} bytes are over 28 kB`);
  if (!card.fallbackText) problems.push("there is no plain text for old clients");
  const warned = [];
  const warn = console.warn;
  console.warn = (...words) => warned.push(words.join(" "));
  const shown = parsed.render();
  console.warn = warn;
  problems.push(...warned);
  if (!shown) problems.push("nothing was rendered");
  for (const input of parsed.getAllInputs()) {
    if (!input.label) problems.push(`input ${input.id} has no label`);
    if (input.isRequired && !input.errorMessage) problems.push(`input ${input.id} has no error message`);
  }
  for (const image of shown?.querySelectorAll("img") ?? []) {
    if (!image.alt) problems.push(`the image ${image.src} has no alt text`);
  }
  for (const each of shown?.querySelectorAll("p, div, span") ?? []) each.append(" ");
  return {
    name,
    problems,
    text: (shown?.textContent ?? "").replace(/\s+/g, " "),
    links: [...(shown?.querySelectorAll("a[href]") ?? [])].map((link) => link.getAttribute("href")),
    emphasis: [...(shown?.querySelectorAll("em, strong, code, li, h1, h2, img, blockquote") ?? [])].map((each) => each.outerHTML),
  };
}

const found = JSON.parse(readFileSync(0, "utf8")).map(check);
for (const each of found) console.log(JSON.stringify(each));
process.exitCode = found.some((each) => each.problems.length) ? 1 : 0;
