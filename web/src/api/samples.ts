// The search for samples: its filters live in the page's address and are the service's own parameters.

import type { Dataset, Sample } from "./client";
import { getJson } from "./client";
import type { Page } from "./paging";

export const facetNames = ["kind", "species", "method", "compression", "split", "licence"] as const;
export type FacetName = (typeof facetNames)[number];

const kNames = new Set<string>([...facetNames, "text", "identity", "age_from", "age_to", "failed"]);

/** Only what the service knows, without empty values. */
export function filtersOf(query: URLSearchParams): URLSearchParams {
  const out = new URLSearchParams();
  for (const [name, value] of query) if (value !== "" && (kNames.has(name) || name.startsWith("attribute."))) out.append(name, value);
  return out;
}

const encoded = encodeURIComponent;

export function findSamples(dataset: string, filters: URLSearchParams, cursor: string | undefined, limit: number, signal?: AbortSignal) {
  const query = new URLSearchParams(filters);
  query.set("limit", String(limit));
  if (cursor) query.set("cursor", cursor);
  return getJson<Page<Sample>>(`/v1/datasets/${encoded(dataset)}/samples?${query}`, signal);
}

export function findDatasets(filters: URLSearchParams, signal?: AbortSignal) {
  const query = filters.toString();
  return getJson<Page<Dataset>>(`/v1/datasets${query ? `?${query}` : ""}`, signal);
}

export function sampleLink(dataset: string, sample: string): string {
  return `/datasets/${encoded(dataset)}/samples/${encoded(sample)}`;
}

export function mediaAddress(dataset: string, sample: string): string {
  return `/v1/datasets/${encoded(dataset)}/samples/${encoded(sample)}/media`;
}

/** A still of a sample: of a clip, the frame at this share of its length. */
export function frameAddress(dataset: string, sample: string, width: number, at = 0.5): string {
  return `/v1/datasets/${encoded(dataset)}/samples/${encoded(sample)}/frame?at=${at.toFixed(3)}&width=${width}`;
}
