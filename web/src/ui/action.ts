// A call that a form makes: whether it runs, what it said, and which field it minded.

import { useCallback, useRef, useState } from "react";

import { ApiError } from "../api/client";
import { useErrorText } from "./feedback";

export function useAction<A extends unknown[]>(work: (...args: A) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const text = useErrorText();
  const running = useRef(false);

  const run = useCallback(
    async (...args: A) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      setError(null);
      try {
        await work(...args);
      } catch (failure) {
        setError(failure);
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
    [work],
  );

  const field = error instanceof ApiError ? error.field : undefined;
  return {
    run,
    busy,
    error,
    clear: () => setError(null),
    /** What to say at this field. */
    at: (name: string): string | undefined => (field === name ? text(error) : undefined),
    /** What to say above the form, of errors that no field of it shows. */
    general: (...shown: string[]): unknown => (error && !(field && shown.includes(field)) ? error : null),
  };
}
