import type { Fitting } from '../../../data/dataset.ts';
import type { Description } from '../description.ts';
import type { LoadingLines } from '../format.ts';

/** Gives the lines that load an exported ONNX file and ask it about a photo. */
export function onnxLines(file: string, { imageSize, resizing, classNames }: Description): LoadingLines[] {
  const [height, width] = imageSize;
  const path = JSON.stringify(file);
  const check = JSON.stringify(`${file.slice(0, file.lastIndexOf('/'))}/check.json`);
  return [
    {
      language: 'Python',
      needs: ['onnxruntime', 'pillow', 'numpy'],
      code: [
        'import json, numpy, onnxruntime',
        'from PIL import Image, ImageOps',
        `session = onnxruntime.InferenceSession(${path}, providers=["CPUExecutionProvider"])`,
        'names = json.loads(session.get_modelmeta().custom_metadata_map["classNames"])',
        'photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")',
        `image = ${pillow(resizing, width, height)}`,
        '[probabilities] = session.run(["probabilities"], {"images": numpy.asarray(image)[None]})',
        'print(names[probabilities[0].argmax()], probabilities[0].max())',
      ].join('\n'),
    },
    {
      language: 'Node',
      needs: ['onnxruntime-node', 'sharp'],
      code: [
        "import { readFileSync } from 'node:fs';",
        "import ort from 'onnxruntime-node';",
        "import sharp from 'sharp';",
        `const session = await ort.InferenceSession.create(${path});`,
        `const { classNames } = JSON.parse(readFileSync(${check}, 'utf8'));`,
        `const photo = sharp('photo.jpg').rotate()${sharpSteps(resizing, width, height)}.removeAlpha().toColourspace('srgb');`,
        `const images = new ort.Tensor('uint8', await photo.raw().toBuffer(), [1, ${height}, ${width}, 3]);`,
        'const { probabilities } = await session.run({ images });',
        `const best = probabilities.data.indexOf(Math.max(...probabilities.data)); // of ${classNames.length}`,
        'console.log(classNames[best], probabilities.data[best]);',
      ].join('\n'),
    },
  ];
}

/** Pillow's filters by the interpolation; the two that enlarge without antialias shrink with it, as Graft does. */
export const PILLOW: Readonly<Record<Fitting['interpolation'], string>> = {
  nearest: 'NEAREST',
  bilinear: 'BILINEAR',
  'bilinear-antialias': 'BILINEAR',
  bicubic: 'BICUBIC',
  'bicubic-keys': 'BICUBIC',
  lanczos3: 'LANCZOS',
  area: 'BOX',
};

/** Writes in Pillow how a photo is brought to a size. */
export function pillow({ fit, cropFraction, interpolation }: Fitting, width: number, height: number): string {
  const filter = `Image.Resampling.${PILLOW[interpolation]}`;
  const size = `(${width}, ${height})`;
  const whole = scaledSide(width, cropFraction);
  if (fit === 'squash') return `photo.resize(${size}, ${filter})`;
  if (fit === 'pad') return `ImageOps.pad(photo, ${size}, ${filter})`;
  if (fit === 'crop' || fit === 'crop-floor')
    return `ImageOps.fit(photo, ${size}, ${filter}${whole === width ? '' : `, bleed=${(1 - cropFraction) / 2}`})`;
  const before = Math.floor((whole - width) / 2);
  return `photo.resize((${whole}, ${whole}), ${filter}).crop((${before}, ${before}, ${before + width}, ${before + height}))`;
}

/** Sharp's kernels by the interpolation; it has no box. */
export const SHARP: Readonly<Record<Fitting['interpolation'], string>> = {
  nearest: 'nearest',
  bilinear: 'linear',
  'bilinear-antialias': 'linear',
  bicubic: 'cubic',
  'bicubic-keys': 'cubic',
  lanczos3: 'lanczos3',
  area: 'linear',
};

/** Writes in sharp how a photo is brought to a size. */
export function sharpSteps({ fit, cropFraction, interpolation }: Fitting, width: number, height: number): string {
  const kernel = `kernel: '${SHARP[interpolation]}'`;
  if (fit === 'squash') return `.resize(${width}, ${height}, { fit: 'fill', ${kernel} })`;
  if (fit === 'pad') return `.resize(${width}, ${height}, { fit: 'contain', background: 'black', ${kernel} })`;
  const whole = scaledSide(width, cropFraction);
  const scaled = fit === 'crop' || fit === 'crop-floor' ? 'cover' : 'fill';
  const before = Math.floor((whole - width) / 2);
  const cut =
    whole === width ? '' : `.extract({ left: ${before}, top: ${before}, width: ${width}, height: ${height} })`;
  return `.resize(${whole}, ${whole}, { fit: '${scaled}', ${kernel} })${cut}`;
}

const scaledSide = (side: number, cropFraction: number): number => Math.floor(side / cropFraction + 1e-9);
