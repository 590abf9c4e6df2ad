// Resolves credentials once, as every client of the SDK does, and prints whose they are. Nothing else is printed.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultProvider } from "@aws-sdk/credential-provider-node";

const entry = fileURLToPath(import.meta.resolve("@aws-sdk/credential-provider-node"));
const folder = entry.slice(0, entry.lastIndexOf("credential-provider-node") + "credential-provider-node".length);
const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
let answer;
try {
  answer = { accessKeyId: (await defaultProvider()()).accessKeyId };
} catch (error) {
  answer = { error: error.name };
}
console.log(JSON.stringify({ sdk: `${name} ${version}`, ...answer }));
process.exit(0);
