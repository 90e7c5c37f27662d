import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router-dom";

import { api, body, type Schemas } from "../api/client";
import { usePages } from "../api/paging";
import { useFormat } from "../i18n/format";
import { Button } from "../ui/button";
import { Failure, Notice } from "../ui/feedback";
import { TextField } from "../ui/fields";
import { shortHashes } from "../ui/hashes";
import { Paged } from "../ui/list";
import { Page, Table } from "../ui/page";

type Entry = Schemas["AuditEntry"];

export function Audit() {
  const { t } = useTranslation();
  const format = useFormat();
  const [query, setQuery] = useSearchParams();
  const subject = query.get("subject") ?? "";
  const [typed, setTyped] = useState(subject);
  const list = usePages<Entry>(["audit", subject], (cursor, signal) =>
    body(api.GET("/v1/audit", { params: { query: { limit: 50, ...(subject ? { subject } : {}), ...(cursor ? { cursor } : {}) } }, signal })),
  );
  const check = useQuery({ queryKey: ["audit-check"], queryFn: () => body(api.GET("/v1/audit/check")), enabled: false });
  return (
    <Page
      title={t("audit.title")}
      lead={t("audit.lead")}
      actions={
        <Button icon="check" isPending={check.isFetching} onPress={() => void check.refetch()}>
          {t("audit.check")}
        </Button>
      }
    >
      <Failure error={check.error} />
      {check.data && !check.isFetching && (
        <Notice
          tone={check.data.whole ? "good" : "bad"}
          title={check.data.whole ? t("audit.whole", { count: check.data.entries }) : t("audit.broken", { fault: check.data.fault ?? "" })}
        >
          <p className="note">
            {t("audit.head")} <code>{check.data.head}</code>
          </p>
        </Notice>
      )}
      <form
        role="search"
        className="search"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery(typed.trim() ? { subject: typed.trim() } : {});
        }}
      >
        <TextField label={t("audit.subject")} value={typed} onChange={setTyped} type="search" placeholder="case:..." />
        <Button type="submit" icon="search">
          {t("common.find")}
        </Button>
      </form>
      <Failure error={list.error} />
      <Paged list={list} icon="log" none={t("audit.none")}>
        {(items) => (
          <Table
            label={t("audit.title")}
            rows={items}
            rowKey={(row) => String(row.seq)}
            columns={[
              { title: t("audit.seq"), cell: (row) => <span className="number">{row.seq}</span> },
              { title: t("audit.at"), cell: (row) => format.exactTime(row.at) },
              { title: t("audit.action"), head: true, cell: (row) => <code>{row.action}</code> },
              { title: t("audit.actor"), cell: (row) => <code>{row.actor}</code> },
              {
                title: t("audit.on"),
                cell: (row) => (
                  <button type="button" className="plain-link" onClick={() => setQuery({ subject: row.subject })}>
                    <code>{row.subject}</code>
                  </button>
                ),
              },
              {
                title: t("audit.details"),
                cell: (row) => {
                  const details = Object.entries(row.details as Record<string, unknown>);
                  return details.length > 0 ? (
                    <span className="note details">
                      {details.map(([name, value]) => `${name}: ${shortHashes(typeof value === "string" ? value : JSON.stringify(value))}`).join(", ")}
                    </span>
                  ) : (
                    <span className="note">{t("common.none")}</span>
                  );
                },
              },
            ]}
          />
        )}
      </Paged>
    </Page>
  );
}
