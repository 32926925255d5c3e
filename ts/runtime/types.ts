/** What computes: a WebGPU adapter, or wasm with SIMD on the CPU. */
export type Device = "webgpu" | "wasm";

/** What can be asked for; "auto" takes a hardware adapter where there is one, the CPU otherwise. */
export type DeviceOption = "auto" | Device;

/** How weights are kept in memory. */
export type Dtype = "f32" | "bf16";

/** What can be asked for; "auto" keeps a bfloat16 checkpoint as it is and takes f32 for others. f16, q8 and q4 are refused by now. */
export type DtypeOption = "auto" | Dtype | "f16" | "q8" | "q4";
