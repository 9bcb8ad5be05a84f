import * as tf from '@tensorflow/tfjs';

/** Gives what TensorFlow.js saves of a model: topology, and weights by name. */
export async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return artifacts!;
}

/** Gives the weights of saved artifacts as one run of bytes, in the order of their specs. */
export const weightBytesOf = ({ weightData }: tf.io.ModelArtifacts): Buffer =>
  Buffer.concat([weightData!].flat().map((part) => Buffer.from(part)));
