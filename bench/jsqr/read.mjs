// Reads grey pictures from standard input, one after the other: width and height (4 bytes each), then the pixels.
// Writes a line for each: what jsQR read, as JSON, or null.

import jsqrModule from "jsqr";

const jsQR = jsqrModule.default ?? jsqrModule;
let waiting = Buffer.alloc(0);

for await (const chunk of process.stdin) {
  waiting = Buffer.concat([waiting, chunk]);
  while (waiting.length >= 8) {
    const width = waiting.readUInt32BE(0);
    const height = waiting.readUInt32BE(4);
    const size = width * height;
    if (waiting.length < 8 + size) break;
    const pixels = new Uint8ClampedArray(4 * size).fill(255);
    for (let place = 0; place < size; place += 1) {
      pixels.fill(waiting[8 + place], 4 * place, 4 * place + 3);
    }
    waiting = waiting.subarray(8 + size);
    const found = jsQR(pixels, width, height);
    process.stdout.write(`${JSON.stringify(found ? found.data : null)}\n`);
  }
}
