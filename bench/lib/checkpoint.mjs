import { existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync, closeSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/lib/paths.mjs";
import { say } from "../../scripts/lib/run.mjs";
import { shapes } from "./shapes.mjs";

/** The folder of a shape's checkpoint with random bfloat16 weights; made on the first call. */
export function checkpoint(name) {
  const folder = join(cacheFolder, "bench", name);
  if (existsSync(folder)) return folder;
  say(`making a random checkpoint of the shape ${name}`);
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, "config.json"), JSON.stringify(shapes[name]));
  writeFileSync(join(unfinished, "generation_config.json"), JSON.stringify({ bos_token_id: 2, pad_token_id: 0 }));
  writeWeights(join(unfinished, "model.safetensors"), tensors(shapes[name]));
  renameSync(unfinished, folder);
  return folder;
}

/** Names and shapes, as the official checkpoints have them. */
function tensors({ encoder, decoder }) {
  const list = [];
  const { text_config: text, vision_config: tower } = encoder;
  const add = (name, ...shape) => list.push({ name, shape });
  const linear = (name, out, width) => (add(`${name}.weight`, out, width), add(`${name}.bias`, out));
  const norm = (name, width) => (add(`${name}.weight`, width), add(`${name}.bias`, width));
  for (const [side, of] of [["decoder", decoder], ["encoder", text]]) {
    for (let layer = 0; layer < of.num_hidden_layers; layer++) textLayer(`model.${side}.layers.${layer}`, of, add);
    add(`model.${side}.norm.weight`, of.hidden_size);
  }
  add("model.encoder.embed_tokens.weight", text.vocab_size, text.hidden_size);
  add("model.encoder.embed_tokens.eoi_embedding", text.hidden_size);
  add("model.encoder.multi_modal_projector.mm_input_projection_weight", tower.hidden_size, text.hidden_size);
  add("model.encoder.multi_modal_projector.mm_soft_emb_norm.weight", tower.hidden_size);
  const vision = "model.encoder.vision_tower";
  add(`${vision}.embeddings.patch_embedding.weight`, tower.hidden_size, 3, tower.patch_size, tower.patch_size);
  add(`${vision}.embeddings.patch_embedding.bias`, tower.hidden_size);
  add(`${vision}.embeddings.position_embedding.weight`, (tower.image_size / tower.patch_size) ** 2, tower.hidden_size);
  for (let layer = 0; layer < tower.num_hidden_layers; layer++) {
    const at = `${vision}.encoder.layers.${layer}`;
    for (const each of ["q_proj", "k_proj", "v_proj", "out_proj"]) linear(`${at}.self_attn.${each}`, tower.hidden_size, tower.hidden_size);
    linear(`${at}.mlp.fc1`, tower.intermediate_size, tower.hidden_size);
    linear(`${at}.mlp.fc2`, tower.hidden_size, tower.intermediate_size);
    norm(`${at}.layer_norm1`, tower.hidden_size);
    norm(`${at}.layer_norm2`, tower.hidden_size);
  }
  norm(`${vision}.post_layernorm`, tower.hidden_size);
  return list;
}

function textLayer(at, { hidden_size, intermediate_size, num_attention_heads, num_key_value_heads, head_dim }, add) {
  for (const place of ["pre", "post"]) {
    for (const part of ["self_attn", "feedforward"]) add(`${at}.${place}_${part}_layernorm.weight`, hidden_size);
  }
  const rows = { q: num_attention_heads, k: num_key_value_heads, v: num_key_value_heads };
  for (const [name, heads] of Object.entries(rows)) add(`${at}.self_attn.${name}_proj.weight`, heads * head_dim, hidden_size);
  add(`${at}.self_attn.o_proj.weight`, hidden_size, num_attention_heads * head_dim);
  for (const name of ["q", "k"]) add(`${at}.self_attn.${name}_norm.weight`, head_dim);
  for (const name of ["gate", "up"]) add(`${at}.mlp.${name}_proj.weight`, intermediate_size, hidden_size);
  add(`${at}.mlp.down_proj.weight`, hidden_size, intermediate_size);
}

function writeWeights(file, list) {
  let end = 0;
  const header = {};
  for (const { name, shape } of list) {
    const begin = end;
    end += 2 * shape.reduce((a, b) => a * b);
    header[name] = { dtype: "BF16", shape, data_offsets: [begin, end] };
  }
  let json = JSON.stringify(header);
  json = json.padEnd(Math.ceil(json.length / 8) * 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const out = openSync(file, "w");
  writeSync(out, length);
  writeSync(out, json);
  const block = normals(1 << 20);
  for (let left = end; left > 0; left -= block.byteLength) writeSync(out, block.subarray(0, Math.min(left, block.byteLength)));
  closeSync(out);
}

/** Bytes of bfloat16 numbers with a deviation of 0.02, the same ones each time. */
function normals(count) {
  const values = new Float32Array(count);
  let state = 1;
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  // A sum of twelve uniform numbers is as normal as weights need be.
  for (let i = 0; i < count; i++) {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += uniform();
    values[i] = 0.02 * sum;
  }
  const bits = new Uint32Array(values.buffer);
  return new Uint8Array(Uint16Array.from(bits, (each) => each >>> 16).buffer);
}
