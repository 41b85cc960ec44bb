/** Pictures are made as small as modules take them before they are sent. */

/** What modules take at most; px. */
const SIDE = 1080;
/** As it is goes what a proxy lets through that nobody has set up; bytes. */
const SMALL = 1_000_000;
const QUALITY = 0.92;
const PLAIN = /^image\/(jpeg|png|webp)$/;
const PICTURE = /^image\/|\.(hei[cf]|avif)$/i;

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
