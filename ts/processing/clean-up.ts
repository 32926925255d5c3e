const CLEAN_UPS: readonly (readonly [string, string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** Takes away the spaces that word pieces leave before punctuation and English contractions. */
export function cleanUpSpaces(text: string): string {
  return CLEAN_UPS.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}
