import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api, body } from "../api/client";
import { useFormat } from "../i18n/format";
import { Badge, Failure, Loading, Notice } from "../ui/feedback";
import { Card, Facts, Page, Table } from "../ui/page";

export function Privacy() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const report = useQuery({ queryKey: ["privacy"], queryFn: () => body(api.GET("/v1/privacy")) });
  const named = (group: "classes" | "erasures", name: string) => {
    const key = `privacy.${group}.${name}` as "privacy.classes.document";
    return i18n.exists(key) ? t(key) : name;
  };
  if (report.isPending) return <Loading />;
  if (report.error) return <Failure error={report.error} />;
  const data = report.data;
  const erasures = Object.entries(data.erasures).map(([kind, count]): [string, string] => [named("erasures", kind), format.number(count)]);
  const overdue = data.classes.some((each) => each.overdue);
  return (
    <Page title={t("privacy.title")} lead={t("privacy.lead", { time: format.time(data.made_at) })}>
      <Notice tone={overdue ? "bad" : "good"} title={overdue ? t("privacy.overdue") : t("privacy.inTime")} />
      <Table
        label={t("privacy.held")}
        rows={data.classes}
        rowKey={(row) => row.class}
        columns={[
          { title: t("privacy.class"), head: true, cell: (row) => named("classes", row.class) },
          { title: t("privacy.count"), number: true, cell: (row) => format.number(row.count) },
          { title: t("privacy.size"), number: true, cell: (row) => (row.bytes > 0 ? format.bytes(row.bytes) : "0") },
          {
            title: t("privacy.keep"),
            cell: (row) => (row.class === "template" ? t("privacy.neverStored") : t("account.days", { count: row.retention_days })),
          },
          { title: t("privacy.oldest"), cell: (row) => format.time(row.oldest_at) || t("common.none") },
          {
            title: t("fields.state"),
            cell: (row) => <Badge tone={row.overdue ? "bad" : "good"}>{row.overdue ? t("privacy.late") : t("privacy.fine")}</Badge>,
          },
        ]}
      />
      <div className="grid-two">
        <Card title={t("privacy.accounts")}>
          <Facts
            rows={Object.entries(data.accounts).map(([state, count]): [string, string] => [
              t(`accountStates.${state as "pending"}`),
              format.number(count),
            ])}
          />
        </Card>
        <Card title={t("privacy.erasuresTitle")}>
          {erasures.length > 0 ? <Facts rows={erasures} /> : <p className="note">{t("common.none")}</p>}
        </Card>
      </div>
    </Page>
  );
}
