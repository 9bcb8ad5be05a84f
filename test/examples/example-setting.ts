import {
  withHead,
  extractFeatures,
  fit,
  evaluate,
  freeze,
  shapes10,
  splitModel,
  sweep,
  vgg19Mini,
  withoutTop,
} from '../../src/index.ts';

/** Makes what the examples of the front doors speak of: small pictures, a small network, a head that was trained. */
export async function exampleSetting(folder: string) {
  const images = shapes10({ train: 60, test: 30 });
  const base = freeze(withoutTop(await vgg19Mini()));
  const model = withHead(base, { classes: images.train.classNames, dropout: 0.5 });
  const { backbone, head } = splitModel(model);
  const { train, test } = await extractFeatures(backbone, images, { cache: `${folder}/features` });
  const history = await fit(head, train, { epochs: 2, validation: test });
  const evaluation = await evaluate(head, test);
  const swept = await sweep(
    { dropout: [0, 0.5], seed: [1, 2], epochs: [1] },
    { train, test },
    { folder: `${folder}/runs` },
  );
  return { images, base, model, backbone, head, train, test, history, evaluation, swept };
}
