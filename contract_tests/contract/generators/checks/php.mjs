/** Read every file of a generated package by the grammar of PHP 8.3: node php.mjs LIB */
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const lib = process.argv[2];
const { Engine } = createRequire(join(process.cwd(), "package.json"))("php-parser");
const engine = new Engine({ parser: { version: "8.3", suppressErrors: false, extractDoc: true } });
let count = 0;
for (const name of await readdir(lib, { recursive: true })) {
  if (!name.endsWith(".php")) continue;
  engine.parseCode(await readFile(join(lib, name), "utf-8"), name);
  count += 1;
}
console.log(count);
