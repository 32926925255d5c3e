import { GenerationConfig } from "../generation/generation-config.js";
import { T5Gemma2Config } from "../models/config.js";
import type { JsonObject } from "../models/config-fields.js";
import { type Drawable, drawnPixels, isDrawable } from "../processing/picture-canvas.js";
import { Tensor, type TensorArray, type TensorType } from "../processing/tensor.js";

/** Packs or unpacks what a value is made of. */
export type Part = (value: unknown, name: string) => unknown;

/** How values of a kind are sent that can't be cloned, or lose their class. */
export interface Form<Value extends object, Sent> {
  readonly kind: string;
  is(value: object): boolean;
  pack(value: Value, part: Part, name: string): Sent;
  unpack(sent: Sent, part: Part): unknown;
}

const form = <Value extends object, Sent>(made: Form<Value, Sent>): Form<object, unknown> => made as unknown as Form<object, unknown>;

interface SentTensor {
  readonly dtype: TensorType;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** A stream is read chunk by chunk, when asked. */
const stream = form<ReadableStream, { reader: unknown }>({
  kind: "stream",
  is: (value) => value instanceof ReadableStream,
  pack: (value, part, name) => {
    const reader = value.getReader();
    const next = (): Promise<unknown> => reader.read();
    const cancel = (): Promise<void> => reader.cancel();
    return { reader: part([next, cancel], name) };
  },
  unpack: ({ reader }, part) => {
    const [next, cancel] = part(reader, "") as [() => Promise<ReadableStreamReadResult<unknown>>, () => Promise<void>];
    const pull = async (controller: ReadableStreamDefaultController<unknown>): Promise<void> => {
      const { done, value } = await next();
      if (done) controller.close();
      else controller.enqueue(value);
    };
    return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
  },
});

interface SentResponse {
  readonly body: unknown;
  readonly init: { status: number; statusText: string; headers: [string, string][] };
  readonly facts: { url: string; type: ResponseType; redirected: boolean };
}

/** Answers of a `fetch` of the caller's. */
const response = form<Response, SentResponse>({
  kind: "response",
  is: (value) => value instanceof Response,
  pack: ({ body, status, statusText, headers, url, type, redirected }, part, name) => ({
    body: part(body, name),
    init: { status, statusText, headers: [...headers] },
    facts: { url, type, redirected },
  }),
  unpack: ({ body, init, facts }, part) => {
    const made = new Response(part(body, "") as ReadableStream | null, init);
    for (const [name, value] of Object.entries(facts)) Object.defineProperty(made, name, { value });
    return made;
  },
});

interface SentFile {
  readonly blob: Blob;
  readonly name: string;
  readonly options: FilePropertyBag;
  readonly path: string;
}

/** Node and Deno make a nameless Blob of a File. */
const file = form<File, SentFile>({
  kind: "file",
  is: (value) => value instanceof File,
  pack: (value) => ({
    blob: value.slice(0, value.size, value.type),
    name: value.name,
    options: { type: value.type, lastModified: value.lastModified },
    path: value.webkitRelativePath ?? "",
  }),
  unpack: ({ blob, name, options, path }) => Object.defineProperty(new File([blob], name, options), "webkitRelativePath", { value: path }),
});

/** The model reads its own configuration: a change of a copy would mean nothing, so it throws. */
function frozen(config: T5Gemma2Config): T5Gemma2Config {
  const { encoder, decoder } = config;
  for (const each of [config, encoder, encoder.textConfig, encoder.visionConfig, decoder]) Object.freeze(each);
  return config;
}

/** All kinds, the first that fits is taken. */
export const FORMS: readonly Form<object, unknown>[] = [
  form<Tensor, SentTensor>({
    kind: "tensor",
    is: (value) => value instanceof Tensor,
    pack: (value, part, name) => ({ dtype: value.dtype, dims: value.dims, data: part(value.cpuData(name), name) }),
    unpack: ({ dtype, dims, data }) => new Tensor(dtype, data as TensorArray<TensorType>, dims),
  }),
  form<URL, { href: string }>({ kind: "url", is: (value) => value instanceof URL, pack: ({ href }) => ({ href }), unpack: ({ href }) => new URL(href) }),
  form<T5Gemma2Config, { json: JsonObject }>({
    kind: "config",
    is: (value) => value instanceof T5Gemma2Config,
    pack: (value) => ({ json: value.toJSON() }),
    unpack: ({ json }) => frozen(T5Gemma2Config.fromJSON(json)),
  }),
  form<GenerationConfig, { json: JsonObject }>({
    kind: "generation-config",
    is: (value) => value instanceof GenerationConfig,
    pack: (value) => ({ json: value.toJSON() }),
    unpack: ({ json }) => GenerationConfig.fromJSON(json),
  }),
  form<Drawable, unknown>({ kind: "pixels", is: isDrawable, pack: (value) => ({ pixels: drawnPixels(value) }), unpack: (sent) => (sent as { pixels: unknown }).pixels }),
  form<Headers, { headers: [string, string][] }>({
    kind: "headers",
    is: (value) => value instanceof Headers,
    pack: (value) => ({ headers: [...value] }),
    unpack: ({ headers }) => new Headers(headers),
  }),
  file,
  stream,
  response,
];
