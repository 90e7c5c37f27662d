// The typed client of the service's API. schema.d.ts is generated from openapi.json (npm run api); a test compares.

import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type Case = Schemas["Case"] & { challenge?: CaseChallenge };
export interface CaseChallenge {
  required: boolean;
  mode: "required" | "optional" | "off";
}
export type Dataset = Schemas["Dataset"];
export type Facets = Schemas["Facets"];
export type Job = Schemas["Job"];
export type Review = Schemas["Review"];
export type Role = Schemas["Role"];
export type Sample = Schemas["Sample"];
export type SampleDetail = Schemas["SampleDetail"];
export type Session = Schemas["Session"];

/** What the service answers where it does not do what was asked: {code, message, field?}, docs/service.md. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

let csrfToken = "";

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Told when the service says that nobody is logged in (any more). */
let onLoggedOut: () => void = () => undefined;

export function whenLoggedOut(listener: () => void): void {
  onLoggedOut = listener;
}

async function errorOf(response: Response): Promise<ApiError> {
  let code = "unexpected";
  let message = `${response.status} ${response.statusText}`;
  let field: string | undefined;
  try {
    const body = (await response.json()) as Partial<Schemas["Error"]>;
    code = body.code ?? code;
    message = body.message ?? message;
    field = body.field;
  } catch {
    // Not ours: a proxy's page, say. The status has to do.
  }
  return new ApiError(response.status, code, message, field, Number(response.headers.get("Retry-After")) || undefined);
}

const authority: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET" && request.method !== "HEAD") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const error = await errorOf(response);
    if (error.code === "unauthenticated") onLoggedOut();
    throw error;
  },
  onError() {
    return new ApiError(0, "unreachable", "The service does not answer.");
  },
};

export const api = createClient<paths>({ baseUrl: "/" });
api.use(authority);

/** The answer's body; failures were thrown as ApiError before. */
export async function body<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** A key under which the service does a creating call at most once. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

/** GET for addresses that are put together by hand. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { signal: signal ?? null });
  } catch (failure) {
    if (signal?.aborted) throw failure;
    throw new ApiError(0, "unreachable", "The service does not answer.");
  }
  if (response.ok) return (await response.json()) as T;
  const error = await errorOf(response);
  if (error.code === "unauthenticated") onLoggedOut();
  throw error;
}

/** POST for addresses that are put together by hand. */
export async function postJson<T>(path: string, content: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
      body: JSON.stringify(content),
    });
  } catch {
    throw new ApiError(0, "unreachable", "The service does not answer.");
  }
  if (response.ok) return (await response.json()) as T;
  throw await errorOf(response);
}

/** PUT of a file with its progress from 0 to 1 (fetch does not tell it). */
export function upload(
  path: string,
  file: Blob,
  options: { headers?: Record<string, string>; onProgress?: (share: number) => void; signal?: AbortSignal } = {},
): Promise<Case> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.setRequestHeader("X-CSRF-Token", csrfToken);
    request.setRequestHeader("Content-Type", file.type.split(";")[0] || "application/octet-stream");
    for (const [name, value] of Object.entries(options.headers ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded / event.total);
    };
    request.onerror = () => reject(new ApiError(0, "unreachable", "The service does not answer."));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    request.onload = () => {
      let answer: Partial<Schemas["Error"]> & Partial<Case> = {};
      try {
        answer = JSON.parse(request.responseText) as typeof answer;
      } catch {
        // as in errorOf
      }
      if (request.status >= 200 && request.status < 300) return resolve(answer as Case);
      if (answer.code === "unauthenticated") onLoggedOut();
      reject(
        new ApiError(
          request.status,
          answer.code ?? "unexpected",
          answer.message ?? request.statusText,
          answer.field,
          Number(request.getResponseHeader("Retry-After")) || undefined,
        ),
      );
    };
    options.signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
