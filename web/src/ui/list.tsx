// A list that the service pages: that it is loading, that there is nothing, its items, and the way to more of them.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import type { Pages } from "../api/paging";
import { Button } from "./button";
import { Empty, Loading } from "./feedback";
import { Icon, type IconName } from "./icons";

export function Paged<T>({ list, icon, none, children }: { list: Pages<T>; icon: IconName; none: string; children: (items: T[]) => ReactNode }) {
  return (
    <>
      {list.loading ? <Loading /> : list.items.length === 0 ? <Empty icon={icon} title={none} /> : children(list.items)}
      <More list={list} />
    </>
  );
}

/** A line of a list that leads to what it names. */
export function RowLink({ to, title, note, badge }: { to: string; title: ReactNode; note: ReactNode; badge?: ReactNode }) {
  return (
    <li>
      <Link className="row-link" to={to}>
        <span className="row-main">
          <span className="row-title">{title}</span>
          <span className="note">{note}</span>
        </span>
        {badge}
        <Icon name="next" size={16} />
      </Link>
    </li>
  );
}

export function More({ list }: { list: Pick<Pages<unknown>, "hasMore" | "loadingMore" | "more"> }) {
  const { t } = useTranslation();
  if (!list.hasMore) return null;
  return (
    <div className="more">
      <Button onPress={list.more} isPending={list.loadingMore}>
        {t("common.more")}
      </Button>
    </div>
  );
}
