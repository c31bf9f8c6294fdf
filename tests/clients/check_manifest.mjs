// Checks a Teams manifest against the official schema of its own version: node check_manifest.mjs manifest.json
//
// Needs the npm packages @microsoft/app-manifest, ajv-draft-04 and ajv-formats, found through NODE_PATH.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const Ajv = require("ajv-draft-04");
const manifest = JSON.parse(readFileSync(process.argv[2], "utf8"));
const home = dirname(require.resolve("@microsoft/app-manifest/package.json"));
const version = `v${manifest.manifestVersion}`;
const schema = readFileSync(join(home, "build/json-schemas/teams", version, "MicrosoftTeams.schema.json"), "utf8");
const ajv = new Ajv({ strict: false, allErrors: true });
require("ajv-formats")(ajv);
const valid = ajv.validate(JSON.parse(schema), manifest);
for (const each of ajv.errors ?? []) console.log(each.instancePath, each.message, JSON.stringify(each.params));
console.log(valid ? `valid against ${version}` : `not valid against ${version}`);
process.exitCode = valid ? 0 : 1;
