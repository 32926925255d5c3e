/** The instruction `i16x8.relaxed_dot_i8x16_i7x16_s`. */
export const RELAXED_DOT: readonly number[] = [0xfd, 0x92, 0x02];

/** A module whose only function hands two vectors to an instruction. */
export function moduleWith(instruction: readonly number[]): Uint8Array<ArrayBuffer> {
  const vector = [0x41, 0, 0xfd, 0x0f];
  const body = [0, ...vector, ...vector, ...instruction, 0x0b];
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b];
  const functions = [3, 2, 1, 0];
  return Uint8Array.of(...header, ...types, ...functions, 10, body.length + 2, 1, body.length, ...body);
}

let known: boolean | undefined;

/** Whether this host has relaxed SIMD, by which products of bytes and of f32 take fewer instructions. */
export function hasRelaxedSimd(): boolean {
  return (known ??= WebAssembly.validate(moduleWith(RELAXED_DOT)));
}
