import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataset } from '../../src/data/dataset.ts';
import { extractFeatures } from '../../src/features/extract.ts';
import type { FileBackbone } from '../../src/models/file-backbone.ts';
import { rowCosines } from '../../src/runtime/calibrate.ts';
import { efficientNetLite0, loadBackbone } from '../../src/backbones/load-backbone.ts';
import { onnxBackbone, type OnnxBackboneOptions } from '../../src/backbones/onnx-backbone.ts';
import { onnxCuts } from '../../src/backbones/onnx-cuts.ts';
import { openBackbone } from '../../src/runtime/running.ts';
import { float32, reference, REFERENCES, relativeError, uint8 } from '../references/read.ts';

// made by Python's ONNX Runtime and Pillow: test/references/onnx_backbone.py
interface Reference {
  readonly pictures: { readonly shape: number[]; readonly uint8: string };
  readonly square: { readonly shape: number[]; readonly uint8: string };
  readonly cases: Readonly<Record<string, { readonly shape: number[]; readonly float32: string }>>;
  readonly lite0: { readonly original: string; readonly packed: string };
}
const { pictures, square, cases, lite0 } = reference<Reference>('onnx-backbone.json');
const small = (name: string): string => path.join(REFERENCES, 'onnx', `${name}.onnx`);
const IMAGENET = { input: 'imagenet' } as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'onnx-backbone-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(backbone: FileBackbone, of = square): Promise<Float32Array> {
  const imageSize = of.shape.slice(1, 3) as [number, number];
  const running = await openBackbone(backbone, { engine: 'onnx', imageSize });
  try {
    return await running.run(uint8(of.uint8), 3);
  } finally {
    await running.close();
  }
}

/** A copy of a small network with a configuration beside it. */
function beside(name: string, config: string, content: object): string {
  const own = mkdtempSync(path.join(folder, 'beside-'));
  copyFileSync(small(name), path.join(own, `${name}.onnx`));
  writeFileSync(path.join(own, config), JSON.stringify(content));
  return path.join(own, `${name}.onnx`);
}

describe('onnxBackbone gives what Python’s ONNX Runtime gives', () => {
  const same = async (file: string, options: OnnxBackboneOptions, key: string, shape: number[]): Promise<void> => {
    const backbone = await onnxBackbone(small(file), options);
    expect(backbone.outputShape).toEqual(shape);
    expect(relativeError(await rowsOf(backbone), float32(cases[key].float32)), key).toBeLessThan(1e-4);
  };

  it('at a cut, whatever is left out behind it, with weights in the file or beside it', async () => {
    await same('conv', { cut: 'features', ...IMAGENET }, 'conv/features', [12]);
    await same('conv-external', { cut: 'features', ...IMAGENET }, 'conv/features', [12]);
  });

  it('averaged over a feature map, where the network does so itself', async () => {
    await same('conv', { cut: 'relu2', ...IMAGENET }, 'conv/features', [12]);
  });

  it('with operators as old as opset 9, with pictures that are resampled too', async () => {
    const [now, then] = await Promise.all(
      ['conv', 'conv-opset9'].map((name) => onnxBackbone(small(name), { cut: 'features', ...IMAGENET })),
    );
    expect(await rowsOf(then, pictures)).toEqual(await rowsOf(now, pictures));
  });

  it('of a feature map as it is, in Keras’ layout, from networks of either layout', async () => {
    const { shape, float32: values } = cases['conv/relu2 BGR'];
    const [, c, h, w] = shape;
    const backbone = await onnxBackbone(small('conv'), { cut: 'relu2', pooling: 'none', input: 'caffe' });
    expect(backbone.outputShape).toEqual([h, w, c]);
    const got = await rowsOf(backbone);
    const expected = float32(values);
    const moved = got.map((_, i) => {
      const [n, y, x, channel] = [
        Math.floor(i / (h * w * c)),
        Math.floor(i / (w * c)) % h,
        Math.floor(i / c) % w,
        i % c,
      ];
      return expected[((n * c + channel) * h + y) * w + x];
    });
    expect(relativeError(got, moved)).toBeLessThan(1e-4);
    await same('nhwc', { cut: 'map', pooling: 'none', ...IMAGENET }, 'nhwc/map', [8, 8, 12]);
  });

  it('of a vision transformer: its class token, or the mean of its patches', async () => {
    const { shape, float32: values } = cases['vit/last_hidden_state'];
    const [n, tokens, d] = shape;
    const all = float32(values);
    const at = (i: number, t: number, k: number): number => all[(i * tokens + t) * d + k];
    const input = { preprocess: 'imagenet', size: 32 } as const;
    const cls = await onnxBackbone(small('vit'), { cut: 'last_hidden_state', input });
    expect(cls.file.end.pooling).toBe('cls');
    const expected = Float32Array.from({ length: n * d }, (_, i) => at(Math.floor(i / d), 0, i % d));
    expect(relativeError(await rowsOf(cls), expected)).toBeLessThan(1e-4);
    const avg = await onnxBackbone(small('vit'), { cut: 'last_hidden_state', pooling: 'avg', input });
    const means = expected.map((_, i) => {
      let sum = 0;
      for (let t = 1; t < tokens; t++) sum += at(Math.floor(i / d), t, i % d);
      return sum / (tokens - 1);
    });
    expect(relativeError(await rowsOf(avg), means)).toBeLessThan(1e-4);
    expect(avg.id).not.toBe(cls.id);
  });

  it('in batches, where the file holds a fixed one or computes over all of it at once', async () => {
    for (const [file, cut] of [
      ['fixed', 'flat'],
      ['dynamic', 'rounded'],
    ]) {
      const backbone = await onnxBackbone(small(file), { cut, ...IMAGENET });
      expect(backbone.file.batch, file).toBe(1);
      expect(relativeError(await rowsOf(backbone), float32(cases[`${file}/${cut}`].float32)), file).toBeLessThan(1e-4);
    }
  });

  it('of EfficientNet-Lite0, whose packed weights agree with the original’s to a cosine of 0.999', async () => {
    const backbone = await efficientNetLite0({ interpolation: 'nearest' });
    const got = await rowsOf(backbone);
    expect(relativeError(got, float32(lite0.packed))).toBeLessThan(1e-4);
    for (const cosine of rowCosines(got, float32(lite0.original), 3)) expect(cosine).toBeGreaterThan(0.999);
  });
});

describe('preprocessing', () => {
  const timm = {
    architecture: 'small',
    pretrained_cfg: {
      input_size: [3, 32, 32],
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      interpolation: 'bicubic',
      crop_pct: 32 / 36,
      crop_mode: 'center',
    },
  };
  const hub = {
    image_processor_type: 'BitImageProcessor',
    do_center_crop: true,
    crop_size: { height: 32, width: 32 },
    size: { shortest_edge: 36 },
    resample: 3,
    rescale_factor: 1 / 255,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
  };

  it('is read from timm’s and Hugging Face’s files, with their crop for photos, and resamples as Pillow does', async () => {
    const expected = float32(cases['conv/features squashed'].float32);
    const [a, b] = [beside('conv', 'config.json', timm), beside('conv', 'preprocessor_config.json', hub)];
    for (const file of [a, b]) {
      const backbone = await onnxBackbone(file, { cut: 'features' });
      expect(backbone.input).toMatchObject({ size: 32, interpolation: 'bicubic-keys', cropFraction: 32 / 36 });
      // a level more or less where a value lies between two
      expect(relativeError(await rowsOf(backbone, pictures), expected)).toBeLessThan(5e-3);
    }
    const whole = { ...hub, do_center_crop: false, size: { height: 32, width: 32 } };
    const { input } = await onnxBackbone(beside('conv', 'preprocessor_config.json', whole), { cut: 'features' });
    expect(input).toMatchObject({ cropFraction: 1, resize: 'squash' });
    const named = await onnxBackbone(a, { cut: 'features', input: { preprocess: 'imagenet' } });
    expect(named.input).toEqual({ size: 32, interpolation: 'bicubic', preprocess: 'imagenet' });
  });

  it('is read from transformers 5’s processor_config.json, before an older file, and wherever one begins with a BOM', async () => {
    const file = beside('conv', 'processor_config.json', { image_processor: hub, processor_class: 'CLIPProcessor' });
    const { input } = await onnxBackbone(file, { cut: 'features' });
    expect(input).toMatchObject({ size: 32, cropFraction: 32 / 36, resize: 'crop-floor' });
    const older = path.join(path.dirname(file), 'preprocessor_config.json');
    writeFileSync(older, `\uFEFF${JSON.stringify({ ...hub, image_mean: [0.5, 0.5, 0.5], resample: 2 })}`);
    expect((await onnxBackbone(file, { cut: 'features' })).input).toEqual(input);
    // one of words alone says nothing of pictures
    writeFileSync(path.join(path.dirname(file), 'processor_config.json'), JSON.stringify({ processor_class: 'X' }));
    expect((await onnxBackbone(file, { cut: 'features' })).input.interpolation).toBe('bilinear-antialias');
  });

  it('is timm’s in a wrapper of transformers’ and in an older, flat file', async () => {
    const expected = (await onnxBackbone(beside('conv', 'config.json', timm), { cut: 'features' })).input;
    const wrapper = { image_processor_type: 'TimmWrapperImageProcessor', ...timm };
    const flat = { architecture: 'small', ...timm.pretrained_cfg };
    for (const [name, config] of [
      ['preprocessor_config.json', wrapper],
      ['config.json', flat],
    ] as const)
      expect((await onnxBackbone(beside('conv', name, config), { cut: 'features' })).input, name).toEqual(expected);
  });

  it('that nothing says, or that another network’s file says, is asked for', async () => {
    const cut = 'features';
    await expect(onnxBackbone(small('conv'), { cut })).rejects.toThrow(
      /preprocess: expected what .*conv\.onnx was trained to see; .*say \{ input: \{ preprocess: 'imagenet' \| 'caffe'/,
    );
    await expect(onnxBackbone(small('conv-free'), { cut, ...IMAGENET })).rejects.toThrow(
      /size: expected height and width in pixels; .* takes any/,
    );
    const larger = { ...timm, pretrained_cfg: { ...timm.pretrained_cfg, input_size: [3, 224, 224] } };
    await expect(onnxBackbone(beside('conv', 'config.json', larger), { cut })).rejects.toThrow(
      /size: expected 32, .*; the configuration beside it says 224, so it belongs to another network/,
    );
    const wrong: Record<string, [object, RegExp]> = {
      sound: [
        { feature_extractor_type: 'WhisperFeatureExtractor', sampling_rate: 16000 },
        /got one of sound \(Whisper/,
      ],
      video: [{ ...hub, image_processor_type: 'VideoMAEImageProcessor' }, /single pictures; got VideoMAE/],
      padding: [{ ...hub, do_pad: true }, /expected another "do_pad" than true/],
      filter: [{ ...hub, resample: 4 }, /expected another "resample" than 4/],
      numbers: [{ ...hub, image_mean: undefined }, /expected image_mean and image_std/],
      oblong: [{ ...hub, crop_size: { height: 32, width: 64 } }, /expected another "crop_size"/],
      offset: [{ ...hub, rescale_offset: true }, /expected another "rescale_offset" than true/],
    };
    for (const [name, [config, said]] of Object.entries(wrong))
      await expect(onnxBackbone(beside('conv', 'preprocessor_config.json', config), { cut }), name).rejects.toThrow(
        said,
      );
  });

  it('has names, numbers with a scale, and an id that names all of it, the cut and the file', async () => {
    const ids = new Set<string>();
    const add = async (options: OnnxBackboneOptions, file = 'conv'): Promise<string> => {
      const { id } = await onnxBackbone(small(file), { cut: 'features', ...options });
      ids.add(id);
      return id;
    };
    const named = await add({ input: 'imagenet' });
    const numbers = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
    expect(await add({ input: { preprocess: numbers } })).toBe(named);
    await add({ input: 'clip' });
    await add({ input: { preprocess: 'imagenet', interpolation: 'area' } });
    await add({ input: 'imagenet', cut: 'relu2' });
    await add({ input: 'imagenet', cut: 'relu2', pooling: 'max' });
    await add({ input: 'imagenet' }, 'conv-opset9');
    expect(ids.size).toBe(6);
  }, 300_000);
});

describe('a backbone from a file', () => {
  it('is extracted once for each picture, and not again', async () => {
    const images = makeDataset({
      name: 'three',
      pixels: uint8(square.uint8),
      imageSize: [32, 32],
      labels: [0, 1, 0],
      classNames: ['a', 'b'],
    });
    const backbone = await onnxBackbone(small('conv'), { cut: 'features', ...IMAGENET });
    const options = { cache: path.join(folder, 'features'), progress: false, dtype: 'float32' } as const;
    const features = await extractFeatures(backbone, images, options);
    expect(relativeError(await features.rows([0, 1, 2]), float32(cases['conv/features'].float32))).toBeLessThan(1e-4);
    expect(features.origin).toMatchObject({ cached: 0, backbone: { network: 'conv', file: { pooling: 'none' } } });
    const again = await extractFeatures(backbone, images, options);
    expect(again.origin?.cached).toBe(3);
    const other = await onnxBackbone(small('conv'), { cut: 'features', input: 'tf' });
    expect((await extractFeatures(other, images, options)).origin?.cached).toBe(0);
    await expect(extractFeatures(backbone, images, { ...options, engine: 'tensorflow' })).rejects.toThrow(
      /engine: expected auto, onnx, openvino or webgpu for conv to features, float32, an ONNX file/,
    );
    await expect(extractFeatures(backbone, images, { ...options, precision: 'int8' })).rejects.toThrow(
      /precision: int8/,
    );
  });

  it('is not run once the file or the weights beside it have changed', async () => {
    for (const [name, changed] of [
      ['conv', 'conv.onnx'],
      ['conv-external', 'conv-external.weights'],
    ]) {
      const own = mkdtempSync(path.join(folder, 'changed-'));
      for (const ending of ['.onnx', ...(name === 'conv' ? [] : ['.weights'])])
        copyFileSync(small(name).replace('.onnx', ending), path.join(own, `${name}${ending}`));
      const backbone = await onnxBackbone(path.join(own, `${name}.onnx`), { cut: 'features', ...IMAGENET });
      const bytes = readFileSync(path.join(own, changed));
      bytes[Math.floor(bytes.length / 2)] ^= 1;
      writeFileSync(path.join(own, changed), bytes);
      await expect(rowsOf(backbone), changed).rejects.toThrow(/has changed since the backbone was made from it/);
    }
  });

  it('lists the tensors at which it may be cut, with their shapes', async () => {
    expect(await onnxCuts(small('conv'))).toEqual([
      { cut: 'features', shape: '12', what: 'before the classifier' },
      { cut: 'pool', shape: '12 × 1 × 1', what: 'a global average' },
      { cut: 'relu2', shape: '12 × 8 × 8', what: 'the feature map before a global average' },
      { cut: 'logits', shape: '5', what: 'scores of the network’s own classes' },
    ]);
    expect(await onnxCuts(small('vit'), { size: 32 })).toContainEqual({
      cut: 'last_hidden_state',
      shape: '17 × 6',
      what: 'an output',
    });
  });

  it('takes its weights from a cache that links to files side by side, and from nowhere else', async () => {
    const [cache, snapshot] = [path.join(folder, 'blobs'), path.join(folder, 'snapshots/1/onnx')];
    mkdirSync(cache);
    mkdirSync(snapshot, { recursive: true });
    for (const ending of ['.onnx', '.weights']) {
      copyFileSync(small('conv-external').replace('.onnx', ending), path.join(cache, `0123${ending.length}`));
      symlinkSync(path.join(cache, `0123${ending.length}`), path.join(snapshot, `conv-external${ending}`));
    }
    expect(
      (await onnxBackbone(path.join(snapshot, 'conv-external.onnx'), { cut: 'features', ...IMAGENET })).outputShape,
    ).toEqual([12]);
    rmSync(path.join(snapshot, 'conv-external.weights'));
    await expect(
      onnxBackbone(path.join(snapshot, 'conv-external.onnx'), { cut: 'features', ...IMAGENET }),
    ).rejects.toThrow(/expected its weights in conv-external\.weights beside it; the file is missing/);
    symlinkSync('/etc/hostname', path.join(snapshot, 'conv-external.weights'));
    await expect(
      onnxBackbone(path.join(snapshot, 'conv-external.onnx'), { cut: 'features', ...IMAGENET }),
    ).rejects.toThrow(/names "conv-external\.weights", which leads out of it/);
    const out = path.join(folder, 'out.onnx');
    writeFileSync(
      out,
      readFileSync(small('conv-external'), 'latin1').replaceAll('conv-external.weights', '../../../../../passwd'),
      'latin1',
    );
    await expect(onnxBackbone(out, { cut: 'features', ...IMAGENET })).rejects.toThrow(/which leads out of it/);
  });
});

describe('what is no backbone', () => {
  const written = (content: string | Uint8Array): string => {
    const file = path.join(mkdtempSync(path.join(folder, 'no-')), 'model.onnx');
    writeFileSync(file, content);
    return file;
  };
  const cases: readonly (readonly [what: string, file: () => string, options: OnnxBackboneOptions, said: RegExp])[] = [
    ['a web page', () => written('<!DOCTYPE html><html>'), { cut: 'x' }, /expected an ONNX file; got a web page/],
    ['a pointer', () => written('version https://git-lfs.github.com/spec/v1'), {}, /`git lfs pull` fetches/],
    ['an archive', () => written('PK\x03\x04archive'), {}, /export it to ONNX/],
    ['an empty file', () => written(''), {}, /got an empty file/],
    [
      'noise',
      () => written(Uint8Array.from({ length: 999 }, (_, i) => (i * 97) % 251)),
      {},
      /model\.onnx: expected an ONNX file; .*damaged, or something else/,
    ],
    ['half a file', () => written(readFileSync(small('conv')).subarray(0, 2000)), {}, /cut short, damaged/],
    ['no file', () => path.join(folder, 'nowhere.onnx'), {}, /expected an ONNX file; there is none/],
    [
      'no cut',
      () => small('conv'),
      {},
      /cut: expected the name of a tensor of .*; got none. At its end it computes .*features, logits/,
    ],
    ['an unknown tensor', () => small('conv'), { cut: 'featuers' }, /got "featuers". Near it: features\./],
    [
      'a far one',
      () => small('conv'),
      { cut: 'block5_pool' },
      /cut: expected a tensor that the graph computes; got "block5_pool"/,
    ],
    ['two inputs', () => small('two-inputs'), { cut: 'sum' }, /it needs 2: x, more/],
    ['half precision', () => small('half'), { cut: 'y' }, /"x" takes float16. Convert it with keep_io_types=True/],
    ['tokens', () => small('tokens'), { cut: 'y' }, /"input_ids" takes int64/],
    ['sound', () => small('sound'), { cut: 'y' }, /expected an input of pictures, .*takes \[n, 16000\]/],
    ['grey pictures', () => small('grey'), { cut: 'y' }, /three channels, .*takes \[n, 1, 28, 28\]/],
    ['oblong pictures', () => small('oblong'), { cut: 'y' }, /square pictures; "x" takes \[n, 3, 32, 64\]/],
    [
      'a new opset',
      () => small('conv-opset99'),
      { cut: 'features' },
      /It was written for opset 99; export it for an earlier one/,
    ],
    ['an operator of its own', () => small('custom'), { cut: 'y' }, /ONNX Runtime does not take it, cut at "y"/],
    ['whole numbers', () => small('others'), { cut: 'places' }, /"places" of .*others\.onnx is int64/],
    ['a sequence', () => small('others'), { cut: 'parts' }, /"parts" of .*others\.onnx is no tensor/],
    ['text', () => small('others'), { cut: 'text' }, /"text" of .*others\.onnx is string/],
    ['a sum over all', () => small('others'), { cut: 'total' }, /expected a tensor with one row for each picture/],
    ['no number', () => small('others'), { cut: 'nan' }, /expected finite values at "nan"; got NaN/],
    ['five axes', () => small('others'), { cut: 'five' }, /"five" of .* is \[n, 1, 12, 8, 8\]/],
    [
      'a map of no known layout',
      () => small('others'),
      { cut: 'unknown_map' },
      /cutLayout: expected NCHW or NHWC for "unknown_map"/,
    ],
    [
      'pooling of a vector',
      () => small('conv'),
      { cut: 'features', pooling: 'avg' },
      /pooling: expected none for "features" \[n, 12\]/,
    ],
    [
      'no class token',
      () => small('conv'),
      { cut: 'relu2', pooling: 'cls' },
      /pooling: expected avg, max or none for the feature map/,
    ],
    ['the other layout', () => small('conv'), { cut: 'relu2', cutLayout: 'NHWC' }, /cutLayout: expected NCHW/],
    [
      'a wrong layout',
      () => small('nhwc'),
      { cut: 'mean', input: { preprocess: 'tf', layout: 'NCHW' } },
      /layout: expected NHWC/,
    ],
    [
      'a crop of nothing',
      () => small('conv'),
      { cut: 'features', input: { preprocess: 'tf', cropFraction: 0 } },
      /cropFraction: expected a number above 0 to 1; got 0/,
    ],
    [
      'an unknown set',
      () => small('conv'),
      { cut: 'features', input: 'inception' as 'tf' },
      /preprocess: expected one of caffe, tf, torch, imagenet, clip, none/,
    ],
  ];
  it.each(cases)('%s', async (_, file, options, said) => {
    await expect(onnxBackbone(file(), { ...IMAGENET, ...options })).rejects.toThrow(said);
  });

  it('a name of no backbone, and options that only a file has', async () => {
    await expect(loadBackbone('vgg99.onnxx' as 'vgg16')).rejects.toThrow(/backbone: expected one of .*got "vgg99/);
    await expect(loadBackbone('vgg16', { pooling: 'avg' })).rejects.toThrow(
      /pooling: expected none for vgg16, a network of layers/,
    );
  });
});
