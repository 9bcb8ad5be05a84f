// Preloaded into a process that must not load TensorFlow.js, by `import` or by `require`.
import Module, { register } from 'node:module';

const hook = `export async function resolve(specifier, context, next) {
  if (specifier.startsWith('@tensorflow/')) throw new Error('refused: ' + specifier + ' for ' + context.parentURL);
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (request.startsWith('@tensorflow/')) throw new Error(`refused: ${request}`);
  return resolve.call(this, request, ...rest);
};
