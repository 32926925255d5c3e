import { existsSync } from "node:fs";

/** Dawn in Node finds no adapter on Mesa's software Vulkan; Chromium's SwiftShader serves it, where it is installed. */
const swiftshader = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** What the environment of a Node program with WebGPU needs on this machine. */
export const dawnEnvironment = existsSync(swiftshader) ? { VK_ICD_FILENAMES: swiftshader, VK_DRIVER_FILES: swiftshader } : {};
