// What one can do here, by role.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router-dom";

import { api, body } from "../api/client";
import { hasRole, useAccount, useSession } from "../api/session";
import { ButtonLink } from "../ui/button";
import { Icon, type IconName } from "../ui/icons";
import { Card, Page } from "../ui/page";
import { CaseList } from "./cases";

function Tile({ to, icon, title, text, figure }: { to: string; icon: IconName; title: string; text: string; figure?: string | undefined }) {
  return (
    <Link to={to} className="tile">
      <Icon name={icon} size={24} />
      <span className="tile-title">{title}</span>
      <span className="tile-text">{text}</span>
      {figure !== undefined && <span className="tile-figure">{figure}</span>}
    </Link>
  );
}

export function Home() {
  const { t } = useTranslation();
  const { session } = useSession();
  const account = useAccount();
  const admin = hasRole(session, "admin");
  const reviewer = hasRole(session, "reviewer");
  const researcher = hasRole(session, "researcher", "admin");

  const pending = useQuery({
    queryKey: ["accounts", "pending", "count"],
    queryFn: () => body(api.GET("/v1/accounts", { params: { query: { state: "pending", limit: 100 } } })),
    enabled: admin,
  });
  const waiting = useQuery({
    queryKey: ["reviews", "count"],
    queryFn: () => body(api.GET("/v1/reviews", { params: { query: { limit: 100 } } })),
    enabled: reviewer,
  });
  const count = (page: { items: unknown[]; next: string | null } | undefined) =>
    page ? t(page.next ? "home.waitingMany" : "home.waiting", { count: page.items.length }) : undefined;

  const tiles = (
    <div className="tiles">
      {reviewer && <Tile to="/reviews" icon="inbox" title={t("nav.reviews")} text={t("home.reviews")} figure={count(waiting.data)} />}
      {admin && <Tile to="/users?state=pending" icon="users" title={t("nav.users")} text={t("home.users")} figure={count(pending.data)} />}
      <Tile to="/datasets" icon="database" title={t("nav.datasets")} text={t("home.datasets")} />
      {researcher && <Tile to="/evaluations" icon="chart" title={t("nav.evaluations")} text={t("home.evaluations")} />}
      {researcher && <Tile to="/jobs" icon="clock" title={t("nav.jobs")} text={t("home.jobs")} />}
      {admin && <Tile to="/audit" icon="log" title={t("nav.audit")} text={t("home.audit")} />}
      {admin && <Tile to="/privacy" icon="lock" title={t("nav.privacy")} text={t("home.privacy")} />}
      {!admin && <Tile to="/account" icon="user" title={t("nav.account")} text={t("home.account")} />}
    </div>
  );
  const verifications = (
    <Card
      title={t("home.verifyTitle")}
      actions={
        <ButtonLink look="primary" icon="shield" to="/verify/new">
          {t("verify.begin")}
        </ButtonLink>
      }
    >
      <p>{t("home.verifyText")}</p>
      <CaseList limit={5} />
    </Card>
  );
  const works = account.role !== "person";  // what most come for stands first
  return (
    <Page title={t("home.title", { name: account.name })} lead={t(`home.lead.${account.role}`)}>
      {works ? tiles : verifications}
      {works ? verifications : tiles}
    </Page>
  );
}
