/** Names a class as Keras 3 writes it in a file: `depthwise_conv2d` (keras/src/utils/naming.py, `to_snake_case`). */
export const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** Writes an option of TensorFlow.js in Keras' words: `kernel_size`. */
export const underscored = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Writes an option of Keras in TensorFlow.js' words: `kernelSize`. */
export const camelCase = (word: string): string =>
  word.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
