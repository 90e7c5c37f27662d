/** A text with its SHA-256 hashes cut to their first letters: enough to compare by eye. */
export function shortHashes(text: string): string {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1\u2026");
}
