import type { Description } from '../description.ts';
import { escapeMarkdown } from '../../../text/markdown.ts';
import type { LoadingLines } from '../format.ts';
import { pillow, PILLOW } from './onnx-lines.ts';
import type { Upscaling } from '../upscaling.ts';

/** Gives the lines that load an exported `.keras` file and ask it about a photo. */
export function kerasLines(
  folder: string,
  { imageSize, resizing }: Description,
  upscaling: Upscaling | undefined,
): LoadingLines[] {
  const [height, width] = imageSize;
  const at = (name: string): string => JSON.stringify(`${folder}/${name}`);
  return [
    {
      language: 'Python',
      needs: ['keras', 'tensorflow or jax or torch', 'pillow'],
      code: [
        'import json, keras, numpy',
        'from PIL import Image, ImageOps',
        `model = keras.saving.load_model(${at('model.keras')})`,
        `names = json.load(open(${at('about.json')}, encoding="utf-8"))["classNames"]`,
        'photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")',
        `image = ${pillow(resizing, width, height)}`,
        ...(upscaling
          ? [
              `image = image.resize((${upscaling.to[1]}, ${upscaling.to[0]}), Image.Resampling.${PILLOW[upscaling.interpolation]})`,
            ]
          : []),
        '[probabilities] = model.predict(numpy.asarray(image, "float32")[None], verbose=0)',
        'print(names[probabilities.argmax()], probabilities.max())',
      ].join('\n'),
    },
  ];
}

/** Says beside the file what it takes and gives. */
export function kerasReadme(description: Description, upscaling: Upscaling | undefined): string {
  const { classNames, imageSize, licence, backbone, graft } = description;
  const [{ code }] = kerasLines('.', description, upscaling);
  const size = (upscaling?.to ?? imageSize).join('×');
  return [
    `# Classifier of ${classNames.length} classes`,
    '',
    `\`model.keras\` takes pictures of ${size}, RGB, float32 levels 0 to 255, and gives ${classNames.length} probabilities. Preprocessing and temperature are in it. \`about.json\` names the classes, in the order of the probabilities.`,
    ...(upscaling
      ? [
          '',
          `It was trained on pictures of ${imageSize.join('×')}, which were enlarged to ${size} (${upscaling.interpolation}). That is not in the file.`,
        ]
      : []),
    '',
    'In this folder, with Keras 3 on any of its backends, and Pillow:',
    '',
    '```python',
    code,
    '```',
    '',
    `The layers of the backbone, ${escapeMarkdown(backbone)}, are frozen: \`model.compile(...)\` and \`model.fit(...)\` train what is on top of it.`,
    '',
    `Weights of the backbone: ${escapeMarkdown(licence.text)}. ${escapeMarkdown(licence.warning ?? '')}`.trim(),
    '',
    `Written by Graft ${escapeMarkdown(graft)}. \`check.json\` holds three pictures with the probabilities that any reader should give.`,
    '',
  ].join('\n');
}
