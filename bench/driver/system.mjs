// What driver.c needs, in JavaScript.
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// usage: node system.mjs MODULE.wasm check STEPS
//        node system.mjs MODULE.wasm measure 1|0 SECONDS
import { readFileSync } from "node:fs";

const alignment = 64;
const pageBytes = 65536;
const [path, command, ...numbers] = process.argv.slice(2);
const lines = [];
let end; // of the memory that has been taken

const env = {
  take(bytes) {
    const memory = instance.exports.memory;
    const block = Math.ceil(end / alignment) * alignment;
    end = block + Number(bytes);
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return block;
  },
  now: () => performance.now() / 1000,
  put: (number) => lines.push(Number(number.toPrecision(9))),
};
// libm, for double precision.
for (const name of ["exp", "log", "pow", "tanh", "sin", "cos"]) env[name] = Math[name];

const module = new WebAssembly.Module(readFileSync(path));
const instance = new WebAssembly.Instance(module, { env });
end = instance.exports.__heap_base.value;
const status = instance.exports[command](...numbers.map(Number));
console.log(lines.join("\n"));
process.exitCode = status ? 1 : 0;
