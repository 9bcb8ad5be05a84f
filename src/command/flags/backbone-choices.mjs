// @ts-check

/** Networks of a hub that are known to work (src/models/networks/hub-backbones.ts). */
export const HUB_NAMES = /** @type {const} */ ([
  'dinov2-small',
  'dinov2-base',
  'dinov3-small',
  'clip-base',
  'siglip-base',
]);

/** Networks that `--backbone` takes by name. */
export const BACKBONE_CHOICES = /** @type {const} */ ([
  'vgg19',
  'vgg16',
  'vgg19-mini',
  'resnet50',
  'mobilenet_v2',
  'efficientnet-lite0',
  ...HUB_NAMES,
]);
