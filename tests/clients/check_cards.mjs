// Holds Adaptive Cards against Microsoft's own schema, renders them with Microsoft's own JavaScript renderer,
// and says what it finds wrong with them.
//
//   node check_cards.mjs SCHEMA < cards.json     where cards.json is an array of {name, card}
//
// SCHEMA is the official schema of version 1.5 (adaptive-card.json). Needs the npm packages adaptivecards, ajv,
// ajv-formats, markdown-it and jsdom, found through NODE_PATH. Prints one
// line of JSON for each card: {name, problems, text, links, emphasis}; exits 1 where there is any problem.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { JSDOM } = require("jsdom");
const Ajv = require("ajv").default;
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

const ajv = new Ajv({ strict: false, allErrors: true });
require("ajv-formats")(ajv);
ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));
const { id, ...schema } = JSON.parse(readFileSync(process.argv[2], "utf8"));
ajv.addSchema({ ...schema, $id: id });
const kinds = Object.keys(schema.definitions);

// The schema gives an element as a choice of all kinds, and each kind has something to say: so each part is held
// against its own kind alone. "msteams" is Teams' own addition to a card (its width), which the schema does not know.
function againstSchema({ msteams, ...card }) {
  if (ajv.validate(id, card)) return [];
  const found = partsAgainstSchema(card, "");
  const problems = found.length ? found : ["the card as a whole does not fit"];
  return problems.map((problem) => `schema: ${problem}`);
}

function partsAgainstSchema(part, path) {
  if (typeof part !== "object" || part === null) return [];
  const problems = Object.entries(part).flatMap(([name, each]) => (name === "data" ? [] : partsAgainstSchema(each, `${path}/${name}`)));
  if (Array.isArray(part) || !part.type) return problems;
  const kind = `${path || "the card"} (${part.type})`;
  if (!kinds.includes(part.type)) return [...problems, `${kind} is of no known kind`];
  if (ajv.validate(`${id}#/definitions/${part.type}`, part)) return problems;
  const own = ajv.errors.filter((error) => !inside(part, error.instancePath));
  return [...problems, ...own.map((error) => `${kind}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`)];
}

// Whether a path leads into a part that has a kind of its own.
function inside(part, path) {
  let found = part;
  return path.split("/").slice(1).some((key) => (found = found?.[key])?.type);
}

function check({ name, card }) {
  const problems = againstSchema(card);
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
