// Long work: its list, and one of them as it goes on (server-sent events).

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router-dom";

import { api, body, type Job } from "../api/client";
import { usePages, useReloadWhile } from "../api/paging";
import { useFormat } from "../i18n/format";
import { ButtonLink } from "../ui/button";
import { Confirm } from "../ui/confirm";
import { Badge, Failure, Loading, Notice, Progress, type Tone } from "../ui/feedback";
import { Paged, RowLink } from "../ui/list";
import { Card, Facts, Page } from "../ui/page";

const tones: Record<Job["state"], Tone> = { queued: "neutral", running: "info", done: "good", failed: "bad", cancelled: "warn" };

export function JobBadge({ state }: { state: Job["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={tones[state]}>{t(`jobStates.${state}`)}</Badge>;
}

export function isOver(job: Job): boolean {
  return job.state !== "queued" && job.state !== "running";
}

function useJobName() {
  const { t, i18n } = useTranslation();
  return (job: Job) => {
    const key = `jobKinds.${job.kind}` as "jobKinds.dataset_build";
    const kind = i18n.exists(key) ? t(key) : job.kind;
    const name = (job.parameters as Record<string, unknown>)["name"];
    return typeof name === "string" ? `${kind}: ${name}` : kind;
  };
}

/** The job as the service tells it while it changes; asks again where the stream of events breaks off. */
export function useLiveJob(id: string) {
  const queries = useQueryClient();
  const query = useQuery({ queryKey: ["job", id], queryFn: () => body(api.GET("/v1/jobs/{id}", { params: { path: { id } } })) });
  const over = query.data ? isOver(query.data) : undefined;
  const [live, setLive] = useState(false);
  useEffect(() => {
    if (over !== false) return;
    const events = new EventSource(`/v1/jobs/${encodeURIComponent(id)}/events`);
    events.onopen = () => setLive(true);
    events.addEventListener("job", (event) => {
      queries.setQueryData(["job", id], JSON.parse((event as MessageEvent<string>).data) as Job);
    });
    events.onerror = () => {
      setLive(false);
      void queries.invalidateQueries({ queryKey: ["job", id] });
    };
    return () => events.close();
  }, [id, over, queries]);
  useEffect(() => {
    if (over) void queries.invalidateQueries({ queryKey: ["datasets"] });
  }, [over, queries]);
  return { ...query, live };
}

export function JobProgress({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (job.state === "queued") return <Progress label={t("jobs.waiting")} share={null} />;
  if (job.state !== "running") return null;
  return (
    <Progress
      label={job.message || t("jobs.running")}
      share={job.total > 0 ? job.done / job.total : null}
      text={job.total > 0 ? t("jobs.of", { done: format.number(job.done), total: format.number(job.total) }) : format.number(job.done)}
    />
  );
}

export function Jobs() {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = useJobName();
  const list = usePages<Job>(["jobs"], (cursor, signal) =>
    body(api.GET("/v1/jobs", { params: { query: { limit: 25, ...(cursor ? { cursor } : {}) } }, signal })),
  );
  useReloadWhile(list.items.some((job) => !isOver(job)), list.reload);
  return (
    <Page
      title={t("jobs.title")}
      lead={t("jobs.lead")}
      actions={
        <ButtonLink look="primary" icon="plus" to="/datasets/add">
          {t("datasets.add")}
        </ButtonLink>
      }
    >
      <Failure error={list.error} retry={list.reload} />
      <Paged list={list} icon="clock" none={t("jobs.none")}>
        {(jobs) => (
          <section className="card">
            <ul className="rows">
              {jobs.map((job) => (
                <RowLink
                  key={job.id}
                  to={`/jobs/${job.id}`}
                  title={nameOf(job)}
                  note={
                    format.time(job.created_at) +
                    (job.total > 0 ? `, ${t("jobs.of", { done: format.number(job.done), total: format.number(job.total) })}` : "")
                  }
                  badge={<JobBadge state={job.state} />}
                />
              ))}
            </ul>
          </section>
        )}
      </Paged>
    </Page>
  );
}

function leadsTo(job: Job): string | null {
  const from = { ...(job.parameters as Record<string, unknown>), ...((job.result ?? {}) as Record<string, unknown>) };
  const dataset = from["dataset"];
  if (job.state !== "done") return null;
  if (job.kind.startsWith("dataset_") && typeof dataset === "string") return `/datasets/${dataset}`;
  if (job.kind === "evaluation") return "/evaluations";
  return null;
}

export function JobPage() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { id = "" } = useParams();
  const queries = useQueryClient();
  const nameOf = useJobName();
  const job = useLiveJob(id);
  if (job.isPending) return <Loading />;
  if (job.error) return <Failure error={job.error} />;
  const shown = job.data;
  const target = leadsTo(shown);
  return (
    <Page narrow title={nameOf(shown)} back={{ to: "/jobs", label: t("jobs.title") }}>
      <Card>
        <JobProgress job={shown} />
        {shown.state === "failed" && <Notice tone="bad" title={shown.message || t("jobs.failed")} />}
        <Facts
          rows={[
            [t("fields.state"), <JobBadge key="s" state={shown.state} />],
            [t("jobs.created"), format.exactTime(shown.created_at)],
            ...(shown.started_at ? [[t("jobs.started"), format.exactTime(shown.started_at)] as [string, string]] : []),
            ...(shown.finished_at ? [[t("jobs.finished"), format.exactTime(shown.finished_at)] as [string, string]] : []),
            ...(shown.total > 0 ? [[t("jobs.done"), t("jobs.of", { done: format.number(shown.done), total: format.number(shown.total) })] as [string, string]] : []),
            ...Object.entries(shown.parameters as Record<string, unknown>).map(([name, value]): [string, string] => [
              i18n.exists(`jobs.parameters.${name}`) ? t(`jobs.parameters.${name}` as "jobs.parameters.name") : name,
              typeof value === "string" ? value : JSON.stringify(value),
            ]),
          ]}
        />
        <div className="actions">
          {target && (
            <ButtonLink look="primary" to={target}>
              {t("jobs.toResult")}
            </ButtonLink>
          )}
          {!isOver(shown) && (
            <Confirm
              label={t("jobs.cancel")}
              icon="close"
              title={t("jobs.cancelTitle")}
              confirm={t("jobs.cancel")}
              onConfirm={async () => {
                queries.setQueryData(["job", id], await body(api.POST("/v1/jobs/{id}/cancel", { params: { path: { id } }, body: {} })));
              }}
            >
              <p>{t("jobs.cancelText")}</p>
            </Confirm>
          )}
        </div>
      </Card>
      {shown.result && !target && (
        <Card title={t("jobs.result")}>
          <pre className="code">{JSON.stringify(shown.result, null, 2)}</pre>
        </Card>
      )}
    </Page>
  );
}
