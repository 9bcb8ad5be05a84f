import { describe, expect, it } from 'vitest';
import { readPreprocessorConfig } from '../../src/backbones/preprocessor-config.ts';
import { readTimmConfig, timmPart } from '../../src/backbones/timm-config.ts';

const IMAGENET = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const HALF = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const CLIP = {
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};
const USUAL = { do_normalize: true, do_rescale: true, do_resize: true, rescale_factor: 0.00392156862745098 };
const square = (side: number): object => ({ height: side, width: side });

/** What the repositories' files say, and what transformers' processors of that name make of a photo. */
const FILES: Record<string, [config: object, taken: object]> = {
  // squashed: ViTImageProcessor resizes to (height, width)
  'google/vit-base-patch16-224': [
    { ...USUAL, ...HALF, image_processor_type: 'ViTImageProcessor', resample: 2, size: square(224) },
    { size: 224, cropFraction: 1, resize: 'squash', interpolation: 'bilinear-antialias' },
  ],
  'microsoft/swin-tiny-patch4-window7-224': [
    {
      do_normalize: true,
      do_resize: true,
      ...IMAGENET,
      feature_extractor_type: 'ViTFeatureExtractor',
      resample: 3,
      size: 224,
    },
    { size: 224, cropFraction: 1, resize: 'squash', interpolation: 'bicubic-keys' },
  ],
  'microsoft/beit-base-patch16-224': [
    {
      ...HALF,
      crop_size: 224,
      do_center_crop: false,
      feature_extractor_type: 'BeitFeatureExtractor',
      resample: 2,
      size: 224,
    },
    { size: 224, cropFraction: 1, resize: 'squash', interpolation: 'bilinear-antialias' },
  ],
  'google/siglip-base-patch16-224': [
    { ...USUAL, ...HALF, image_processor_type: 'SiglipImageProcessor', resample: 3, size: square(224) },
    { size: 224, cropFraction: 1, resize: 'squash', interpolation: 'bicubic-keys' },
  ],
  'facebook/dinov3-vits16-pretrain-lvd1689m': [
    {
      ...USUAL,
      ...IMAGENET,
      crop_size: null,
      default_to_square: true,
      do_center_crop: null,
      image_processor_type: 'DINOv3ViTImageProcessorFast',
      resample: 2,
      size: square(224),
    },
    { size: 224, cropFraction: 1, resize: 'squash', interpolation: 'bilinear-antialias' },
  ],
  // a centre cut out
  'facebook/dinov2-small': [
    {
      ...USUAL,
      ...IMAGENET,
      crop_size: square(224),
      do_center_crop: true,
      do_convert_rgb: true,
      image_processor_type: 'BitImageProcessor',
      resample: 3,
      size: { shortest_edge: 256 },
    },
    { size: 224, cropFraction: 0.875, resize: 'crop-floor', interpolation: 'bicubic-keys' },
  ],
  'openai/clip-vit-base-patch32': [
    {
      ...CLIP,
      crop_size: 224,
      do_center_crop: true,
      feature_extractor_type: 'CLIPFeatureExtractor',
      resample: 3,
      size: 224,
    },
    { size: 224, cropFraction: 1, resize: 'crop-floor', interpolation: 'bicubic-keys' },
  ],
  'google/mobilenet_v2_1.0_224': [
    {
      ...USUAL,
      ...HALF,
      crop_size: square(224),
      do_center_crop: true,
      image_processor_type: 'MobileNetV2ImageProcessor',
      resample: 2,
      size: { shortest_edge: 256 },
    },
    { size: 224, cropFraction: 0.875, resize: 'crop-floor', interpolation: 'bilinear-antialias' },
  ],
  // rules of a processor's own
  'facebook/convnext-tiny-224': [
    { ...IMAGENET, crop_pct: 0.875, feature_extractor_type: 'ConvNextFeatureExtractor', resample: 3, size: 224 },
    { size: 224, cropFraction: 0.875, resize: 'crop-floor', interpolation: 'bicubic-keys' },
  ],
  'facebook/convnextv2-tiny-22k-384': [
    {
      ...USUAL,
      ...IMAGENET,
      crop_pct: null,
      image_processor_type: 'ConvNextImageProcessor',
      resample: 3,
      size: { shortest_edge: 384 },
    },
    { size: 384, cropFraction: 1, resize: 'squash', interpolation: 'bicubic-keys' },
  ],
  'microsoft/resnet-50': [
    { ...IMAGENET, crop_pct: 0.875, feature_extractor_type: 'ConvNextFeatureExtractor', resample: 3, size: 224 },
    { size: 224, cropFraction: 0.875, resize: 'crop-floor', interpolation: 'bicubic-keys' },
  ],
  'sail/poolformer_s12': [
    {
      ...IMAGENET,
      crop_pct: 0.9,
      do_resize_and_center_crop: true,
      feature_extractor_type: 'PoolFormerFeatureExtractor',
      resample: 3,
      size: 224,
    },
    { size: 224, cropFraction: 0.9, resize: 'crop-floor', interpolation: 'bicubic-keys' },
  ],
  // int(256 / 224 · 224) of the shorter side
  'facebook/levit-128S': [
    {
      ...IMAGENET,
      do_center_crop: true,
      do_resize: true,
      feature_extractor_type: 'LevitFeatureExtractor',
      resample: 3,
      size: 224,
    },
    { size: 224, cropFraction: 224 / 256, resize: 'crop-floor', interpolation: 'bicubic-keys' },
  ],
};

describe('readPreprocessorConfig', () => {
  for (const [name, [config, taken]] of Object.entries(FILES))
    it(`takes photos as ${name} does`, () => {
      const { preprocess, ...rest } = readPreprocessorConfig(config as Record<string, unknown>);
      expect(rest).toEqual(taken);
      const { image_mean: mean } = config as { image_mean: number[] };
      mean.forEach((value, i) => expect(preprocess.mean[i]).toBeCloseTo(255 * value, 9));
      expect(preprocess.channels).toBe('RGB');
    });

  it('divides by the deviation twice for EfficientNet with its top, as its processor does', () => {
    const b0 = {
      ...USUAL,
      crop_size: square(289),
      do_center_crop: false,
      image_mean: [0.485, 0.456, 0.406],
      image_processor_type: 'EfficientNetImageProcessor',
      image_std: [0.47853944, 0.4732864, 0.47434163],
      include_top: true,
      resample: 0,
      rescale_offset: false,
      size: square(224),
    };
    const { preprocess, ...rest } = readPreprocessorConfig(b0);
    expect(rest).toEqual({ size: 224, cropFraction: 1, resize: 'squash', interpolation: 'nearest' });
    // ((level / 255 − 0.485) / 0.47853944) / 0.47853944 = (level − 123.675) / 58.395
    expect(preprocess.mean[0]).toBeCloseTo(123.675, 9);
    expect(preprocess.std[0]).toBeCloseTo(255 * 0.229, 5);
    const without = readPreprocessorConfig({ ...b0, include_top: false });
    expect(without.preprocess.std[0]).toBeCloseTo(255 * 0.47853944, 9);
  });

  it('knows that MobileViT is given shares in BGR', () => {
    const small = {
      crop_size: square(256),
      do_center_crop: true,
      do_flip_channel_order: true,
      do_flip_channels: true,
      do_rescale: true,
      do_resize: true,
      image_processor_type: 'MobileViTImageProcessor',
      resample: 2,
      rescale_factor: 0.00392156862745098,
      size: { shortest_edge: 288 },
    };
    const { preprocess, cropFraction } = readPreprocessorConfig(small);
    expect(cropFraction).toBeCloseTo(256 / 288, 12);
    expect(preprocess).toMatchObject({ channels: 'BGR', mean: [0, 0, 0] });
    expect(preprocess.std[0]).toBeCloseTo(255, 9);
    // transformers 5 writes its class' mean and deviation too, at which the processor does not look
    const five = { ...small, ...HALF, do_normalize: null, do_flip_channel_order: undefined };
    expect(readPreprocessorConfig(five).preprocess).toEqual(preprocess);
  });

  it('takes `null` for no, and labels that are renumbered for no matter of the picture', () => {
    const five = { ...USUAL, ...HALF, size: square(512), crop_size: square(512), resample: 2, do_center_crop: null };
    const config = { ...five, image_processor_type: 'SegformerImageProcessor', do_reduce_labels: true };
    expect(readPreprocessorConfig(config)).toMatchObject({ size: 512, cropFraction: 1, resize: 'squash' });
    expect(readPreprocessorConfig({ ...config, do_normalize: null }).preprocess.mean).toEqual([0, 0, 0]);
    expect(() => readPreprocessorConfig({ ...config, do_resize: null })).toThrow('another "do_resize" than null');
  });

  it('names what it does not do', () => {
    const deit = { ...IMAGENET, do_center_crop: true, resample: 3, size: 256 };
    expect(() => readPreprocessorConfig(deit)).toThrow('another "crop_size" than none');
    const depth = { ...deit, do_center_crop: false, image_processor_type: 'DPTImageProcessor' };
    expect(() => readPreprocessorConfig({ ...depth, keep_aspect_ratio: true })).toThrow(
      '"keep_aspect_ratio" than true',
    );
    const vit = { ...IMAGENET, resample: 3, size: 224, crop_pct: 0.9, image_processor_type: 'ViTImageProcessor' };
    expect(() => readPreprocessorConfig(vit)).toThrow('expected another "crop_pct" than 0.9');
    // a shorter side without a crop gives pictures that are no squares
    const edge = { ...IMAGENET, resample: 3, size: { shortest_edge: 256 }, image_processor_type: 'BitImageProcessor' };
    expect(() => readPreprocessorConfig(edge)).toThrow('expected another "size" than {"shortest_edge":256}');
  });
});

it('squashes to 256 and cuts 224 out for DeiT, whose bare number is a square', () => {
  const deit = { ...IMAGENET, crop_size: 224, do_center_crop: true, resample: 3, size: 256 };
  const taken = { size: 224, cropFraction: 224 / 256, resize: 'squash-crop', interpolation: 'bicubic-keys' };
  expect(readPreprocessorConfig({ ...deit, feature_extractor_type: 'DeiTFeatureExtractor' })).toMatchObject(taken);
  const five = { ...USUAL, ...deit, crop_size: square(224), size: square(256) };
  expect(readPreprocessorConfig({ ...five, image_processor_type: 'DeiTImageProcessor' })).toMatchObject(taken);
});

describe('readTimmConfig', () => {
  const numbers = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], interpolation: 'bicubic' };

  it('takes photos as timm’s own evaluation does', () => {
    // timm/mobilenetv4_conv_small.e2400_r224_in1k; timm/convnext_tiny.fb_in22k_ft_in1k_384; timm/vit_small_patch14_dinov2.lvd142m
    const mobile = {
      ...numbers,
      input_size: [3, 224, 224],
      test_input_size: [3, 256, 256],
      crop_pct: 0.875,
      test_crop_pct: 0.95,
    };
    expect(readTimmConfig({ ...mobile, crop_mode: 'center' })).toMatchObject({ size: 224, cropFraction: 0.875 });
    expect(readTimmConfig(mobile).resize).toBeUndefined();
    const large = { ...numbers, input_size: [3, 384, 384], crop_pct: 1, crop_mode: 'squash' };
    expect(readTimmConfig(large)).toMatchObject({ size: 384, cropFraction: 1, resize: 'squash' });
    const dino = { ...numbers, input_size: [3, 518, 518], fixed_input_size: true, crop_pct: 1, crop_mode: 'center' };
    expect(readTimmConfig(dino)).toMatchObject({ size: 518, cropFraction: 1 });
    expect(readTimmConfig({ ...mobile, crop_pct: null }).cropFraction).toBe(0.875); // DEFAULT_CROP_PCT
    const squashed = { ...large, crop_pct: 0.96 }; // 400, an even number more
    expect(readTimmConfig(squashed)).toMatchObject({ size: 384, cropFraction: 0.96, resize: 'squash-crop' });
    const odd = { ...large, crop_pct: 0.952 }; // 403, an odd number more
    expect(readTimmConfig(odd)).toMatchObject({ size: 384, cropFraction: 0.952, resize: 'squash-crop-even' });
  });

  it('has timm’s defaults for what is not said, and reads its older, flat files', () => {
    const taken = readTimmConfig({ ...numbers, input_size: [3, 224, 224], crop_pct: 0.875 });
    expect(readTimmConfig({ tag: 'a1_in1k', mean: null })).toEqual(taken);
    const flat = { architecture: 'resnet50', num_classes: 1000, ...numbers, input_size: [3, 288, 288] };
    expect(timmPart(flat)).toBe(flat);
    expect(timmPart({ architecture: 'resnet50', pretrained_cfg: numbers })).toBe(numbers);
    expect(timmPart({ architectures: ['ResNetForImageClassification'], model_type: 'resnet' })).toBeUndefined();
  });

  it('names what it does not do', () => {
    const border = { ...numbers, input_size: [3, 224, 224], crop_pct: 1, crop_mode: 'border' };
    expect(() => readTimmConfig(border)).toThrow('expected another "crop_mode" than "border"');
  });
});
