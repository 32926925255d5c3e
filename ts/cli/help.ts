/** What --help prints. */
export const HELP = `Usage: t5gemma2 [options] PROMPT

Answers a prompt, with pictures or without. The prompt may also come from standard input. The answer streams to standard output.

  --model SOURCE         hub id, folder, URL of a folder, or builtin:reader (default: builtin:reader)
  --task TASK            image-text-to-text (default), text2text-generation, summarization, translation, translation_XX_to_YY,
                         text-classification, token-classification or feature-extraction
  --image FILE|URL       a picture; may be repeated. Each needs its <start_of_image> in the prompt, which --chat puts there
  --device DEVICE        auto, webgpu or wasm (default: auto)
  --threads N            threads on the CPU, or auto (default: auto)
  --dtype DTYPE          auto, f32, bf16, f16, q8 or q4: how weights are kept (default: auto)
  --max-new-tokens N     tokens at most (default: the checkpoint's, or else 128)
  --temperature X        draws tokens instead of taking the likeliest; below 1 likely ones are likelier
  --top-k N, --top-p P   draws of the N likeliest tokens, or of those that make up the probability P
  --seed N               makes draws the same every time
  --beams N              searches for the likeliest answer with N beams; it comes when it is whole
  --stop TEXT            ends the answer before this text; may be repeated
  --schema FILE          answers in JSON under the JSON Schema in the file
  --regex PATTERN        answers what fits a regular expression, in JavaScript's syntax
  --choices A,B,C        answers one of these texts
  --prompt-lookup N      guesses N tokens ahead, copied from the prompt; the answer stays the same
  --chat                 asks as a user in a conversation, by the checkpoint's chat template
  --json                 prints one line of JSON at the end, with the answer and how it was computed
  --verbose              says on standard error where and how fast it computed, terminal or not
  --help, --version

Tasks that write nothing print a line of each label (with its score), token (label, score, begin, end, word) or vector:

  --top-k N              text-classification: so many labels (default: 1)
  --aggregation HOW      token-classification: none, simple, first, average or max: how tokens become entities (default: none)
  --pooling HOW          feature-extraction: mean or last: one vector; none: one a token (default: mean)
  --normalize            feature-extraction: divides vectors by their length

  t5gemma2 --chat --image photo.png "What number is shown?"
  t5gemma2 --model google/t5gemma-2-270m-270m --image photo.jpg "<start_of_image> in this image, there is"
  t5gemma2 --chat --regex "[0-9]+" --image photo.png "What number is shown?"
`;
