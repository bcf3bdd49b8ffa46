// Reading QR codes out of pictures: the browser's own BarcodeDetector, and zxing-wasm where there is none or where it finds nothing in
// a photo. Pictures never leave the device.

let zxing = null;
let detector = null;

const MOST_CODES = 8;

// The texts of the codes that are found.
export async function readPicture(bitmap, { thorough }) {
  const texts = await detect(bitmap);
  if (texts.length || (!thorough && detector)) return texts;
  return readByZxing(bitmap);
}

async function detect(bitmap) {
  if (!("BarcodeDetector" in globalThis)) return [];
  try {
    detector ??= new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    return (await detector.detect(bitmap)).map(({ rawValue }) => rawValue);
  } catch {
    detector = null;
    return [];
  }
}

async function readByZxing(bitmap) {
  zxing ??= loadZxing();
  const { readBarcodes } = await zxing;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const picture = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const found = await readBarcodes(picture, { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: MOST_CODES });
  return found.filter((one) => one.isValid).map((one) => one.text);
}

async function loadZxing() {
  const library = await import("../vendor/zxing/reader/index.js");
  // Its own default is a server of others.
  const wasm = new URL("../vendor/zxing/zxing_reader.wasm", import.meta.url).href;
  await library.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return library;
}
