// @ts-check
// Plain JavaScript, as the command line offers these before anything of TypeScript is loaded.

/**
 * How a picture of any shape is brought to a square.
 * - `crop`: the shorter side is scaled to size / crop fraction, and the centre cut out, as networks are tested
 *   (torchvision's `Resize` and `CenterCrop`, timm's `crop_pct`)
 * - `crop-floor`: the same as transformers' processors do it: where an odd number of pixels is left over, one less is cut
 *   off before than behind, and torchvision cuts off the even number
 * - `squash`: both sides are scaled to the size, as Keras' `image_dataset_from_directory` does
 * - `squash-crop`: both sides are scaled to size / crop fraction, and the centre cut out (DeiT's processor)
 * - `squash-crop-even`: the same as timm does it (`crop_mode` "squash"), where an odd number of pixels is left over as
 *   torchvision's `CenterCrop` does it
 * - `pad`: the longer side is scaled to the size, black around it, as Keras' `pad_to_aspect_ratio`
 */
export const RESIZES = /** @type {const} */ ([
  'crop',
  'crop-floor',
  'squash',
  'squash-crop',
  'squash-crop-even',
  'pad',
]);
