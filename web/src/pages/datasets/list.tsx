// All data sets; data sets that hold samples of some kind; data sets that hold faces of some age.

import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router-dom";

import type { Dataset } from "../../api/client";
import { filtersOf, findDatasets } from "../../api/samples";
import { hasRole, useSession } from "../../api/session";
import { useFormat } from "../../i18n/format";
import { Button, ButtonLink } from "../../ui/button";
import { Badge, Empty, Failure, Loading } from "../../ui/feedback";
import { Choice, TextField } from "../../ui/fields";
import { Card, Page, Table } from "../../ui/page";

type View = "all" | "find" | "age";
const views: View[] = ["all", "find", "age"];
const tones = { importing: "info", ready: "good", failed: "bad" } as const;

export function DatasetBadge({ state }: { state: Dataset["state"] }) {
  const { t } = useTranslation();
  return <Badge tone={tones[state]}>{t(`datasets.states.${state}`)}</Badge>;
}

/** Faces of these ages; both ends belong to it. */
function AgeForm({ query, onFind }: { query: URLSearchParams; onFind: (values: Record<string, string>) => void }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(query.get("age_from") ?? "");
  const [to, setTo] = useState(query.get("age_to") ?? "");
  const wrong = from !== "" && to !== "" && Number(from) > Number(to);
  return (
    <form
      className="find-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (!wrong) onFind({ age_from: from, age_to: to });
      }}
    >
      <TextField label={t("datasets.ageFrom")} type="number" inputMode="numeric" min={0} max={150} value={from} onChange={setFrom} />
      <TextField label={t("datasets.ageTo")} type="number" inputMode="numeric" min={0} max={150} value={to} onChange={setTo} error={wrong ? t("datasets.ageWrong") : undefined} />
      <Button look="primary" type="submit" icon="search">
        {t("datasets.findAge")}
      </Button>
    </form>
  );
}

function FindForm({ query, onFind }: { query: URLSearchParams; onFind: (values: Record<string, string>) => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState({
    text: query.get("text") ?? "",
    kind: query.get("kind") ?? "",
    species: query.get("species") ?? "",
    method: query.get("method") ?? "",
    compression: query.get("compression") ?? "",
    split: query.get("split") ?? "",
    licence: query.get("licence") ?? "",
  });
  const set = (name: keyof typeof values) => (value: string) => setValues({ ...values, [name]: value === "any" ? "" : value });
  const options = (names: string[], label: (name: string) => string) => [
    { value: "any", label: t("common.any") },
    ...names.map((value) => ({ value, label: label(value) })),
  ];
  return (
    <form
      className="find-form"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        onFind(values);
      }}
    >
      <TextField label={t("datasets.name")} value={values.text} onChange={set("text")} />
      <Choice label={t("facets.kind")} value={values.kind || "any"} onChange={set("kind")} options={options(["bona_fide", "attack"], (v) => t(`kinds.${v as "attack"}`))} />
      <TextField label={t("facets.species")} value={values.species} onChange={set("species")} placeholder="swap/landmark" />
      <TextField label={t("facets.method")} value={values.method} onChange={set("method")} />
      <Choice label={t("facets.compression")} value={values.compression || "any"} onChange={set("compression")} options={options(["c0", "c23", "c40"], (v) => v.toUpperCase())} />
      <Choice label={t("facets.split")} value={values.split || "any"} onChange={set("split")} options={options(["train", "val", "test"], (v) => v)} />
      <TextField label={t("facets.licence")} value={values.licence} onChange={set("licence")} />
      <Button look="primary" type="submit" icon="search">
        {t("datasets.find")}
      </Button>
    </form>
  );
}

function Found({ filters, samplesAsked }: { filters: URLSearchParams; samplesAsked: URLSearchParams }) {
  const { t } = useTranslation();
  const format = useFormat();
  const found = useQuery({
    queryKey: ["datasets", filters.toString()],
    queryFn: ({ signal }) => findDatasets(filters, signal),
    refetchInterval: (query) => (query.state.data?.items.some((each) => each.state === "importing") ? 1500 : false),
  });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (found.data.items.length === 0)
    return <Empty icon="database" title={filters.size > 0 ? t("datasets.nothing") : t("datasets.none")} />;
  const counted = samplesAsked.size > 0;
  return (
    <Table
      label={t("datasets.title")}
      rows={found.data.items}
      rowKey={(row) => row.id}
      columns={[
        {
          title: t("datasets.name"),
          head: true,
          cell: (row) => (
            <Link className="row-name" to={`/datasets/${row.id}${counted ? `?${samplesAsked}` : ""}`}>
              {row.name}
              <span className="note">{row.folder}</span>
            </Link>
          ),
        },
        ...(counted
          ? [{ title: t("datasets.matching"), number: true, cell: (row: Dataset) => <strong>{format.number(row.matching ?? 0)}</strong> }]
          : []),
        { title: t("datasets.samples"), number: true, cell: (row) => format.number(row.samples) },
        { title: t("datasets.size"), number: true, cell: (row) => format.bytes(row.bytes) },
        { title: t("fields.state"), cell: (row) => <DatasetBadge state={row.state} /> },
        { title: t("datasets.attached"), cell: (row) => format.time(row.created_at) },
      ]}
    />
  );
}

export function Datasets() {
  const { t } = useTranslation();
  const { session } = useSession();
  const [query, setQuery] = useSearchParams();
  const asked = query.get("view") as View | null;
  const view: View = asked && views.includes(asked) ? asked : "all";
  const filters = filtersOf(query);
  const samplesAsked = new URLSearchParams(filters);
  samplesAsked.delete("text");
  const find = (values: Record<string, string>) =>
    setQuery({ view, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== "")) });
  return (
    <Page
      title={t(`datasets.titles.${view}`)}
      lead={t(`datasets.leads.${view}`)}
      actions={
        hasRole(session, "researcher", "admin") && (
          <ButtonLink look="primary" icon="plus" to="/datasets/add">
            {t("datasets.add")}
          </ButtonLink>
        )
      }
    >
      <div className="segments" role="group" aria-label={t("datasets.ways")}>
        {views.map((each) => (
          <Button key={each} look="quiet" aria-pressed={each === view} onPress={() => setQuery(each === "all" ? {} : { view: each })}>
            {t(`datasets.views.${each}`)}
          </Button>
        ))}
      </div>
      {view === "age" && (
        <Card>
          <AgeForm key={filters.toString()} query={query} onFind={find} />
        </Card>
      )}
      {view === "find" && (
        <Card>
          <FindForm key={filters.toString()} query={query} onFind={find} />
        </Card>
      )}
      <Found filters={view === "all" ? new URLSearchParams() : filters} samplesAsked={view === "all" ? new URLSearchParams() : samplesAsked} />
    </Page>
  );
}
