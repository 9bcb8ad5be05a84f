/**
 * Controls in cells. They have a door of their own, since `text`, `number` and `html` would say too little among the
 * names of `graft-ml`, and a program that trains without a notebook needs none of them.
 */
export { button } from './controls/button.ts';
export { checkbox, toggle } from './controls/checks.ts';
export { columns, rows, tabs } from './controls/boxes.ts';
export type { Control } from './controls/control.ts';
export { exploreAugmentation } from './explore/augmentation.ts';
export { exploreHead } from './explore/head.ts';
export { exploreImages } from './explore/images.ts';
export { exploreThreshold } from './explore/threshold.ts';
export { exploreUpscaling } from './explore/upscaling.ts';
export { interact, type Interaction } from './interact.ts';
export { html, image } from './controls/media.ts';
export { number } from './controls/number.ts';
export { progress } from './controls/progress.ts';
export { range } from './controls/range.ts';
export { select } from './controls/select.ts';
export { slider } from './controls/slider.ts';
export { text } from './controls/text.ts';
export { upload, type UploadedFile } from './controls/upload.ts';
export { widget } from './controls/own-widget.ts';
