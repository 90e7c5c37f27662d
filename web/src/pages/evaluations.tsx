// How well systems do on a data set: a form that starts an evaluation as a job, and the reports of those that are done.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router-dom";

import { getJson, postJson } from "../api/client";
import { protocols, type Evaluation } from "../api/contract";
import { usePages, useReloadWhile, type Page as Items } from "../api/paging";
import { findDatasets } from "../api/samples";
import { useFormat } from "../i18n/format";
import { useAction } from "../ui/action";
import { Button } from "../ui/button";
import { Failure } from "../ui/feedback";
import { Choice, TextField } from "../ui/fields";
import { Paged } from "../ui/list";
import { Card, Page, Table } from "../ui/page";
import { JobBadge } from "./jobs";

/** "detector = moire" on each line; nothing where a line has no "=". */
export function optionsOf(text: string): Record<string, string> | null {
  const out: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const at = line.indexOf("=");
    if (at <= 0) return null;
    out[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return out;
}

function Begin({ datasets, chosen }: { datasets: { id: string; name: string }[]; chosen: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [dataset, setDataset] = useState(chosen || (datasets[0]?.id ?? ""));
  const [protocol, setProtocol] = useState<string>("detection");
  const [options, setOptions] = useState("");
  const parsed = optionsOf(options);
  const begin = useAction(async () => {
    const made = await postJson<Evaluation>("/v1/evaluations", { dataset, protocol, options: parsed ?? {} });
    await queries.invalidateQueries({ queryKey: ["evaluations"] });
    navigate(`/jobs/${made.job}`);
  });
  return (
    <Card title={t("evaluations.begin")}>
      <form
        className="form page"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (parsed) void begin.run();
        }}
      >
        <Failure error={begin.general("options")} />
        <div className="find-form">
          <Choice label={t("evaluations.dataset")} value={dataset} onChange={setDataset} options={datasets.map((each) => ({ value: each.id, label: each.name }))} />
          <Choice
            label={t("evaluations.protocol")}
            value={protocol}
            onChange={setProtocol}
            options={protocols.map((value) => ({ value, label: t(`evaluations.protocols.${value}`) }))}
          />
        </div>
        <TextField
          label={t("evaluations.options")}
          lines={3}
          value={options}
          onChange={setOptions}
          help={t("evaluations.optionsHelp")}
          error={parsed ? begin.at("options") : t("evaluations.optionsWrong")}
          placeholder="detector = moire"
        />
        <div className="actions">
          <Button look="primary" type="submit" isPending={begin.busy} isDisabled={!dataset}>
            {t("evaluations.start")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

export function Evaluations() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const [query] = useSearchParams();
  const datasets = useQuery({ queryKey: ["datasets", ""], queryFn: ({ signal }) => findDatasets(new URLSearchParams(), signal) });
  const list = usePages<Evaluation>(["evaluations"], (cursor, signal) =>
    getJson<Items<Evaluation>>(`/v1/evaluations?limit=25${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`, signal),
  );
  useReloadWhile(list.items.some((each) => each.state === "queued" || each.state === "running"), list.reload);
  const nameOf = (id: string) => datasets.data?.items.find((each) => each.id === id)?.name ?? id;
  const protocolName = (protocol: string) => {
    const key = `evaluations.protocols.${protocol}` as "evaluations.protocols.detection";
    return i18n.exists(key) ? t(key) : protocol;
  };
  const ready = datasets.data?.items.filter((each) => each.state === "ready") ?? [];
  return (
    <Page title={t("evaluations.title")} lead={t("evaluations.lead")}>
      {datasets.data && ready.length > 0 && <Begin datasets={ready} chosen={query.get("dataset") ?? ""} />}
      <Failure error={list.error ?? datasets.error} retry={list.reload} />
      <Paged list={list} icon="chart" none={t("evaluations.none")}>
        {(evaluations) => (
          <Table
            label={t("evaluations.title")}
            rows={evaluations}
            rowKey={(row) => row.id}
            columns={[
              {
                title: t("evaluations.protocol"),
                head: true,
                cell: (row) => (
                  <Link className="row-name" to={`/jobs/${row.job}`}>
                    {protocolName(row.protocol)}
                    <span className="note">{Object.entries(row.options).map(([name, value]) => `${name} = ${value}`).join(", ")}</span>
                  </Link>
                ),
              },
              { title: t("evaluations.dataset"), cell: (row) => nameOf(row.dataset) },
              { title: t("fields.state"), cell: (row) => <JobBadge state={row.state} /> },
              { title: t("jobs.created"), cell: (row) => format.time(row.created_at) },
              {
                title: t("evaluations.report"),
                cell: (row) =>
                  row.report ? (
                    <a href={`/v1/evaluations/${encodeURIComponent(row.id)}/report/index.html`} target="_blank" rel="noreferrer">
                      {t("evaluations.open")}
                    </a>
                  ) : (
                    <span className="note">{row.message || t("common.none")}</span>
                  ),
              },
            ]}
          />
        )}
      </Paged>
    </Page>
  );
}
