/** Load every file of a generated gem by the Ruby that is made for WebAssembly: node ruby.mjs LIB STUBS */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { WASI } from "node:wasi";

const [lib, stubs] = process.argv.slice(2);
const require = createRequire(join(process.cwd(), "package.json"));
const { RubyVM } = require("@ruby/wasm-wasi");
const ruby = join(process.cwd(), "node_modules/@ruby/3.4-wasm-wasi/dist/ruby+stdlib.wasm");
const wasip1 = new WASI({ version: "preview1", returnOnExit: true, preopens: { "/lib": lib, "/stubs": stubs } });
const module = await WebAssembly.compile(await readFile(ruby));
const { vm } = await RubyVM.instantiateModule({ module, wasip1, args: ["ruby.wasm", "-EUTF-8", "-e_=0"] });
const operations = vm.eval(`
  $LOAD_PATH.unshift("/lib", "/stubs")
  require "openapi_client"
  Dir["/lib/**/*.rb"].sort.each { |path| require path }
  OpenapiClient::TasksApi.instance_methods(false).size
`);
console.log(operations.toString());
