// @ts-check
// Plain JavaScript, since the command line offers these before any TypeScript is loaded.

/** The formats that a classifier is exported to. */
export const EXPORT_FORMATS = /** @type {const} */ (['onnx', 'hub', 'tfjs', 'keras']);

/** @typedef {(typeof EXPORT_FORMATS)[number]} ExportFormat */
