import * as tf from '@tensorflow/tfjs';
import { useTensorFlow } from '../../host/tensorflow.ts';
import { networkInput } from '../../pixels/network-input.ts';
import type { Engine, Opened, OpenOptions } from './engine.ts';
import type { Backbone } from '../../models/backbone.ts';

/** TensorFlow.js, with TensorFlow's native library if that is there. */
export const tensorFlow: Engine = { version, onGpu: async () => (await useTensorFlow()).device === 'GPU', open };

async function version(): Promise<string> {
  const { name, version } = await useTensorFlow();
  return `${name === 'tensorflow' ? 'TensorFlow' : 'TensorFlow.js'} ${version}`;
}

async function open({ model, input }: Backbone, { imageSize }: OpenOptions): Promise<Opened> {
  const { name, device } = await useTensorFlow();
  const description = `${await version()} on the ${device}`;
  return {
    description,
    // layers are computed by TensorFlow.js, whichever library multiplies
    computed: name === 'tensorflow' ? `TensorFlow.js ${tf.version.tfjs}, ${description}` : description,
    async run(images, n) {
      const features = tf.tidy(
        () => model!.predict(networkInput(images, [n, ...imageSize], input), { batchSize: n }) as tf.Tensor,
      );
      const values = (await features.data()) as Float32Array;
      features.dispose();
      return values;
    },
    peakMemoryMiB: 0,
    close: () => Promise.resolve(),
  };
}
