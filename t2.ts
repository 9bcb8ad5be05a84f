import { useTensorFlow } from './src/tensorflow.ts';
import * as V from './src/vgg/network.ts';
import { withoutTop, classifier, freeze, cutAt } from './src/vgg/surgery.ts';
import { shapes10 } from './src/data/shapes10.ts';
import { cifar10 } from './src/data/cifar10.ts';
import { take } from './src/data/images.ts';
import { split } from './src/features/split.ts';
import { extractFeatures } from './src/features/extract.ts';
console.log(String(await useTensorFlow()));
const m = await V.vgg19Mini();
const c = classifier(freeze(withoutTop(m)), {classes:10});
const {backbone, head, cut} = split(c);
head.summary(); console.log(cut);
let t=Date.now(); const s = shapes10({size:640}); 
for (const engine of ['onnx','tensorflow'] as const) {
const f = await extractFeatures(backbone, s, {engine, cache:'/tmp/fc', onProgress: p=> p.done%160===0&&console.log(p)});
console.log(f.engine, f.seconds, f.cached, f.rows([0,5]).slice(0,8));
}
t=Date.now(); const v = await V.vgg16({weights:'/work/shared/weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5'}); console.log(Date.now()-t, v.countParams());
const im = take(await cifar10({split:'test'}), 96);
for (const engine of ['onnx','tensorflow'] as const) {
const f = await extractFeatures(v, im, {engine, cache:'/tmp/fc', onProgress: p=> console.log(p.done)});
console.log(f.engine, f.seconds, 96/f.seconds, f.cached, f.rows([0,5]).slice(0,8));
}
