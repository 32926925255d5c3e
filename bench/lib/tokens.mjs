/** Token ids that look random, the same ones each time. */
export function tokens(count, vocab = 4000) {
  return Array.from({ length: count }, (_, i) => 3 + ((i * 7919) % (vocab - 10)));
}
