import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Tokenizer } from "../../../ts/processing/tokenizer.js";
import { TokenTables } from "../../../ts/worker/token-tables.js";

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../models/reader/${name}`, import.meta.url), "utf8"));

it("a table makes the tokenizer's text; it is sent once, and again when the tokenizer knows more tokens", () => {
  const tokenizer = new Tokenizer({ tokenizer: read("tokenizer.json"), config: read("tokenizer_config.json") });
  const [page, worker] = [new TokenTables(), new TokenTables()];
  const first = page.pack(tokenizer);
  const table = worker.unpack(structuredClone(first));
  expect(worker.unpack(structuredClone(page.pack(tokenizer)))).toBe(table);
  expect(page.pack(tokenizer).data).toBeUndefined();
  const ids = tokenizer.encode("Write 427 in words: déjà vu 🍎\n");
  expect(table.decode(ids)).toBe(tokenizer.decode(ids));
  for (const id of [...ids, 0, 1, 2, 300, 575, 9999]) {
    expect(table.convertIdsToTokens(id)).toBe(tokenizer.convertIdsToTokens(id));
    expect(table.textBytes(id)).toEqual(tokenizer.textBytes(id));
    expect(table.streamDecoder({ skipSpecialTokens: true }).push(id)).toBe(tokenizer.streamDecoder({ skipSpecialTokens: true }).push(id));
  }
  tokenizer.addTokens(["<own>"]);
  const more = worker.unpack(structuredClone(page.pack(tokenizer)));
  expect([table.decode([576]), more.decode([576])]).toEqual(["", "<own>"]);
});
