interface NormalizerJson {
  type?: string;
  pattern?: { String?: string };
  content?: string;
  normalizers?: NormalizerJson[];
}

/**
 * What a normalizer makes of a single character, or null for one that looks at more than that.
 *
 * @param json `normalizer` of tokenizer.json
 */
export function characterNormalizer(json: unknown): ((character: string) => string) | null {
  if (json === null || json === undefined) return (character) => character;
  const normalizer = json as NormalizerJson;
  const steps = normalizer.type === "Sequence" ? (normalizer.normalizers ?? []) : [normalizer];
  const replacements = new Map<string, string>();
  for (const { type, pattern, content } of steps) {
    if (type !== "Replace" || pattern?.String === undefined || [...pattern.String].length !== 1) return null;
    if (steps.length > 1) return null;
    replacements.set(pattern.String, content ?? "");
  }
  return (character) => replacements.get(character) ?? character;
}
