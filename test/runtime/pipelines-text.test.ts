import { type ModelSource, openSource, pipeline } from "t5gemma2";
import { describe, expect, it } from "vitest";

const chat = [{ role: "user", content: "Write 427 in words." }];

/** The built-in checkpoint with changes to its config.json. */
async function reader(changes: object): Promise<ModelSource> {
  const source = await openSource("builtin:reader");
  const config = { ...((await new Response(await source.read("config.json")).json()) as object), ...changes };
  const bytes = new TextEncoder().encode(JSON.stringify(config));
  return {
    name: "reader with changes",
    stat: (path, options) => (path === "config.json" ? Promise.resolve({ size: bytes.length }) : source.stat(path, options)),
    read: (path, options = {}) =>
      path === "config.json" ? Promise.resolve(new Blob([bytes.slice(options.begin ?? 0, options.end)]).stream()) : source.read(path, options),
  };
}

describe("summarization and translation", () => {
  it("answer under their own names", async () => {
    using summarize = await pipeline("summarization", "builtin:reader", { device: "wasm" });
    const [{ inputText, summaryText }] = (await summarize(chat)) as [{ inputText: string; summaryText: string }];
    expect([inputText.includes("Write 427"), summaryText]).toEqual([true, "four hundred twenty-seven"]);
    using translate = await pipeline("translation", "builtin:reader", { device: "wasm" });
    expect((await translate([chat, chat])).map(({ translationText }) => translationText)).toEqual([summaryText, summaryText]);
    expect([summarize.task, translate.task]).toEqual(["summarization", "translation"]);
  });

  it("stream", async () => {
    using translate = await pipeline("translation_de_to_en", "builtin:reader", { device: "wasm" });
    let text = "";
    for await (const token of translate.stream(chat)) text += token.text;
    expect([translate.task, text]).toEqual(["translation_de_to_en", "four hundred twenty-seven"]);
  });

  it("read the checkpoint's prefix and settings for the task, below what the caller says", async () => {
    const tasks = { summarization: { prefix: "words: ", max_new_tokens: 3, min_new_tokens: 3 }, translation_en_to_de: { num_beams: 2, num_return_sequences: 2 } };
    const source = await reader({ prefix: "in general: ", task_specific_params: tasks });
    using summarize = await pipeline("summarization", source, { device: "wasm" });
    const count = async (...given: Parameters<typeof summarize>): Promise<number> => summarize.processor.tokenizer.encode((await summarize(...given))[0]!.summaryText, { addSpecialTokens: false }).length;
    expect((await summarize("427"))[0]!.inputText).toBe("words: 427");
    expect((await summarize(chat))[0]!.inputText).not.toContain("words: ");
    expect(await count(chat)).toBe(3);
    expect(await count(chat, { generationConfig: { maxNewTokens: 2, minNewTokens: 1 } })).toBe(2);
    expect(await count(chat, { maxNewTokens: 1, minNewTokens: 1 })).toBe(1);
    using translate = await pipeline("translation_en_to_de", source, { device: "wasm" });
    expect((await translate("427")).map(({ inputText }) => inputText)).toEqual(["in general: 427", "in general: 427"]);
    using write = await pipeline("text2text-generation", source, { device: "wasm" });
    expect((await write(["427", "1"])).map(({ inputText }) => inputText)).toEqual(["in general: 427", "in general: 1"]);
  });

  it("refuse a prefix that is no text", async () => {
    await expect(pipeline("summarization", await reader({ prefix: 3 }), { device: "wasm" })).rejects.toMatchObject({ code: "ConfigError", message: expect.stringMatching(/^prefix: must be a string/) });
  });

  it("want text, and known options", async () => {
    using summarize = await pipeline("summarization", "builtin:reader", { device: "wasm" });
    await expect(summarize(3 as never)).rejects.toThrow("summarization: the input must be text, messages, or an array of them, not number");
    await expect(summarize("a", { srcLang: "en" } as object)).rejects.toMatchObject({ code: "InputError", message: expect.stringContaining('unknown option "srcLang"') });
  });

  it.each(["translation_", "translation_en", "translation_en_to_", "summarisation", "toString", 3])("%j is no task", async (task) => {
    await expect(pipeline(task as "ner", "builtin:reader")).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(/there is no task .*translation_XX_to_YY/) });
  });
});
