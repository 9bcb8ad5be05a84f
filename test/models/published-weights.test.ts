import { describe, expect, it } from 'vitest';
import { NETWORKS } from '../../src/models/networks/known.mjs';

describe('the files of keras.applications', () => {
  // keras/src/applications/resnet.py: BASE_WEIGHTS_PATH and WEIGHTS_HASHES; sizes as Keras prints them when it downloads
  it('of ResNet50 lie in the folder of all ResNets', () => {
    const home = 'https://storage.googleapis.com/tensorflow/keras-applications/resnet';
    expect(NETWORKS.resnet50.keras).toEqual([
      {
        name: 'resnet50_weights_tf_dim_ordering_tf_kernels.h5',
        url: `${home}/resnet50_weights_tf_dim_ordering_tf_kernels.h5`,
        md5: '2cb95161c43110f7111970584f804107',
        bytes: 102_967_424,
      },
      {
        name: 'resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5',
        url: `${home}/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5`,
        md5: '4d473c1dd8becc155b73f8504c6f6626',
        bytes: 94_765_736,
      },
    ]);
  });

  // keras/src/applications/mobilenet_v2.py: BASE_WEIGHT_PATH, width 1.0 at 224 pixels; it publishes no checksums
  it('of MobileNetV2 have no published MD5, and are held to their size', () => {
    const home = 'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2';
    const name = 'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224';
    expect(NETWORKS.mobilenet_v2.keras).toEqual([
      { name: `${name}.h5`, url: `${home}/${name}.h5`, md5: undefined, bytes: 14_536_120 },
      { name: `${name}_no_top.h5`, url: `${home}/${name}_no_top.h5`, md5: undefined, bytes: 9_406_464 },
    ]);
  });
});
