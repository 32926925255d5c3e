/** What computes: a WebGPU adapter, or wasm with SIMD on the CPU. */
export type Device = "webgpu" | "wasm";

/** What can be asked for; "auto" takes a hardware adapter where there is one, the CPU otherwise. */
export type DeviceOption = "auto" | Device;

/** Threads that compute on the CPU; "auto" takes what the machine has, up to 8, where threads can share memory, and 1 elsewhere. */
export type ThreadsOption = "auto" | number;

/**
 * How weight matrices are kept in memory. q8 and q4 are bytes and nibbles in blocks of 32 that share a scale, quantised while
 * loading; norms, biases and the vision tower stay f32.
 */
export type Dtype = "f32" | "bf16" | "f16" | "q8" | "q4";

/** What can be asked for; "auto" keeps all that a checkpoint has, if the memory allows: bf16 of bfloat16, f32 of most others. */
export type DtypeOption = "auto" | Dtype;
