import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import { Tensor, type TensorType } from "../../../ts/processing/tensor.js";
import { toTokenBlock, type TokenRows } from "../../../ts/processing/token-rows.js";

describe("Tensor", () => {
  it("keeps a typed array and tells its shape", async () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const tensor = new Tensor("float32", data, [2, 3]);
    expect(await tensor.data()).toBe(data);
    expect(tensor.tolist()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([tensor.dtype, tensor.dims, tensor.size]).toEqual(["float32", [2, 3], 6]);
  });

  it("goes to nested arrays and back", () => {
    const dims = fc.array(fc.nat({ max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(dims, (shape) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const tensor = new Tensor("int32", Int32Array.from({ length: size }, (_, i) => i * 7 - 3), shape);
        const again = Tensor.from("int32", tensor.tolist());
        expect(again.tolist()).toEqual(tensor.tolist());
        // Behind an axis of length 0 nothing tells what else there was.
        const empty = shape.indexOf(0);
        if (empty < 0) expect(again.dims).toEqual(shape);
      }),
    );
  });

  it.each<[string, () => unknown, RegExp]>([
    ["lengths that disagree", () => new Tensor("int32", [1, 2, 3], [2, 2]), /\[2, 2\] hold 4 .* has 3/],
    ["a negative dimension", () => new Tensor("int32", [], [-1]), /dims/],
    ["a fraction as int32", () => new Tensor("int32", [1, 1.5], [2]), /element 1 \(1\.5\)/],
    ["more than 32 bits", () => new Tensor("int32", [2 ** 31], [1]), /2147483648/],
    ["another kind of array", () => new Tensor("int32", Float32Array.of(1) as never, [1]), /Float32Array/],
    ["another dtype", () => new Tensor("float64" as TensorType, [1], [1]), /"float64"/],
    ["ragged rows", () => Tensor.from("int32", [[1, 2], [3]]), /row \[1\] has length 1, but the first one has 2/],
    ["ragged rows deeper down", () => Tensor.from("int32", [[[1], [2]], [[3], [4, 5]]]), /row \[1\]\[1\] has length 2/],
    ["arrays among numbers", () => Tensor.from("int32", [1, [2]]), /row \[1\] is an array/],
    ["numbers among arrays", () => Tensor.from("int32", [[1], 2]), /row \[1\] is number/],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });

  it("can't be read after it was disposed of", async () => {
    const tensor = new Tensor("int32", [1], [1]);
    tensor.dispose();
    tensor.dispose();
    expect(tensor.disposed).toBe(true);
    await expect(tensor.data()).rejects.toThrow(/dispose/);
    expect(() => tensor.tolist()).toThrow(InputError);
  });

  it("is disposed of by `using`, where there is such a thing", () => {
    const tensor = new Tensor("int32", [1], [1]);
    if (Symbol.dispose !== undefined) tensor[Symbol.dispose]();
    else tensor.dispose();
    expect(tensor.disposed).toBe(true);
  });
});

describe("toTokenBlock", () => {
  it("takes arrays and tensors", () => {
    const expected = { data: Int32Array.of(1, 2, 3, 4), batch: 2, length: 2 };
    expect(toTokenBlock("inputIds", [[1, 2], [3, 4]])).toEqual(expected); // prettier-ignore
    expect(toTokenBlock("inputIds", new Tensor("int32", [1, 2, 3, 4], [2, 2]))).toEqual(expected);
  });

  it.each<[string, unknown, RegExp]>([
    ["ragged rows", [[1, 2], [3]], /inputIds\[1\] has 1 values, but inputIds\[0\] has 2/],
    ["a single row", [1, 2], /inputIds\[0\] must be an array of numbers, not number/],
    ["no rows", [], /inputIds is empty/],
    ["a hole", [undefined, [1]], /inputIds\[0\] must be an array/],
    ["a fraction", [[1, 0.5]], /inputIds\[0\]\[1\] is 0\.5/],
    ["text", "abc", /must be arrays of numbers or a tensor, not string/],
    ["a float tensor", new Tensor("float32", [1], [1, 1]), /int32/],
    ["a tensor of one axis", new Tensor("int32", [1], [1]), /\[batch, length\]/],
    ["a negative id", [[3, -1]], /inputIds\[0\]\[1\] is -1; values must be from 0 to 9/],
    ["an id beyond the vocabulary", [[1, 2], [3, 10]], /inputIds\[1\]\[1\] is 10/],
  ])("refuses %s", (_, rows, message) => {
    const read = (): unknown => toTokenBlock("inputIds", rows as TokenRows, { below: 10 });
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });

  it("takes lower limits, as labels need", () => {
    expect(toTokenBlock("labels", [[-100, 5]], { min: -100 }).data).toEqual(Int32Array.of(-100, 5));
  });
});
