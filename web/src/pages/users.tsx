// Who may come in: registered, authorised and not authorised users; and one of them with what an administrator may do.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router-dom";

import { api, body, type Account, type Role } from "../api/client";
import { usePages } from "../api/paging";
import { useAccount } from "../api/session";
import { useFormat } from "../i18n/format";
import { useAction } from "../ui/action";
import { Button, ButtonLink } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { Badge, Failure, Loading, type Tone } from "../ui/feedback";
import { Choice, TextField } from "../ui/fields";
import { Paged } from "../ui/list";
import { Card, Facts, Page, Table } from "../ui/page";

type State = Account["state"];
type Filter = "all" | State;
const filters: Filter[] = ["all", "pending", "authorised", "rejected", "suspended", "erased"];
const tones: Record<State, Tone> = { pending: "warn", authorised: "good", rejected: "bad", suspended: "bad", erased: "neutral" };

function AccountBadge({ state }: { state: State }) {
  const { t } = useTranslation();
  return <Badge tone={tones[state]}>{t(`accountStates.${state}`)}</Badge>;
}

function useDecide(onDone: () => Promise<unknown>) {
  return useAction(async (id: string, state: "authorised" | "rejected" | "suspended") => {
    await api.POST("/v1/accounts/{id}/state", { params: { path: { id } }, body: { state } });
    await onDone();
  });
}

export function Users() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const [query, setQuery] = useSearchParams();
  const asked = query.get("state") as Filter | null;
  const state: Filter = asked && filters.includes(asked) ? asked : "all";
  const text = query.get("text") ?? "";
  const [typed, setTyped] = useState(text);
  const list = usePages<Account>(["accounts", state, text], (cursor, signal) =>
    body(
      api.GET("/v1/accounts", {
        params: { query: { ...(state !== "all" ? { state } : {}), ...(text ? { text } : {}), ...(cursor ? { cursor } : {}), limit: 25 } },
        signal,
      }),
    ),
  );
  const decide = useDecide(() => queries.invalidateQueries({ queryKey: ["accounts"] }));
  const choose = (next: Record<string, string>) => {
    const merged = { state, text, ...next };
    setQuery(Object.fromEntries(Object.entries(merged).filter(([name, value]) => value && !(name === "state" && value === "all"))));
  };
  return (
    <Page title={t(`users.titles.${state}`)} lead={t("users.lead")}>
      <div className="filters">
        <div className="segments" role="group" aria-label={t("users.filter")}>
          {filters.map((each) => (
            <Button key={each} look="quiet" aria-pressed={each === state} onPress={() => choose({ state: each })}>
              {t(`users.filters.${each}`)}
            </Button>
          ))}
        </div>
        <form
          role="search"
          className="search"
          onSubmit={(event) => {
            event.preventDefault();
            choose({ text: typed.trim() });
          }}
        >
          <TextField label={t("users.search")} value={typed} onChange={setTyped} type="search" />
          <Button type="submit" icon="search">
            {t("common.find")}
          </Button>
        </form>
      </div>
      <Failure error={list.error ?? decide.error} />
      <Paged list={list} icon="users" none={t("users.none")}>
        {(items) => (
          <Table
            label={t(`users.titles.${state}`)}
            rows={items}
            rowKey={(row) => row.id}
            columns={[
              {
                title: t("fields.name"),
                head: true,
                cell: (row) => (
                  <Link to={`/users/${row.id}`} className="row-name">
                    {row.name || t("users.noName")}
                    <span className="note">{row.email}</span>
                  </Link>
                ),
              },
              { title: t("fields.role"), cell: (row) => t(`roles.${row.role}`) },
              { title: t("fields.state"), cell: (row) => <AccountBadge state={row.state} /> },
              { title: t("users.registered"), cell: (row) => format.time(row.created_at) },
              {
                title: t("users.actions"),
                cell: (row) =>
                  row.state === "pending" ? (
                    <div className="actions tight">
                      <Button look="primary" onPress={() => void decide.run(row.id, "authorised")} aria-label={t("users.authoriseWhom", { name: row.name })}>
                        {t("users.authorise")}
                      </Button>
                      <Button onPress={() => void decide.run(row.id, "rejected")} aria-label={t("users.rejectWhom", { name: row.name })}>
                        {t("users.reject")}
                      </Button>
                    </div>
                  ) : (
                    <ButtonLink look="quiet" to={`/users/${row.id}`} aria-label={t("users.openWhom", { name: row.name })}>
                      {t("users.open")}
                    </ButtonLink>
                  ),
              },
            ]}
          />
        )}
      </Paged>
    </Page>
  );
}

export function User() {
  const { t } = useTranslation();
  const format = useFormat();
  const { id = "" } = useParams();
  const self = useAccount();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const account = useQuery({
    queryKey: ["accounts", "one", id],
    queryFn: () => body(api.GET("/v1/accounts/{id}", { params: { path: { id } } })),
  });
  const reload = () => queries.invalidateQueries({ queryKey: ["accounts"] });
  const decide = useDecide(reload);
  const setRole = useAction(async (role: Role) => {
    await api.POST("/v1/accounts/{id}/role", { params: { path: { id } }, body: { role } });
    await reload();
  });
  if (account.isPending) return <Loading />;
  if (account.error) return <Failure error={account.error} />;
  const shown = account.data;
  const gone = shown.state === "erased";
  return (
    <Page narrow title={shown.name || t("users.noName")} lead={shown.email} back={{ to: "/users", label: t("users.titles.all") }}>
      <Card title={t("users.account")}>
        <Facts
          rows={[
            [t("fields.state"), <AccountBadge key="s" state={shown.state} />],
            [t("fields.role"), t(`roles.${shown.role}`)],
            [t("users.totp"), shown.totp ? t("common.yes") : t("common.no")],
            [t("users.registered"), format.time(shown.created_at)],
            ...(shown.decided_at ? [[t("users.decided"), format.time(shown.decided_at)] as [string, string]] : []),
            [t("users.number"), <code key="n">{shown.id}</code>],
          ]}
        />
        <Failure error={decide.error} />
        {!gone && (
          <div className="actions">
            {shown.state !== "authorised" && (
              <Button look="primary" isPending={decide.busy} onPress={() => void decide.run(id, "authorised")}>
                {t("users.authorise")}
              </Button>
            )}
            {shown.state === "pending" && (
              <Button isPending={decide.busy} onPress={() => void decide.run(id, "rejected")}>
                {t("users.reject")}
              </Button>
            )}
            {shown.state === "authorised" && shown.id !== self.id && (
              <Button isPending={decide.busy} onPress={() => void decide.run(id, "suspended")}>
                {t("users.suspend")}
              </Button>
            )}
          </div>
        )}
      </Card>
      {!gone && (
        <Card title={t("users.rights")}>
          <Failure error={setRole.error} />
          <Choice
            label={t("fields.role")}
            value={shown.role}
            onChange={(role) => void setRole.run(role as Role)}
            options={(["person", "reviewer", "researcher", "admin"] as const).map((role) => ({ value: role, label: t(`roles.${role}`) }))}
            help={t("users.roleHelp")}
          />
          <div className="actions">
            {shown.totp && (
              <Confirm
                label={t("users.resetTotp")}
                title={t("users.resetTotp")}
                confirm={t("users.resetTotp")}
                onConfirm={async () => {
                  await api.POST("/v1/accounts/{id}/totp-reset", { params: { path: { id } }, body: {} });
                  await reload();
                }}
              >
                <p>{t("users.resetTotpText")}</p>
              </Confirm>
            )}
            {shown.id !== self.id && (
              <Confirm
                label={t("users.erase")}
                icon="trash"
                title={t("users.eraseTitle", { name: shown.name })}
                confirm={t("users.erase")}
                onConfirm={async () => {
                  await api.DELETE("/v1/accounts/{id}", { params: { path: { id } } });
                  await reload();
                  navigate("/users", { replace: true });
                }}
              >
                <p>{t("users.eraseText")}</p>
              </Confirm>
            )}
          </div>
        </Card>
      )}
    </Page>
  );
}
