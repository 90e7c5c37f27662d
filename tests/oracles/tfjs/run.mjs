// Runs TensorFlow.js models on given inputs: the second implementation that the importer is compared with.
//
// usage: node run.mjs NODE_MODULES JOBS.json
//   JOBS.json  [{"model": "x.json", "inputs": [{"name", "shape", "file"}], "outputs": [names], "out": "prefix"}]
//              files hold float32, little endian, in TensorFlow's order; output i is written to PREFIX.i.f32, its shape
//              to PREFIX.i.json. "descriptor": true for a weights manifest of face-api's recognition network.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const [modules, jobsFile] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), 'here.js'));
const tf = require('@tensorflow/tfjs-core');
const converter = require('@tensorflow/tfjs-converter');
require('@tensorflow/tfjs-backend-cpu');
await tf.setBackend('cpu');

const buffer = (file) => {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
const weightFiles = (manifest, folder) =>
  Buffer.concat(manifest.flatMap((group) => group.paths.map((path) => readFileSync(join(folder, path)))));
const plain = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);

async function graphModel(file) {
  const json = JSON.parse(readFileSync(file, 'utf8'));
  return converter.loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      format: json.format,
      signature: json.signature,
      userDefinedMetadata: json.userDefinedMetadata,
      weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
      weightData: plain(weightFiles(json.weightsManifest, dirname(file))),
    }),
  });
}

// The graph of @vladmandic/face-api's recognition network, from its description (src/faceRecognitionNet), on tensors that
// TensorFlow.js itself decodes.
function descriptor(file, input) {
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const specs = manifest.flatMap((group) => group.weights);
  const weights = tf.io.decodeWeights(plain(weightFiles(manifest, dirname(file))), specs);
  const layer = (x, name, stride, padding, relu) => {
    const conv = tf.add(tf.conv2d(x, weights[`${name}/conv/filters`], stride, padding), weights[`${name}/conv/bias`]);
    const out = tf.add(tf.mul(conv, weights[`${name}/scale/weights`]), weights[`${name}/scale/biases`]);
    return relu ? tf.relu(out) : out;
  };
  const residual = (x, name) =>
    tf.relu(tf.add(layer(layer(x, `${name}/conv1`, 1, 'same', true), `${name}/conv2`, 1, 'same', false), x));
  const down = (x, name) => {
    let out = layer(layer(x, `${name}/conv1`, 2, 'valid', true), `${name}/conv2`, 1, 'same', false);
    let pooled = tf.avgPool(x, 2, 2, 'valid');
    const missing = pooled.shape[1] - out.shape[1];
    out = tf.pad(out, [[0, 0], [0, missing], [0, missing], [0, 0]]);
    if (pooled.shape[3] !== out.shape[3]) pooled = tf.concat([pooled, tf.zeros(pooled.shape)], 3);
    return tf.relu(tf.add(pooled, out));
  };
  let x = tf.maxPool(layer(input, 'conv32_down', 2, 'valid', true), 3, 2, 'valid');
  for (const name of ['conv32_1', 'conv32_2', 'conv32_3']) x = residual(x, name);
  x = down(x, 'conv64_down');
  for (const name of ['conv64_1', 'conv64_2', 'conv64_3']) x = residual(x, name);
  x = down(x, 'conv128_down');
  for (const name of ['conv128_1', 'conv128_2']) x = residual(x, name);
  x = down(x, 'conv256_down');
  for (const name of ['conv256_1', 'conv256_2']) x = residual(x, name);
  x = down(x, 'conv256_down_out');
  return tf.matMul(tf.mean(x, [1, 2]), weights.fc);
}

const models = new Map();
for (const job of JSON.parse(readFileSync(jobsFile, 'utf8'))) {
  const inputs = Object.fromEntries(
    job.inputs.map((one) => [one.name, tf.tensor(new Float32Array(buffer(one.file)), one.shape)]));
  let outputs;
  if (job.descriptor) {
    outputs = [descriptor(job.model, Object.values(inputs)[0])];
  } else {
    if (!models.has(job.model)) models.set(job.model, await graphModel(job.model));
    const out = models.get(job.model).execute(inputs, job.outputs);
    outputs = Array.isArray(out) ? out : [out];
  }
  outputs.forEach((tensor, i) => {
    writeFileSync(`${job.out}.${i}.f32`, Buffer.from(tensor.dataSync().buffer));
    writeFileSync(`${job.out}.${i}.json`, JSON.stringify(tensor.shape));
  });
  tf.dispose([Object.values(inputs), outputs]);
}
