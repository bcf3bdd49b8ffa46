// Reading QR codes out of pictures: the browser's own BarcodeDetector, and zxing-wasm where there is none or where it finds nothing in
// a photo. Pictures never leave the device.

let zxing = null;
let detector = null;

export async function readPicture(bitmap, { thorough }) {
  const text = await detect(bitmap);
  if (text !== null || (!thorough && detector)) return text;
  return readByZxing(bitmap);
}

async function detect(bitmap) {
  if (!("BarcodeDetector" in globalThis)) return null;
  try {
    detector ??= new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    return (await detector.detect(bitmap))[0]?.rawValue ?? null;
  } catch {
    detector = null;
    return null;
  }
}

async function readByZxing(bitmap) {
  zxing ??= loadZxing();
  const { readBarcodes } = await zxing;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const picture = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const found = await readBarcodes(picture, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 });
  return found.find((one) => one.isValid)?.text ?? null;
}

async function loadZxing() {
  const library = await import("../vendor/zxing/reader/index.js");
  // Its own default is a server of others.
  const wasm = new URL("../vendor/zxing/zxing_reader.wasm", import.meta.url).href;
  await library.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return library;
}
