// Who is logged in, for all pages.

import { useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, type ReactNode } from "react";

import { api, ApiError, body, setCsrfToken, whenLoggedOut, type Role, type Session } from "./client";

interface SessionState {
  session: Session | null;
  loading: boolean;
  /** The service can not be asked at the moment. */
  failure: Error | null;
  enter: (session: Session) => void;
  leave: () => Promise<void>;
  /** After the account or its session changed. */
  refresh: () => Promise<void>;
}

const Context = createContext<SessionState | null>(null);

async function currentSession(): Promise<Session | null> {
  try {
    const session = await body(api.GET("/v1/session"));
    setCsrfToken(session.csrf_token);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Nothing stays of whoever was here before. */
export function forget(queries: QueryClient): void {
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const { data, isPending, error } = useQuery({ queryKey: ["session"], queryFn: currentSession, staleTime: 60_000 });

  useEffect(() => {
    whenLoggedOut(() => queries.setQueryData(["session"], null));
  }, [queries]);

  const state = useMemo<SessionState>(
    () => ({
      session: data ?? null,
      loading: isPending,
      failure: error,
      enter(session) {
        setCsrfToken(session.csrf_token);
        forget(queries);
        queries.setQueryData(["session"], session);
      },
      async leave() {
        try {
          await api.DELETE("/v1/session");
        } finally {
          setCsrfToken("");
          queries.setQueryData(["session"], null);
          forget(queries);
        }
      },
      async refresh() {
        await queries.invalidateQueries({ queryKey: ["session"] });
      },
    }),
    [data, isPending, error, queries],
  );
  return <Context.Provider value={state}>{children}</Context.Provider>;
}

export function useSession(): SessionState {
  const state = useContext(Context);
  if (!state) throw new Error("useSession outside SessionProvider");
  return state;
}

/** The account of whoever is logged in; only below pages that need a log-in. */
export function useAccount() {
  const { session } = useSession();
  if (!session) throw new Error("useAccount without a log-in");
  return session.account;
}

export function hasRole(session: Session | null, ...roles: Role[]): boolean {
  return session !== null && roles.includes(session.account.role);
}
