import type { ModelSource } from "t5gemma2";
import { readFixture, readFixtureJson } from "./files.ts";

/** A checkpoint of test/fixtures/classification, with changes to its config.json, and with the tokenizer of models/reader if asked for. */
export async function assembled(head: string, { config = {}, withTokenizer = false }: { config?: object; withTokenizer?: boolean } = {}): Promise<ModelSource> {
  const folder = `test/fixtures/classification/${head}`;
  const json = { ...(await readFixtureJson<object>(`${folder}/config.json`)), ...config };
  const files = new Map([
    ["config.json", new TextEncoder().encode(JSON.stringify(json))],
    ["model.safetensors", await readFixture(`${folder}/model.safetensors`)],
  ]);
  for (const name of withTokenizer ? ["tokenizer.json", "tokenizer_config.json"] : []) files.set(name, await readFixture(`models/reader/${name}`));
  return {
    name: head,
    stat: async (path) => (files.has(path) ? { size: (files.get(path) as Uint8Array).length } : null),
    read: async (path, { begin = 0, end } = {}) => new Blob([(files.get(path) as Uint8Array<ArrayBuffer>).slice(begin, end)]).stream(),
  };
}
