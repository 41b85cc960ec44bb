/** Pictures are made as small as modules take them before they are sent. */

/** What modules take at most; px. */
const SIDE = 1080;
/** As it is goes what a proxy lets through that nobody has set up; bytes. */
const SMALL = 1_000_000;
const QUALITY = 0.92;
const PLAIN = /^image\/(jpeg|png|webp)$/;
const PICTURE = /^image\/|\.(hei[cf]|avif)$/i;

/** So much in the middle of a picture is measured; px. */
const MEASURED = 256;
/** Mean brightness of 0 to 255, and how much neighbors differ at its edges. */
const DARK = 60;
const BRIGHT = 215;
const BLURRED = 10;
const EDGES = 0.99;
/** The shorter side; px. */
const SHORT = 200;

/**
 * What makes a picture hard to recognize somebody on, as keys of the words.
 * @param {string} url
 * @returns {Promise<string[]>}
 */
export async function flaws(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = document.createElement("canvas");
  const side = (canvas.width = canvas.height = Math.min(MEASURED, width, height));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, (side - width) / 2, (side - height) / 2);
  const { data } = context.getImageData(0, 0, side, side);
  const gray = Array.from(
    { length: side * side },
    (_, at) => 0.3 * data[4 * at] + 0.6 * data[4 * at + 1] + 0.1 * data[4 * at + 2],
  );
  const light = gray.reduce((sum, one) => sum + one, 0) / gray.length;
  const steps = gray.map((one, at) => Math.abs(one - (gray[at + 1] ?? one)));
  const edge = steps.sort((one, two) => one - two)[Math.floor(EDGES * steps.length)];
  const found = {
    too_dark: light < DARK,
    too_bright: light > BRIGHT,
    // In the dark there are no edges.
    too_blurred: light >= DARK && edge < BLURRED,
    too_small: Math.min(width, height) < SHORT,
  };
  return Object.entries(found).flatMap(([key, is]) => (is ? [key] : []));
}

/** How large a picture becomes. @param {number} width @param {number} height */
export function fitted(width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  return [width, height].map((side) => Math.max(1, Math.round(side * scale)));
}

/**
 * A picture as JPEG of at most 1080 × 1080 px. What this browser cannot read, and what is
 * small already, is returned as it is.
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export async function shrunk(file) {
  const name = file instanceof File ? file.name : "";
  if (!PICTURE.test(file.type) && !PICTURE.test(name)) return file;
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const [width, height] = fitted(image.naturalWidth, image.naturalHeight);
    if (!image.naturalWidth) return file;
    const same = width === image.naturalWidth && height === image.naturalHeight;
    if (same && PLAIN.test(file.type) && file.size < SMALL) return file;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.imageSmoothingQuality = "high";
    // As on the server: what is transparent becomes white.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    /** @type {Blob | null} */
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return blob ?? file;
  } catch {
    return file;
  } finally {
    URL.revokeObjectURL(url);
  }
}
