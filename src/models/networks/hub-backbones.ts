import type { Resize } from '../../pixels/resize.ts';
import type { Interpolation } from '../../pixels/interpolation.ts';
import type { PreprocessingName } from '../../pixels/preprocess.ts';
import type { Pooling } from '../file-backbone.ts';

/** A network on Hugging Face's hub whose ONNX file is known: where to cut it, and what it was trained to see. */
export interface HubBackbone {
  /** Who made the network, under which licence; `docs/onnx.md` says what was checked of it. */
  readonly about: string;
  readonly repository: string;
  readonly file: string;
  readonly cut: string;
  readonly pooling?: Pooling;
  /** Where nothing of the kind lies beside the file, which counts before it. */
  readonly input: {
    readonly size: number;
    readonly preprocess: PreprocessingName;
    readonly interpolation: Interpolation;
    readonly cropFraction: number;
    /** How photos are brought to its size. @default 'crop' */
    readonly resize?: Resize;
  };
}

const DINOV2 = {
  about: 'Meta, 2023: trained without labels. Apache 2.0',
  file: 'onnx/model.onnx',
  cut: 'last_hidden_state',
  pooling: 'cls',
  // the shorter side is 256, and 224 are cut out
  input: {
    size: 224,
    preprocess: 'imagenet',
    interpolation: 'bicubic-keys',
    cropFraction: 0.875,
    resize: 'crop-floor',
  },
} as const;

/** By name, as `graft download` and `--backbone` take it. */
export const HUB_BACKBONES = {
  'dinov2-small': { ...DINOV2, repository: 'onnx-community/dinov2-small' },
  'dinov2-base': { ...DINOV2, repository: 'Xenova/dinov2-base' },
  'dinov3-small': {
    about: 'Meta, 2025: trained without labels. DINOv3 License, which is no open one',
    repository: 'onnx-community/dinov3-vits16-pretrain-lvd1689m-ONNX',
    file: 'onnx/model.onnx',
    cut: 'pooler_output',
    input: {
      size: 224,
      preprocess: 'imagenet',
      interpolation: 'bilinear-antialias',
      cropFraction: 1,
      resize: 'squash',
    },
  },
  'clip-base': {
    about: 'OpenAI, 2021: ViT-B/32, trained on pictures with their captions. MIT',
    repository: 'Xenova/clip-vit-base-patch32',
    file: 'onnx/vision_model.onnx',
    cut: 'image_embeds',
    input: { size: 224, preprocess: 'clip', interpolation: 'bicubic-keys', cropFraction: 1, resize: 'crop-floor' },
  },
  'siglip-base': {
    about: 'Google, 2023: ViT-B/16, trained on pictures with their captions. Apache 2.0',
    repository: 'Xenova/siglip-base-patch16-224',
    file: 'onnx/vision_model.onnx',
    cut: 'pooler_output',
    input: { size: 224, preprocess: 'tf', interpolation: 'bicubic-keys', cropFraction: 1, resize: 'squash' },
  },
} as const satisfies Record<string, HubBackbone>;

export type HubBackboneName = keyof typeof HUB_BACKBONES;

export const HUB_BACKBONE_NAMES = Object.keys(HUB_BACKBONES) as HubBackboneName[];

export const isHubBackboneName = (name: string): name is HubBackboneName => Object.hasOwn(HUB_BACKBONES, name);

/** What is known of a repository's network. */
export const knownBackbone = (repository: string): HubBackbone | undefined =>
  Object.values(HUB_BACKBONES).find((one) => one.repository === repository);
