import type { Description } from '../description.ts';
import type { LoadingLines } from '../format.ts';
import { SHARP, sharpSteps } from './onnx-lines.ts';
import type { Upscaling } from '../upscaling.ts';

/** Gives the lines that load an exported model of TensorFlow.js and ask it about a photo. */
export function tfjsLines(
  folder: string,
  { imageSize, resizing }: Description,
  upscaling: Upscaling | undefined,
): LoadingLines[] {
  const [height, width] = imageSize;
  const [tall, wide] = upscaling ? upscaling.to : imageSize;
  return [
    {
      language: 'Node',
      needs: ['@tensorflow/tfjs-node', 'sharp'],
      code: [
        "import tf from '@tensorflow/tfjs-node';",
        "import sharp from 'sharp';",
        `const model = await tf.loadLayersModel(tf.io.fileSystem(${JSON.stringify(`${folder}/model.json`)}));`,
        'const { classNames } = model.getUserDefinedMetadata();',
        `${upscaling ? 'const small' : 'const photo'} = await sharp('photo.jpg').rotate()${sharpSteps(resizing, width, height)}.removeAlpha().toColourspace('srgb').raw().toBuffer();`,
        ...(upscaling
          ? [
              `const raw = { width: ${width}, height: ${height}, channels: 3 };`,
              `const photo = await sharp(small, { raw }).resize(${wide}, ${tall}, { fit: 'fill', kernel: '${SHARP[upscaling.interpolation]}' }).raw().toBuffer();`,
            ]
          : []),
        `const probabilities = await model.predict(tf.tensor4d(photo, [1, ${tall}, ${wide}, 3], 'float32')).data();`,
        'const best = probabilities.indexOf(Math.max(...probabilities));',
        'console.log(classNames[best], probabilities[best]);',
      ].join('\n'),
    },
  ];
}
