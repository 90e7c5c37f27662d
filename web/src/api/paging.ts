// Lists that the service pages by cursor.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";

export interface Page<T> {
  items: T[];
  next: string | null;
  total?: number;
}

export function usePages<T>(key: readonly unknown[], fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  return {
    items: query.data?.pages.flatMap((page) => page.items) ?? [],
    total: query.data?.pages[0]?.total,
    loading: query.isPending,
    error: query.error,
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    reload: () => void query.refetch(),
  };
}

export type Pages<T> = Omit<ReturnType<typeof usePages<T>>, "total">;

/** Asks for the list again every two seconds while something in it goes on. */
export function useReloadWhile(going: boolean, reload: () => void): void {
  useEffect(() => {
    if (!going) return;
    const timer = window.setInterval(reload, 2000);
    return () => window.clearInterval(timer);
  }, [going, reload]);
}
