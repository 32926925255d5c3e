import { describe, expect, it } from "vitest";
import { criterionHits, process } from "../../../ts/generation/hooks.js";
import { StopRules } from "../../../ts/generation/stop-rules.js";

const rows = [[2, 5], [2, 6]];

describe("own processors", () => {
  it("change scores in place or return others, one after the other", async () => {
    const seen: number[][][] = [];
    const scores = await process(
      [
        (ids, given) => {
          seen.push(ids);
          given[1]![0] = 9;
        },
        async (_, given) => given.map((row) => row.map((score) => 2 * score)),
      ],
      rows,
      Float32Array.of(1, 2, 3, 4),
    );
    expect([...scores]).toEqual([2, 4, 18, 8]);
    expect(seen).toEqual([rows]);
  });

  it.each([[[new Float32Array(2)]], [[new Float32Array(2), new Float32Array(3)]], [[[1, 2], [3, 4]]], [5]])("may not return %j", async (returned) => {
    await expect(process([() => returned as never], rows, new Float32Array(4))).rejects.toThrow(/^logitsProcessors\[0\]: returned/);
  });

  it("can't spoil the rows", async () => {
    await process([(ids) => void ids[0]!.push(1)], rows, new Float32Array(4));
    expect(rows[0]).toEqual([2, 5]);
  });
});

describe("own criteria", () => {
  it("end all rows or some", async () => {
    expect(await criterionHits(() => true, 0, rows, undefined)).toEqual([true, true]);
    expect(await criterionHits(async () => [false, true], 0, rows, undefined)).toEqual([false, true]);
    await expect(criterionHits(() => [true], 1, rows, undefined)).rejects.toThrow(/^stoppingCriteria\[1\]: must return/);
    await expect(criterionHits((() => undefined) as never, 0, rows, undefined)).rejects.toThrow(/^stoppingCriteria\[0\]/);
  });

  it("go before the time", async () => {
    const rules = new StopRules([(ids) => ids.map((row) => row.includes(6))], 0.001);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await rules.check(rows, undefined)).toEqual(["time", "stop"]);
    expect(rules.isLate).toBe(true);
    expect(new StopRules([], undefined).isEmpty).toBe(true);
  });
});
